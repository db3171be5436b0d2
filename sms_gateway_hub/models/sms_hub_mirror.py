import logging
import time

from psycopg2 import errors

from odoo import fields, models
from odoo.tools import SQL

from .sms_hub_vocabulary import failure_type

_logger = logging.getLogger(__name__)

_BATCH = 100
#: A run makes room for texts that wait for the same worker.
_RUN_SECONDS = 2.0
#: Core's vacuum may clear these; the ledger keeps the history, and reports reach it.
_CLEARED = ("accepted", "delivered", "blocked", "cancelled")
#: Failures that a repetition of the whole step cures.
_PASSING = (errors.SerializationFailure, errors.DeadlockDetected)

#: ledger state → state of ``sms.sms``, notification, mailing trace.
#: ``unknown`` shows as sent and unconfirmed, never as an error: core's *Retry* would
#: delete the error and send the text a second time.
STATES = {
    "queued": ("outgoing", "ready", "outgoing"),
    "held": ("outgoing", "ready", "outgoing"),
    "claimed": ("process", "process", "process"),
    "unknown": ("pending", "pending", "pending"),
    "accepted": ("pending", "pending", "pending"),
    "delivered": ("sent", "sent", "sent"),
    "failed": ("error", "exception", "error"),
    "expired": ("error", "exception", "error"),
    "blocked": ("canceled", "exception", "cancel"),
    "cancelled": ("canceled", "canceled", "cancel"),
}


