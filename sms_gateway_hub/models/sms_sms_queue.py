from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain

from .sms_hub_transitions import WAITING


class SmsSms(models.Model):
    """Core's own sending keeps away from what the ledger sends."""

    _inherit = "sms.sms"

    # === CORE'S QUEUE === #

    def send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Override of `sms`: the dispatcher sends ours, after the commit."""
        self._hub_adopt_ours()
        others = self.filtered(lambda sms: not sms.hub_managed)
        if others != self:
            self.env["sms.hub.dispatcher"]._wake()
        return super(SmsSms, others).send(
            unlink_failed=unlink_failed,
            unlink_sent=unlink_sent,
            raise_exception=raise_exception,
        )

    @api.model
    def _process_queue(self):
        """Override of `sms`: core's cron sees only the rows that core sends."""
        self._hub_adopt_waiting()
        core_only = self.with_context(hub_core_queue=True)
        return super(SmsSms, core_only)._process_queue()

    @api.model
    def _search(self, domain, *args, **kwargs):
        # core's cron offers no hook for its domain, and takes the 500 oldest rows:
        # ours that wait would starve everybody else's
        if self.env.context.get("hub_core_queue"):
            domain = Domain(domain) & Domain("hub_managed", "!=", True)
        return super()._search(domain, *args, **kwargs)

    # === TAKING OVER === #

    @api.model
    def _hub_adopt_waiting(self):
        """Take over what waits in core's queue for companies with a gateway.

        Rows that core is sending right now are locked, and stay core's.
        """
        if not self.env["sms.hub.gateway"]._id_by_company():
            return
        # core's cron sends as this user, who stands in where no company is known
        queue = self.with_user(SUPERUSER_ID).with_context(allowed_company_ids=None)
        queue.search(
            [
                ("state", "=", "outgoing"),
                ("to_delete", "!=", True),
                ("hub_managed", "!=", True),
            ],
            order="id",
        )._hub_adopt_ours()

    def _hub_adopt_ours(self):
        """Put those that wait, and whose company has a gateway, into the ledger."""
        taken = self.env["sms.hub.gateway"]._id_by_company()
        if not taken:
            return
        waiting = self.filtered(
            lambda sms: (
                not sms.hub_managed and sms.state == "outgoing" and not sms.to_delete
            )
        )
        companies = waiting._hub_own_companies()
        ours = waiting.filtered(lambda sms: companies[sms.id].id in taken)
        ours.try_lock_for_update()._hub_adopt(companies)

    def _hub_adopt(self, companies):
        """Put SMS that core had queued into the ledger, once, under their own uuid.

        :param companies: ``{id of an SMS: company}``
        """
        asked = []
        for sms in self:
            values = {
                "uuid": sms.uuid,
                "number": sms.number,
                "body": sms.body,
                "partner_id": sms.partner_id.id,
                "mail_message_id": sms.mail_message_id.id,
                "mailing_id": sms.mailing_id.id,
                "hub_company_id": companies[sms.id].id,
            }
            asked.append({**self._hub_asked(values), "key": f"uuid:{sms.uuid}"})
        self.hub_managed = True
        self.env["sms.hub.message"]._enqueue(asked)

    def _hub_own_companies(self):
        """Return ``{id: company}``: whose account sends each of these SMS."""
        of_posts = self.mail_message_id._hub_companies()
        companies = {}
        for sms in self:
            company = of_posts.get(sms.mail_message_id.id)
            company = company or sms.mailing_id.hub_company_id
            if not company and "record_company_id" in self._fields:
                company = sms.record_company_id
            companies[sms.id] = company or self.env.company
        return companies

    # === BUTTONS === #

    def action_set_canceled(self):
        """Override of `sms`: cancel in the ledger, if nothing was handed over yet."""
        ours = self.filtered("hub_managed")
        if messages := ours._hub_messages():
            messages.action_cancel()
            self.env["sms.hub.mirror"]._mirror(messages)
        return super(SmsSms, self - ours).action_set_canceled()

    def action_set_outgoing(self):
        """Override of `sms`: sending again is a new message."""
        ours = self.filtered("hub_managed")
        finished = ours._hub_messages().filtered(lambda one: one.state not in WAITING)
        if finished:
            finished.action_send_again()
        return super(SmsSms, self - ours).action_set_outgoing()

    def resend_failed(self):
        """Override of `sms`: count what was really queued again."""
        ours = self.filtered("hub_managed")
        if not ours:
            return super().resend_failed()
        failed = ours._hub_messages().filtered(
            lambda one: one.state in ("failed", "expired")
        )
        # what the gate refuses at once is a new row too, and never goes out
        again = failed._send_again().filtered(lambda one: one._is_waiting())
        if others := self - ours:
            super(SmsSms, others).resend_failed()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if again else "warning",
                "message": self.env._(
                    "%(count)s of %(total)s SMS are queued again.",
                    count=len(again),
                    total=len(self),
                ),
            },
        }
