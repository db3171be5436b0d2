import hashlib
import logging
from datetime import timedelta

from psycopg2 import errors

from odoo import fields, models
from odoo.tools import SQL

from ..gateway.vocabulary import EventKind, ReportState
from .sms_hub_gate import naive

_logger = logging.getLogger(__name__)

_BATCH = 100
#: A report whose message is not known yet is tried again for this long: it may have come
#: before the answer to our own request.
_PARK_FOR = timedelta(hours=72)
#: Tries after which an event that raises is put aside for a person.
_MAX_ATTEMPTS = 5
#: Reports of the same message without a message id are told apart by this much time.
_SAME_WITHIN = 300

#: report state → transition
_REPORTS = {
    ReportState.ACCEPTED.value: "evidence",
    ReportState.DELIVERED.value: "deliver",
    ReportState.FAILED.value: "report_failed",
    ReportState.EXPIRED.value: "report_expired",
}


class SmsHubEvent(models.Model):
    """The inbox: delivery reports and replies, pushed or polled, stored before applied.

    The webhook only inserts here; a scheduled action applies. What cannot be applied is
    never dropped: it is parked, and in the end put aside for a person.
    """

    _name = "sms.hub.event"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS Event"
    _order = "id desc"
    _rec_name = "number"

    gateway_id = fields.Many2one(
        "sms.hub.gateway", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("dlr", "Delivery Report"),
            ("inbound", "Reply"),
            ("unreadable", "Unreadable"),
        ],
        required=True,
        readonly=True,
    )
    source = fields.Selection(
        [("push", "Webhook"), ("poll", "Asked For")], required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("applied", "Applied"),
            ("ignored", "No Change"),
            ("parked", "Waiting for Its Message"),
            ("dead", "Needs Attention"),
        ],
        "Status",
        required=True,
        default="new",
        readonly=True,
    )
    dedupe = fields.Char(required=True, readonly=True)
    number = fields.Char("Phone", readonly=True)
    our_number = fields.Char("Our Sender", readonly=True)
    platform_ref = fields.Char("Platform Reference", readonly=True)
    report_state = fields.Char(readonly=True)
    raw_status = fields.Char("Platform's Word", readonly=True)
    error_class = fields.Char(readonly=True)
    error_code = fields.Char("Platform Code", readonly=True)
    error_sentence = fields.Char("Platform's Words", readonly=True)
    text = fields.Text(readonly=True)
    metadata = fields.Json(readonly=True)
    raw = fields.Text("As Received", readonly=True)
    occurred_at = fields.Datetime("Happened On", readonly=True)
    received_at = fields.Datetime("Received On", readonly=True)
    attempts = fields.Integer(readonly=True)
    outcome = fields.Char(readonly=True)
    message_id = fields.Many2one(
        "sms.hub.message", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _dedupe_unique = models.Constraint("unique(dedupe)", "This event is known already.")
    _new_idx = models.Index("(id) WHERE state = 'new'")
    _parked_idx = models.Index("(received_at) WHERE state = 'parked'")
    _unread_idx = models.Index("(number) WHERE state = 'new' AND kind = 'inbound'")
    _platform_idx = models.Index("(platform_ref) WHERE platform_ref IS NOT NULL")

    # === STORING === #

    def _wake(self):
        """Apply soon after the current transaction."""
        self.env["sms.hub.dispatcher"]._trigger_once("sms_gateway_hub.ir_cron_events")

    def _insert(self, gateway, event, source, raw=None):
        """Store one normalised event; a repeated one changes nothing.

        :return: whether it was new
        """
        values = self._values_of(gateway, event)
        values.update(
            gateway_id=gateway.id,
            company_id=gateway.company_id.id,
            source=source,
            raw=raw,
            dedupe=_dedupe(gateway.id, event, values["received_at"]),
        )
        try:
            with self.env.cr.savepoint():
                self.sudo().create(values).flush_recordset()
        except errors.UniqueViolation:
            return False
        return True

    def _insert_unreadable(self, gateway, raw, sentence):
        """Keep what could not be read, once, for a person to look at."""
        dedupe = hashlib.sha256(f"{gateway.id}|unreadable|{raw}".encode()).hexdigest()
        if self.sudo().search_count([("dedupe", "=", dedupe)], limit=1):
            return
        self.sudo().create(
            {
                "gateway_id": gateway.id,
                "company_id": gateway.company_id.id,
                "kind": "unreadable",
                "source": "push",
                "state": "dead",
                "dedupe": dedupe,
                "raw": raw,
                "outcome": sentence[:250],
                "received_at": fields.Datetime.now(),
            }
        )

    def _values_of(self, gateway, event):
        common = {
            "kind": event.kind.value,
            "platform_ref": event.message_id or False,
            "occurred_at": naive(event.occurred_at),
            "received_at": fields.Datetime.now(),
            "metadata": dict(event.metadata) or False,
        }
        if event.kind is EventKind.INBOUND:
            return {
                **common,
                "number": self._canonical(gateway, event.from_number),
                "our_number": event.to_number,
                "text": event.text,
            }
        return {
            **common,
            "number": self._canonical(gateway, event.number),
            "report_state": event.state.value,
            "raw_status": event.raw_status,
            "error_class": event.error_class and event.error_class.value,
            "error_code": event.error_code,
            "error_sentence": event.sentence,
        }

    def _canonical(self, gateway, number):
        """Return a platform's number (digits with country code) as E.164, else as is.

        Short codes and text senders stay what they are; they are never answered.
        """
        number = (number or "").strip()
        digits = number.lstrip("+")
        if not digits.isdigit() or not digits.isascii():
            return number
        company = gateway.company_id
        formatted = company.partner_id._phone_format(
            number=f"+{digits}", country=company.country_id
        )
        if not formatted:
            formatted = company.partner_id._phone_format(
                number=number, country=company.country_id
            )
        return formatted or number

    # === APPLYING === #

    def _run(self):
        """The entry point of the cron."""
        total = self._apply_all()
        if self._hub_run(lambda events: events._has_new()):
            self._wake()
        self.env["ir.cron"]._commit_progress(total)

    def _apply_all(self):
        """Apply what is new, then what was parked, and mirror the outcome.

        :return: how many events were looked at
        """
        total = 0
        for state in ("new", "parked"):
            while count := self._hub_run(
                lambda events, state=state: events._apply_batch(state)
            ):
                total += count
                if state == "parked":
                    break
        self.env["sms.hub.mirror"]._run()
        return total

    def _has_new(self):
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM sms_hub_event WHERE state = 'new' LIMIT 1")
            )
        )

    def _apply_batch(self, state):
        """Lock and apply up to a batch of events, each in a savepoint of its own."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sms_hub_event WHERE state = %s
                 ORDER BY attempts, id LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                state,
                _BATCH,
            )
        )
        for event in self.sudo().browse(row[0] for row in rows):
            event._apply_guarded()
        return len(rows)

    def _apply_guarded(self):
        """Apply one event; an error is counted and never stops the others."""
        try:
            with self.env.cr.savepoint():
                self._apply()
                self.env.flush_all()
        except (errors.SerializationFailure, errors.DeadlockDetected):
            raise  # the whole batch runs again
        except Exception as error:
            # one broken event must not hold back the inbox; it is kept and shown
            _logger.exception("Event %s could not be applied.", self.id)
            self.env.invalidate_all(flush=False)
            attempts = self.attempts + 1
            self.write(
                {
                    "attempts": attempts,
                    "state": "dead" if attempts >= _MAX_ATTEMPTS else "parked",
                    "outcome": f"{type(error).__name__}: {error}"[:250],
                }
            )

    def _apply(self):
        """Carry the event to the ledger or to the inbox of replies."""
        if self.kind == "inbound":
            message = self.env["sms.hub.inbound"]._receive(self)
            self.write(
                {
                    "state": "applied",
                    "message_id": message.id,
                    "outcome": message.explanation,
                }
            )
            return
        message = self._find_message()
        if not message:
            self._park()
            return
        moved = self._report(message)
        self.write(
            {
                "state": "applied" if moved else "ignored",
                "message_id": message.id,
                "outcome": message.explanation,
            }
        )

    def _find_message(self):
        """Find the reported message by the platform's id, else by our own reference."""
        messages = self.env["sms.hub.message"].sudo()
        domain = [("gateway_id", "=", self.gateway_id.id), ("direction", "=", "out")]
        if self.platform_ref:
            found = messages.search(
                [*domain, ("platform_ref", "=", self.platform_ref)], limit=1
            )
            if found:
                return found
        reference = (self.metadata or {}).get("reference")
        if isinstance(reference, str) and reference:
            return messages.search([*domain, ("uuid", "=", reference)], limit=1)
        return messages

    def _report(self, message):
        """Move the message by rank; tell whether the report changed its state."""
        ids = {"raw_status": self.raw_status or None}
        if self.platform_ref and not message.platform_ref:
            ids["platform_ref"] = self.platform_ref
        transition = _REPORTS.get(self.report_state)
        if not transition:
            message.write(ids)
            return False
        values = dict(ids, lease_until=None)
        if transition in ("report_failed", "report_expired"):
            values.update(
                error_class=self.error_class or None,
                error_code=self.error_code or None,
                error_sentence=self.error_sentence or None,
            )
        elif transition == "deliver":
            values.update(
                error_class=None, error_code=None, error_sentence=None, reason=None
            )
        moved = message._move(transition, **values)
        if not moved and self.report_state == ReportState.DELIVERED.value:
            message.raw_status = self.raw_status
        return bool(moved)

    def _park(self):
        """Keep a report whose message is unknown; give up on it after some days."""
        age = fields.Datetime.now() - self.received_at
        self.write(
            {
                "state": "dead" if age > _PARK_FOR else "parked",
                "attempts": self.attempts + 1,
                "outcome": self.env._("No message with this platform reference (yet)."),
            }
        )

    # === BUTTONS === #

    def action_apply_again(self):
        """Put events that were set aside back into the inbox."""
        self.check_access("write")
        self.sudo().filtered(lambda one: one.state in ("dead", "parked")).write(
            {"state": "new", "attempts": 0}
        )
        self._wake()


def _dedupe(gateway_id, event, received_at):
    """Return what makes an event the same as one that was stored before.

    A report is the same with the same message and the same word: a later word is
    news. A reply without an id is the same when ends, text and time are.
    """
    parts = [gateway_id, event.kind.value, event.message_id]
    if event.kind is EventKind.DLR:
        parts += [event.number, event.raw_status.casefold(), event.error_code]
    elif not event.message_id:
        moment = event.occurred_at or int(received_at.timestamp()) // _SAME_WITHIN
        parts += [event.from_number, event.to_number, event.text, moment]
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()
