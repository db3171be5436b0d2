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
        # both are named in each row: a context could bring defaults
        state = self.default_get(["state"])
        rows = [self._hub_launched({**state, **vals}) for vals in vals_list]
        return super().create([{"hub_launched_by_id": False, **vals} for vals in rows])

    def _hub_launched(self, vals):
        """Return the values with whoever launches it, whom only the server names."""
        if self.env.uid == SUPERUSER_ID:
            return vals
        vals = {key: val for key, val in vals.items() if key != "hub_launched_by_id"}
        if vals.get("state") in ("in_queue", "sending"):
            vals["hub_launched_by_id"] = self.env.uid
        return vals

    def action_select_as_winner(self):
        """Override of `mass_mailing`: what the server sends on is whose it was before.

        The winner of a comparison is a new mailing, which the server makes and sends.
        """
        action = super().action_select_as_winner()
        winner = self.campaign_id.ab_testing_winner_mailing_id
        if self.env.uid == SUPERUSER_ID:
            winner.hub_launched_by_id = self._hub_launcher()
        return action

    def _hub_launcher(self):
        """Return whose sending it is: never the server's, where a person is known."""
        people = self.hub_launched_by_id, self.create_uid, self.user_id
        for person in people:
            if person and person.id != SUPERUSER_ID:
                return person
        return self.env["res.users"]

    def _hub_terms(self, todo):
        """Return what the texts of this mailing tell: all of them are one sending.

        :param todo: number of recipients that are not prepared yet
        """
        messages = self.env["sms.hub.message"].sudo()
        prepared = messages.search_count(
            [("mailing_id", "=", self.id), ("purpose", "!=", "test")]
        )
        return Terms(
            hub_door="mailing",
            hub_batch_size=prepared + todo,
            hub_batch_ref=f"mailing:{self.id}",
        )

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
