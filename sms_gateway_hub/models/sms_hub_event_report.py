from collections import Counter

from odoo import fields, models
from odoo.tools import SQL

from ..gateway.vocabulary import ReportState
from .sms_hub_sender_watch import SUSPICIOUS

#: report state → transition
_TRANSITIONS = {
    ReportState.ACCEPTED.value: "evidence",
    ReportState.DELIVERED.value: "deliver",
    ReportState.FAILED.value: "report_failed",
    ReportState.EXPIRED.value: "report_expired",
}
_FAILURES = ("failed", "expired")
#: Stands for a time that the platform did not give.
_NO_TIME = fields.Datetime.to_datetime("0001-01-01")
#: What a report looks at, of the message that it is about.
_LOOKED_AT = (
    *("state", "reason", "error_class", "error_sentence", "gateway_id"),
    *("platform_ref", "raw_status", "resolution"),
)


class SmsHubEvent(models.Model):
    """Delivery reports: many at once, as if each had come after the one before it."""

    _inherit = "sms.hub.event"

    def _apply_reports(self):
        """Carry reports to the ledger; one whose message is not there yet waits."""
        found = self._find_messages()
        for event in self:
            if event not in found:
                event._put_back(
                    self.env._("No message with this platform reference (yet).")
                )
        for turn in _turns(found):
            events = self.browse(event.id for event in turn)
            events._close(turn, events._report(turn))

    # === WHICH MESSAGE === #

    def _find_messages(self):
        """Find and lock the reported messages: by the platform's id, else by our own.

        :return: ``{event: message}`` of those that are found, in order
        """
        by_ref = self._look_up("platform_ref", {one: one.platform_ref for one in self})
        by_uuid = self._look_up(
            "uuid", {one: _reference(one) for one in self if one not in by_ref}
        )
        found = {**by_ref, **by_uuid}
        return {event: found[event] for event in self if event in found}

    def _look_up(self, column, wanted):
        """Wait for whoever moves these messages, and see what they made of them.

        :param wanted: ``{event: value of the column}``; without a value it has none
        :return: ``{event: message}``, each of the event's own gateway
        """
        keys = {
            event: (event.gateway_id.id, value)
            for event, value in wanted.items()
            if value
        }
        if not keys:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, gateway_id, %(column)s FROM sms_hub_message
                 WHERE %(column)s IN %(values)s AND direction = 'out'
                 ORDER BY id FOR NO KEY UPDATE
                """,
                column=SQL.identifier(column),
                values=tuple({value for _gateway, value in keys.values()}),
            )
        )
        messages = self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
        messages.invalidate_recordset()
        messages.fetch(_LOOKED_AT)
        # of two with the same id, the newer one
        known = dict(zip((tuple(row[1:]) for row in rows), messages, strict=True))
        return {event: known[key] for event, key in keys.items() if key in known}

    # === WHAT IT SAYS === #

    def _report(self, messages):
        """Move messages by rank, each by one report.

        A word that nobody knows is evidence too: the platform has the message.

        :param messages: ``{event: message}``, each message once
        :return: the events that changed the state of their message
        """
        told, moved = {}, self.browse()
        for event, message in messages.items():
            if event.platform_ref and not message.platform_ref:
                message.platform_ref = event.platform_ref
            message._reopen_for(event.report_state)
            if message.state not in _FAILURES or event._outranks(message):
                transition = _TRANSITIONS.get(event.report_state, "evidence")
                told.setdefault(transition, {})[message.id] = event
        for transition, events in told.items():
            rows = (
                self.env["sms.hub.message"]
                .sudo()
                ._move_each(
                    transition,
                    {
                        row_id: event._report_values()
                        for row_id, event in events.items()
                    },
                )
            )
            moved = moved.concat(*(events[row.id] for row in rows))
        self.env["sms.hub.message"].concat(*messages.values()).fetch(_LOOKED_AT)
        moved._store_times_of_delivery(messages)
        for event, message in messages.items():
            if event not in moved and message.state == "accepted":
                message.raw_status = event.raw_status
            elif event in moved and event.report_state in _FAILURES:
                message._heed_operator()
                message._after_failed_report()
                if message.error_class in SUSPICIOUS:
                    self.env["sms.hub.sender.watch"]._wake()
        return moved

    def _report_values(self):
        """Return the columns that say what the report says."""
        failed = self.report_state in _FAILURES
        values = {
            "raw_status": self.raw_status or None,
            "lease_until": None,
            "error_class": failed and self.error_class or None,
            "error_code": failed and self.error_code or None,
            "error_sentence": failed and self.error_sentence or None,
        }
        if self.report_state == ReportState.DELIVERED.value:
            values["reason"] = None
        return values

    def _outranks(self, message):
        """Tell whether this report says more than the failure that is known.

        Delivered always does. Between reports of failure the later one counts, in
        whatever order they arrive.
        """
        if self.report_state == ReportState.DELIVERED.value:
            return True
        if self.report_state not in _FAILURES:
            return False
        earlier = self.sudo().search(
            [
                ("message_id", "=", message.id),
                ("report_state", "in", _FAILURES),
                ("state", "=", "applied"),
            ]
        )
        return bool(earlier) and self._seniority() > max(
            one._seniority() for one in earlier
        )

    def _seniority(self):
        """Order reports of failure: by their time, by their word where it is equal."""
        return self.occurred_at or _NO_TIME, self.report_state, self.raw_status

    def _store_times_of_delivery(self, messages):
        """Prefer the platform's times of delivery to ours, where they are possible.

        :param messages: ``{event: message}`` of these and of other events
        """
        times = {
            messages[event].id: event.occurred_at
            for event in self
            if event.report_state == ReportState.DELIVERED.value and event.occurred_at
        }
        if not times:
            return
        self.env["sms.hub.message"].flush_model(["accepted_at", "delivered_at"])
        self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_message AS m SET delivered_at = given.moment
                  FROM unnest(%s::int[], %s::timestamp[]) AS given(id, moment)
                 WHERE m.id = given.id
                   AND given.moment BETWEEN m.accepted_at AND m.delivered_at
             RETURNING m.id
                """,
                list(times),
                list(times.values()),
            )
        )
        self.env["sms.hub.message"].browse(times).invalidate_recordset(["delivered_at"])


def _turns(found):
    """Split reports into parts that are about a message once; their order stays.

    :param found: ``{event: message}``
    """
    turns, seen = [], Counter()
    for event, message in found.items():
        if seen[message] == len(turns):
            turns.append({})
        turns[seen[message]][event] = message
        seen[message] += 1
    return turns


def _reference(event):
    """Return the uuid that the platform sends back, if it does."""
    reference = (event.metadata or {}).get("reference")
    return reference if isinstance(reference, str) else None
