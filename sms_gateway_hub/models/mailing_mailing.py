from odoo import fields, models

#: Recipients that are prepared and committed together.
CHUNK = 1000


class MailingMailing(models.Model):
    """The door of mailings. State, retry and recipients of ours follow the ledger."""

    _inherit = "mailing.mailing"

    hub_company_id = fields.Many2one(
        "res.company",
        "SMS Company",
        default=lambda self: self.env.company,
        required=True,
        help="Whose SMS gateway sends it.",
    )
    hub_prepared = fields.Boolean(readonly=True, copy=False)
    hub_message_ids = fields.One2many("sms.hub.message", "mailing_id", readonly=True)

    def _hub_ours(self):
        """Return the SMS mailings that a gateway sends."""
        gateways = self.env["sms.hub.gateway"]
        return self.filtered(
            lambda mailing: mailing.mailing_type == "sms"
            and gateways._for_company(mailing.hub_company_id)
        )

    def action_send_sms(self, res_ids=None):
        """Override of `mass_mailing_sms`: prepare in chunks that survive a kill.

        Core prepares all recipients in one transaction; beyond two minutes the server
        kills it, and it starts again for ever. A chunk that is committed is not repeated:
        its traces tell.
        """
        ours = self._hub_ours()
        for mailing in ours:
            todo = res_ids or mailing._get_remaining_recipients()
            for start in range(0, len(todo), CHUNK):
                chunk = todo[start : start + CHUNK]
                super(MailingMailing, mailing).action_send_sms(res_ids=chunk)
                if "ir_cron_progress_id" in self.env.context:
                    self.env["ir.cron"]._commit_progress()
            mailing.hub_prepared = True
        return super(MailingMailing, self - ours).action_send_sms(res_ids=res_ids)

    def _get_remaining_recipients(self):
        """Override of `mass_mailing`: the recipients stand once they are prepared.

        Core looks again while the texts are on their way, and texts whoever matches by
        then.
        """
        if self.hub_prepared and self.state == "sending" and self._hub_ours():
            return []
        return super()._get_remaining_recipients()

    def write(self, vals):
        """Override of `mass_mailing`: done means that no text is waiting any more."""
        if vals.get("state") == "done":
            unfinished = self._hub_ours().filtered(lambda one: one._hub_is_open())
            if unfinished:
                done = ("state", "sent_date", "kpi_mail_required")
                rest = {key: value for key, value in vals.items() if key not in done}
                super(MailingMailing, unfinished).write({**rest, "state": "sending"})
                return super(MailingMailing, self - unfinished).write(vals)
        if vals.get("state") in ("draft", "in_queue"):
            vals = {**vals, "hub_prepared": False}
        return super().write(vals)

    def _hub_is_open(self):
        """Tell whether texts of this mailing still wait or are being handed over."""
        self.ensure_one()
        return bool(
            self.env["sms.hub.message"]
            .sudo()
            .search_count(
                [
                    ("mailing_id", "=", self.id),
                    ("purpose", "!=", "test"),
                    ("state", "in", ("queued", "held", "claimed")),
                ],
                limit=1,
            )
        )

    def _hub_close_finished(self):
        """Mark mailings as done whose last text has left."""
        for mailing in self.filtered(lambda one: one.state == "sending"):
            if mailing.hub_prepared and not mailing._hub_is_open():
                mailing.write(
                    {
                        "state": "done",
                        "sent_date": fields.Datetime.now(),
                        "kpi_mail_required": not mailing.sent_date,
                    }
                )

    def action_retry_failed_sms(self):
        """Override of `mass_mailing_sms`: send again only what surely did not go out."""
        ours = self._hub_ours()
        for mailing in ours:
            failed = (
                self.env["sms.hub.message"]
                .sudo()
                .search(
                    [
                        ("mailing_id", "=", mailing.id),
                        ("state", "in", ("failed", "expired")),
                        ("retry_ids", "=", False),
                    ]
                )
            )
            if failed._send_again():
                mailing.write({"state": "sending"})
        if others := self - ours:
            return super(MailingMailing, others).action_retry_failed_sms()
        return None
