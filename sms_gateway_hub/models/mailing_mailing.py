import logging

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .sms_hub_terms import Terms

_logger = logging.getLogger(__name__)

#: Recipients that are prepared and committed together.
CHUNK = 1000
#: How often a chunk is begun anew because somebody else was faster.
_ATTEMPTS = 5


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

    def _hub_ours(self):
        """Return the SMS mailings that a gateway sends."""
        gateways = self.env["sms.hub.gateway"]
        return self.filtered(
            lambda mailing: (
                mailing.mailing_type == "sms"
                and gateways._for_company(mailing.hub_company_id)
            )
        )

    @api.constrains("hub_company_id", "mailing_type", "state")
    def _hub_check_company(self):
        """Let only a company's own people send in its name."""
        mine = self.env.user.company_ids
        if self.env.uid != SUPERUSER_ID and any(
            mailing.mailing_type == "sms" and mailing.hub_company_id not in mine
            for mailing in self
        ):
            raise ValidationError(
                self.env._(
                    "This SMS mailing is another company's. Choose a company that you "
                    "work for, or ask a colleague there to send it."
                )
            )

    @api.constrains("hub_scope_id")
    def _check_hub_scope_id(self):
        """A consent to something else is none to marketing."""
        self.hub_scope_id._check_for_marketing()

    # === RECIPIENTS === #

    def _get_recipients_domain(self):
        """Override of `mass_mailing`: nobody texts a company's customers from outside.

        Its own records, those of all companies, and those of the other companies for
        which the person works who launches it; each goes out by its own gateway.
        """
        return super()._get_recipients_domain() & self._hub_companies_domain()

    def _hub_companies_domain(self):
        """Return the domain of the records that this mailing may text."""
        model = self.env[self.mailing_model_real]
        field = model._fields.get(model._mail_get_company_field())
        gateways = self.env["sms.hub.gateway"]._id_by_company()
        if self.mailing_type != "sms" or not gateways or not field:
            return Domain.TRUE
        sender = self.hub_launched_by_id or self.env.user
        companies = self.hub_company_id | sender.company_ids
        return Domain(field.name, "in", [False, *companies.ids])

    def action_send_sms(self, res_ids=None):
        """Override of `mass_mailing_sms`: prepare in chunks that survive a kill.

        Core prepares all recipients in one transaction; beyond two minutes the server
        kills it, and it starts again for ever. A chunk that is committed is not
        repeated: its traces tell.
        """
        ours = self._hub_ours()
        ours._hub_check_company()
        for mailing in ours:
            todo = (
                mailing._hub_own(res_ids)
                if res_ids
                else mailing._get_remaining_recipients()
            )
            named = mailing.with_context(hub_terms=mailing._hub_terms(len(todo)))
            while todo and named._hub_send_chunk(todo[:CHUNK], len(todo) <= CHUNK):
                todo = todo[CHUNK:]
        if others := self - ours:
            terms = Terms(hub_door="mailing")
            named = others.with_context(hub_terms=terms)
            super(MailingMailing, named).action_send_sms(res_ids=res_ids)
        return True

    def _hub_send_chunk(self, chunk, is_last):
        """Prepare and commit some recipients; tell whether the others follow.

        Whoever pauses, resumes or edits the mailing meanwhile is faster, and the chunk
        fails. Nothing else would go on with it before the next day.
        """
        if "ir_cron_progress_id" not in self.env.context:
            self._hub_prepare(chunk, is_last)
            return True
        for attempt in range(_ATTEMPTS):
            try:
                self._hub_prepare(chunk, is_last)
                self.env["ir.cron"]._commit_progress()
                return True
            except (SerializationFailure, DeadlockDetected):
                if attempt == _ATTEMPTS - 1:
                    raise
                self.env.cr.rollback()
                _logger.info("Mailing %s was changed: a chunk begins anew.", self.id)
                if not self.exists() or self.state not in ("in_queue", "sending"):
                    return False
                if self.state == "in_queue":
                    self.state = "sending"
        raise AssertionError("unreachable")

    def _hub_prepare(self, chunk, is_last):
        sent = super().action_send_sms(res_ids=chunk)
        # with the last chunk: its texts may all have left a moment later; and with each
        # of them, so that none is committed that knows nothing of a change
        self.hub_prepared = is_last
        return sent

    def _get_remaining_recipients(self):
        """Override of `mass_mailing`: the recipients stand once they are prepared.

        Core looks again while the texts are on their way, and texts whoever matches by
        then.
        """
        if self.hub_prepared and self.state == "sending":
            return []
        return super()._get_remaining_recipients()

    def _get_seen_list_sms(self):
        """Override of `mass_mailing_sms`: ask only about those who are prepared now.

        Core reads all that the mailing reached, with every chunk.
        """
        recipients = self.env.context.get("hub_recipients")
        if recipients is None:
            return super()._get_seen_list_sms()
        traces = self.env["mailing.trace"].sudo()
        seen = traces._read_group(
            [
                ("mass_mailing_id", "=", self.id),
                ("model", "=", self.mailing_model_real),
                ("res_id", "in", recipients),
            ],
            ["res_id"],
            ["sms_number:array_agg_distinct"],
        )
        return [res_id for res_id, _numbers in seen], [
            number for _res_id, numbers in seen for number in numbers if number
        ]

    def _hub_served_numbers(self, numbers):
        """Return those of the numbers that this mailing was prepared for already."""
        self.ensure_one()
        traces = self.env["mailing.trace"]._read_group(
            [
                ("mass_mailing_id", "=", self.id),
                ("is_test_trace", "=", False),
                ("trace_status", "!=", "cancel"),
                ("sms_number", "in", list(numbers)),
            ],
            ["sms_number"],
        )
        return {number for (number,) in traces}

    def _hub_own(self, res_ids):
        """Return those of the ids that this mailing may text."""
        model = self.env[self.mailing_model_real].with_context(active_test=False)
        return model.search(
            Domain("id", "in", res_ids) & self._hub_companies_domain()
        ).ids

    # === STATE === #

    def write(self, vals):
        """Override of `mass_mailing`: done means that no text is waiting any more."""
        vals = self._hub_launched(vals)
        if vals.get("state") in ("draft", "in_queue"):
            return super().write({**vals, "hub_prepared": False})
        if vals.get("state") != "done":
            return super().write(vals)
        unfinished = self.filtered(lambda one: one.hub_prepared and one._hub_is_open())
        if unfinished:
            done = ("state", "sent_date", "kpi_mail_required")
            rest = {key: value for key, value in vals.items() if key not in done}
            super(MailingMailing, unfinished).write({**rest, "state": "sending"})
        # nothing waits any more, so what is tried again later is not held back
        over = {"hub_paused_at": False, "hub_stopped": False}
        return super(MailingMailing, self - unfinished).write({**vals, **over})

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

    # === STOPPING === #

    def action_cancel(self):
        """Override of `mass_mailing`: what has not left yet does not leave any more."""
        self._hub_cancel_waiting("cancelled_by_user")
        return super().action_cancel()

    def unlink(self):
        """Override of `mass_mailing`: a deleted mailing texts nobody any more."""
        self._hub_cancel_waiting("record_deleted")
        return super().unlink()

    def _hub_cancel_waiting(self, reason):
        self.check_access("write")
        messages = self.env["sms.hub.message"].sudo()
        waiting = messages.search(
            [("mailing_id", "in", self.ids), ("state", "in", ("queued", "held"))]
        )
        if waiting._move("cancel", reason=reason):
            self.env["sms.hub.mirror"]._wake()

    # === RETRY === #

    def action_retry_failed_sms(self):
        """Override of `mass_mailing_sms`: repeat only what surely did not go out."""
        ours = self._hub_ours()
        for mailing in ours:
            if mailing._hub_failed_messages()._send_again():
                mailing.write({"state": "sending"})
        # what failed before the gateway was activated is core's to sort out
        failed_at_core = self.env["sms.sms"].sudo().with_context(hub_core_queue=True)
        others = self.filtered(
            lambda one: (
                one not in ours
                or failed_at_core.search_count(
                    [("mailing_id", "=", one.id), ("state", "=", "error")], limit=1
                )
            )
        ).with_context(hub_core_queue=True)
        if others:
            return super(MailingMailing, others).action_retry_failed_sms()
        return None

    def _hub_failed_messages(self):
        """Return what may be tried again: an operator's "no consent" may not."""
        self.ensure_one()
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search(
                [
                    ("mailing_id", "=", self.id),
                    ("purpose", "!=", "test"),
                    ("state", "in", ("failed", "expired")),
                    ("error_class", "!=", "consent"),
                ]
            )
        )
