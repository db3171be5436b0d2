from odoo import SUPERUSER_ID, api, fields, models

from .sms_hub_terms import Terms


class MailingMailing(models.Model):
    """A large mailing is looked at by a second person before anybody is texted."""

    _inherit = "mailing.mailing"

    hub_scope_id = fields.Many2one(
        "sms.hub.scope",
        "SMS Topic",
        domain=[("purpose", "=", "marketing")],
        help="Whose consent counts. Empty: consent to marketing in general.",
    )
    hub_launched_by_id = fields.Many2one(
        "res.users", "Launched by", readonly=True, copy=False
    )
    hub_approval_count = fields.Integer(compute="_compute_hub_approval")
    hub_may_approve = fields.Boolean(compute="_compute_hub_approval")

    # === ONE SENDING === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mass_mailing`: nobody says that somebody else launched it."""
        return super().create([self._hub_launched(vals) for vals in vals_list])

    def _hub_launched(self, vals):
        """Return the values with whoever launches it, who cannot be named otherwise."""
        vals = {key: val for key, val in vals.items() if key != "hub_launched_by_id"}
        launches = vals.get("state") in ("in_queue", "sending")
        if launches and self.env.uid != SUPERUSER_ID:
            vals["hub_launched_by_id"] = self.env.uid
        return vals

    def _hub_terms(self, todo):
        """Return what the texts of this mailing tell: all of them are one sending.

        :param todo: number of recipients that are not prepared yet
        """
        messages = self.env["sms.hub.message"].sudo()
        prepared = messages.search_count(
            [("mailing_id", "=", self.id), ("purpose", "!=", "test")]
        )
        return Terms(hub_batch_size=prepared + todo, hub_batch_ref=f"mailing:{self.id}")

    # === BEFORE === #

    def action_hub_check(self):
        """Show who would get the mailing now, later, or not."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check Recipients"),
            "res_model": "sms.hub.mailing.check",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mailing_id": self.id},
        }

    # === A SECOND PAIR OF EYES === #

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_hub_approval(self):
        for mailing in self:
            waiting = mailing._hub_waiting_for_approval()
            mailing.hub_approval_count = waiting.search_count(
                mailing._hub_approval_domain()
            )
            mailing.hub_may_approve = (
                self.env.user.has_group("sms_gateway_hub.group_manager")
                and waiting.author_id != self.env.user
            )

    def _hub_approval_domain(self):
        return [
            ("mailing_id", "=", self.id),
            ("state", "=", "held"),
            ("reason", "=", "approval"),
        ]

    def _hub_waiting_for_approval(self):
        """Return one of the texts that wait for a second person, or none."""
        # sudo: who may see the mailing may know that it waits
        messages = self.env["sms.hub.message"].sudo()
        return messages.search(self._hub_approval_domain(), limit=1)

    def action_hub_release(self):
        """Let a manager release all texts of the mailing that need approval."""
        self.ensure_one()
        waiting = self._hub_waiting_for_approval().sudo(False)
        waiting._check_may_release()
        release = self.env["sms.hub.release"].create(
            {"message_ids": waiting.ids, "whole_batch": True}
        )
        return release._open()
