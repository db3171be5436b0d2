import hashlib
from datetime import timedelta
from functools import lru_cache

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.vocabulary import EventKind
from .sms_hub_gate_known import naive

#: Key of the advisory lock of those who store events.
_STORING = 0x534D5303
#: Seconds within which two replies that look the same, and carry neither an id nor a
#: time, are taken for one that the platform pushed twice.
_SAME_WITHIN = 60
#: A run of the inbox begins within a second, where a thread is free for it.
_OVERDUE = timedelta(seconds=2)
#: Characters of a call that are kept with each of its events.
_RAW_LIMIT = 4000


class SmsHubEvent(models.Model):
    """The inbox: delivery reports and replies, pushed or polled, stored before applied.

    Storing happens here, applying in a scheduled action. What cannot be applied is
    never dropped: it is parked, and in the end put aside for a person.
    """

    _name = "sms.hub.event"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS Event"
    _order = "id desc"
    _rec_name = "number"

    # found by the index of the last ones, which begins with it
    gateway_id = fields.Many2one(
        "sms.hub.gateway", required=True, readonly=True, ondelete="restrict"
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
    unread = fields.Boolean(
        readonly=True,
        help="A reply of which nobody knows yet whether it refuses: until it was read, "
        "its sender is texted by nobody.",
    )
    metadata = fields.Json(readonly=True)
    raw = fields.Text("As Received", readonly=True)
    occurred_at = fields.Datetime("Happened On", readonly=True)
    received_at = fields.Datetime("Received On", readonly=True)
    attempts = fields.Integer("Tries", default=0, readonly=True)
    failures = fields.Integer(default=0, readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    outcome = fields.Char(readonly=True)
    message_id = fields.Many2one(
        "sms.hub.message", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _dedupe_unique = models.Constraint("unique(dedupe)", "This event is known already.")
    _new_idx = models.Index("(id) WHERE state = 'new'")
    _dead_idx = models.Index("(company_id) WHERE state = 'dead'")
    _last_idx = models.Index("(gateway_id, kind, source, received_at)")
    _parked_idx = models.Index("(next_try_at) WHERE state = 'parked'")
    _unread_idx = models.Index("(number) WHERE unread")
    # for the removal: each settled row is in one of them
    _text_idx = models.Index(
        "(company_id, received_at, id) WHERE (text IS NOT NULL OR raw IS NOT NULL)"
        " AND state IN ('applied', 'ignored')"
    )
    _textless_idx = models.Index(
        "(company_id, received_at, id) WHERE NOT (text IS NOT NULL OR raw IS NOT NULL)"
        " AND state IN ('applied', 'ignored')"
    )
    _platform_idx = models.Index("(platform_ref) WHERE platform_ref IS NOT NULL")

    @api.depends("kind", "number")
    def _compute_display_name(self):
        """Override of `base`: what it is, and with whom."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            parts = (kinds.get(event.kind), event.number)
            event.display_name = ", ".join(part for part in parts if part)

    # === STORING === #

    def _insert_all(
        self, gateway, events, source, raw=None, received_at=None, wake=False
    ):
        """Store normalised events in one statement; repeated ones change nothing.

        Two calls with the same event wait for each other on the unique index instead
        of failing, as long as the transaction reads what others commit meanwhile.

        :param raw: what arrived, free of secrets
        :param received_at: naive UTC; now, unless an old call is read again
        :param wake: have them applied right after the commit
        :return: ids of the new ones, ascending
        """
        received_at = received_at or fields.Datetime.now()
        rows = [
            {
                **self._values_of(gateway, event),
                "source": source,
                "state": "new",
                "raw": raw and raw[:_RAW_LIMIT],
                "received_at": received_at,
                "dedupe": _dedupe(gateway.id, event, received_at),
            }
            for event in events
        ]
        # once a reply is stored, nothing may be claimed that did not know of it
        self.env["sms.hub.number.lock"]._lock(
            row["number"] for row in rows if row["kind"] == EventKind.INBOUND.value
        )
        if wake:
            return self._insert_and_wake(gateway, rows)
        return [event_id for event_id, _older in self._insert_rows(gateway, rows)]

    def _insert_and_wake(self, gateway, rows):
        """Store events and wake the applier, unless it has older ones to apply.

        A trigger costs a connection to another database, so at a busy webhook most
        calls must do without, and none may wait for the next minute because of it:

        * The oldest new event always triggers. It finds no older one.
        * An event that finds an older new one may rely on it. That one is applied by a
          run still to finish, and before it finishes a run waits for whoever is just
          storing, and reads the inbox again (:meth:`_await_storing`). Whoever stores
          says so before it looks for older ones, so that reading finds the event.

        Only *older* events count: two that commit together would otherwise each rely
        on the other. A busy inbox is read once a second, which bounds the triggers.
        """
        # in the same trip to the database, because this runs for every call
        storing = SQL("SELECT pg_advisory_xact_lock_shared(%s);", _STORING)
        stored = self._insert_rows(gateway, rows, storing)
        if stored and not stored[0][1]:
            self._wake()
        return [event_id for event_id, _older in stored]

    def _insert_unreadable(self, gateway, raw, sentence):
        """Keep what could not be read, once and whole, for a person to look at."""
        text = f"{gateway.id}|unreadable|{raw}"
        return self._insert_rows(
            gateway,
            [
                {
                    "kind": "unreadable",
                    "source": "push",
                    "state": "dead",
                    "raw": raw,
                    "outcome": sentence[:250],
                    "received_at": fields.Datetime.now(),
                    "dedupe": hashlib.sha256(text.encode()).hexdigest(),
                }
            ],
        )

    def _insert_rows(self, gateway, rows, before=None):
        """Insert rows that are not there yet.

        :param before: :class:`SQL` to send along
        :return: ``[(id, whether events older than all these are new)]``, ascending
        """
        if not rows:
            return []
        now = fields.Datetime.now()
        common = {
            "gateway_id": gateway.id,
            "company_id": gateway._owner_id(),
            "attempts": 0,
            "failures": 0,
            # nobody made it, and looking that up would take longer than all the rest
            "create_date": now,
            "write_date": now,
        }
        # the youngest of the older ones: those before it were applied, and an index has
        # to pass over what is left of each of them
        return self.env.execute_query(
            SQL(
                """
                %s WITH stored AS (
                       INSERT INTO sms_hub_event (%s) VALUES %s
                       ON CONFLICT (dedupe) DO NOTHING RETURNING id)
                SELECT id, (SELECT id FROM sms_hub_event
                             WHERE state = 'new' AND id < (SELECT MIN(id) FROM stored)
                             ORDER BY id DESC LIMIT 1) IS NOT NULL
                  FROM stored ORDER BY id
                """,
                before or SQL(),
                _names(*common, *rows[0]),
                SQL(", ").join(
                    SQL("%s", (*common.values(), *row.values())) for row in rows
                ),
            )
        )

    def _values_of(self, gateway, event):
        """Return an event's columns: the same ones for every kind of event."""
        inbound = event.kind is EventKind.INBOUND
        # a report is found by its ids, so it may wait for its message's own number
        number = (
            self._canonical(gateway, event.from_number) if inbound else event.number
        )
        error = None if inbound else event.error_class
        return {
            "kind": event.kind.value,
            "platform_ref": event.message_id or None,
            "occurred_at": naive(event.occurred_at),
            "metadata": Json(dict(event.metadata)) if event.metadata else None,
            "number": number,
            "our_number": event.to_number if inbound else None,
            "text": event.text if inbound else None,
            "unread": inbound,
            "report_state": None if inbound else event.state.value,
            "raw_status": None if inbound else event.raw_status,
            "error_class": error and error.value,
            "error_code": None if inbound else event.error_code,
            "error_sentence": None if inbound else event.sentence,
        }

    def _canonical(self, gateway, number):
        """Return a platform's number (digits with country code) as E.164, else as is.

        Short codes and text senders stay what they are. Digits that make a number both
        abroad and at home are the one that we have texted, else the one abroad,
        because platforms write country codes.
        """
        number = (number or "").strip()
        digits = number.lstrip("+")
        if not digits.isdigit() or not digits.isascii():
            return number
        company = gateway.company_id
        found = [
            formatted
            for spelling in (f"+{digits}", number)
            if (
                formatted := company.partner_id._phone_format(
                    number=spelling, country=company.country_id
                )
            )
        ]
        if len(set(found)) == 2 and self._was_texted(company, found[1]):
            return found[1]
        return found[0] if found else number

    def _was_texted(self, company, number):
        return bool(
            self.env["sms.hub.message"]
            .sudo()
            .search_count(
                [("number", "=", number), ("company_id", "=", company.id)], limit=1
            )
        )

    # === WAKING === #

    def _wake(self):
        """Apply soon after the current transaction."""
        self.env["sms.hub.dispatcher"]._trigger_once("sms_gateway_hub.ir_cron_events")

    def _is_overdue(self):
        """Tell whether a reply waits longer than a free reader would let it."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM sms_hub_event
                 WHERE state = 'new' AND kind = 'inbound'
                   AND received_at < clock_timestamp() AT TIME ZONE 'UTC' - %s
                 LIMIT 1
                """,
                _OVERDUE,
            )
        )
        return bool(rows)

    def _await_storing(self):
        """Wait until everything is stored that somebody is just storing."""
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s)", _STORING))


@lru_cache(maxsize=4)
def _names(*columns):
    return SQL(", ").join(map(SQL.identifier, columns))


def _dedupe(gateway_id, event, received_at):
    """Return what makes an event the same as one that was stored before.

    A report is the same with the same message and the same word: a later word is news.
    Pushed and asked for, it differs in the spelling of the number, which therefore only
    counts where the message has no id. A reply without an id is the same when ends,
    text and time are.
    """
    parts = [gateway_id, event.kind.value, event.message_id]
    if event.kind is EventKind.DLR:
        parts += [event.raw_status.casefold(), event.error_code]
        if not event.message_id:
            parts += [event.number, event.metadata.get("reference")]
    elif not event.message_id:
        moment = event.occurred_at or int(received_at.timestamp()) // _SAME_WITHIN
        parts += [event.from_number, event.to_number, event.text, moment]
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()