class SmsHubMirror(models.AbstractModel):
    """Carries the ledger's results to core's rows, in a step of its own.

    A click, a user or another worker on the same row can then never cost us a result:
    the ledger commits first and alone, and this step can be repeated at will.
    """

    _name = "sms.hub.mirror"
    _inherit = ["sms.hub.transaction"]
    _description = "Mirror of the SMS ledger in Odoo's own rows"

    def _wake(self):
        """Run the mirror soon after the current transaction."""
        self.env["sms.hub.dispatcher"]._trigger_once(
            "sms_gateway_hub.ir_cron_housekeeping"
        )

    def _run(self, seconds=_RUN_SECONDS):
        """Mirror what changed, in small committed batches; return how many rows.

        :param seconds: after which the rest is left to the next run, soon
        """
        deadline, total = time.monotonic() + seconds, 0
        while count := self._hub_run(lambda mirror: mirror._mirror_batch()):
            total += count
            if count < _BATCH:
                break
            if time.monotonic() > deadline:
                self._wake()
                break
        return total

    def _mirror_everything(self):
        """Mirror all that is pending in the current transaction."""
        self.env["sms.hub.message"].flush_model()
        while self._mirror_batch():
            pass

    def _mirror_batch(self):
        """Take up to a batch of changed rows, lock them and mirror them."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sms_hub_message WHERE mirror_pending
                 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                _BATCH,
            )
        )
        messages = self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
        messages.invalidate_recordset()
        if not self._mirror_guarded(messages):
            for message in messages:
                if not self._mirror_guarded(message):
                    self._give_up(message)
        return len(messages)

    def _mirror_guarded(self, messages):
        """Mirror in a savepoint; tell whether it went well."""
        try:
            with self.env.cr.savepoint():
                self._mirror(messages)
        except _PASSING:
            raise
        except Exception:
            # one broken row of core, or an addon's error on it, must not stop the rest
            _logger.warning(
                "SMS %s could not be mirrored.", messages.ids, exc_info=True
            )
            return False
        return True

    def _give_up(self, message):
        """Leave a row that cannot be shown until it changes again."""
        self._done(message)
        _logger.error("Odoo's own rows do not show the result of SMS %s.", message.uuid)

    def _done(self, messages):
        messages.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE sms_hub_message SET mirror_pending = FALSE"
                " WHERE id IN %s RETURNING id",
                tuple(messages.ids),
            )
        )
        messages.invalidate_recordset(["mirror_pending"])

    # === ONE BATCH === #

    def _mirror(self, messages):
        """Write the ledger's state of these messages into core's rows."""
        if not messages:
            return
        outgoing = messages.filtered(lambda one: one.direction == "out")
        uuids = outgoing.mapped("uuid")
        sms = self.env["sms.sms"].sudo().search([("uuid", "in", uuids)])
        trackers = self.env["sms.tracker"].sudo().search([("sms_uuid", "in", uuids)])
        for values, group in self._grouped(outgoing):
            shown = set(group.mapped("uuid"))
            self._write_sms(sms.filtered(lambda one, u=shown: one.uuid in u), values)
            found = trackers.filtered(lambda one, u=shown: one.sms_uuid in u)
            self._write_notifications(found.mail_notification_id, values)
            self._write_traces(found.mailing_trace_id, values)
        self._done(messages)
        notified = trackers.mail_notification_id.mail_message_id
        notified._notify_message_notification_update()
        outgoing.mailing_id._hub_close_finished()
        self.env.flush_all()

    def _grouped(self, messages):
        """Group messages that show the same: one write each instead of one per row."""
        groups = {}
        for one in messages:
            failed = one.state in ("failed", "expired", "blocked", "cancelled")
            key = (
                one.state,
                failure_type(one.reason, one.error_class) if failed else False,
                self._sentence(one) if failed else False,
            )
            groups[key] = groups.get(key, messages.browse()) | one
        return [
            (dict(zip(("state", "failure_type", "reason"), key, strict=True)), group)
            for key, group in groups.items()
        ]

    def _sentence(self, message):
        """Return what happened, in the language of whoever sent it."""
        lang = message.author_id.lang or message.company_id.partner_id.lang
        return message.with_context(lang=lang)._explain()[0]

    def _write_sms(self, sms, values):
        if sms:
            sms.write(
                {
                    "state": STATES[values["state"]][0],
                    "failure_type": values["failure_type"],
                    "to_delete": values["state"] in _CLEARED,
                }
            )

    def _write_notifications(self, notifications, values):
        if notifications:
            notifications.write(
                {
                    "notification_status": STATES[values["state"]][1],
                    "failure_type": values["failure_type"],
                    "failure_reason": values["reason"],
                }
            )

    def _write_traces(self, traces, values):
        if not traces:
            return
        status = STATES[values["state"]][2]
        traces.write(
            {
                "trace_status": status,
                "failure_type": values["failure_type"],
                "failure_reason": values["reason"],
            }
        )
        if status in ("pending", "sent"):
            traces.filtered(
                lambda one: not one.sent_datetime
            ).sent_datetime = fields.Datetime.now()

    # === WHICH ROWS OF CORE === #

    def _track(self, messages):
        """Let the notifications of these messages follow the ledger.

        Core tracks only what it means to send, and in bulk nothing but traces.
        """
        uuids = messages.mapped("uuid")
        sms = self.env["sms.sms"].sudo().search([("uuid", "in", uuids)])
        uuid_of = {one.id: one.uuid for one in sms}
        trackers = self.env["sms.tracker"].sudo()
        known = {
            one.sms_uuid: one for one in trackers.search([("sms_uuid", "in", uuids)])
        }
        missing = []
        for notification in (
            self.env["mail.notification"]
            .sudo()
            .search([("sms_id_int", "in", sms.ids), ("sms_tracker_ids", "=", False)])
        ):
            uuid = uuid_of[notification.sms_id_int]
            if uuid in known:
                # a mailing's tracker then serves both
                known[uuid].mail_notification_id = notification
            else:
                missing.append(
                    {"sms_uuid": uuid, "mail_notification_id": notification.id}
                )
        trackers.create(missing)

    def _follow(self, old, new):
        """Let core's rows follow from messages to those that send them again.

        :param old: messages
        :param new: for each of them, in order, the message that repeats it
        """
        uuids = dict(zip(old.mapped("uuid"), (one.uuid for one in new), strict=True))
        for tracker in (
            self.env["sms.tracker"].sudo().search([("sms_uuid", "in", list(uuids))])
        ):
            tracker.sms_uuid = uuids[tracker.sms_uuid]
        for sms in self.env["sms.sms"].sudo().search([("uuid", "in", list(uuids))]):
            sms.write({"uuid": uuids[sms.uuid], "to_delete": False})
        self._wake()
