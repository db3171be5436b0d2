import logging
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..policy.sender_health import length_of_pause

_logger = logging.getLogger(__name__)

#: Errors that speak against the sender; all others say nothing about it.
_AGAINST = ("sender", "content")
#: Why a text has another sender that its own did not refuse.
_MOVED = ("paused", "unreachable")
#: A trial that nobody reports on says nothing after this time.
_PATIENCE = timedelta(hours=1)
#: Waiting texts that are looked at for one that the sender may carry.
_LOOK_AT = 20


class SmsHubSenderPause(models.Model):
    """The end of a pause that began by itself: one message is sent on trial.

    Exactly one over all workers: the claim asks the gate, which lets nothing through
    that is not named by the pause, and naming it locks the pause.
    """

    _inherit = "sms.hub.sender.pause"

    # === BEGINNING A TRIAL === #

    def _start_probes(self):
        """Send one waiting text on trial for each pause whose time has come.

        Called by the dispatchers before they claim, so that the next text of a quiet
        company is the trial.

        :return: whether there is one more to hand over now
        """
        begun = False
        for one in self._hub_run(lambda pauses: pauses._due_ids()):
            try:
                begun |= self._hub_run(lambda pauses, one=one: pauses._start_probe(one))
            except Exception:
                # no trouble with a trial may keep the dispatchers from all other texts
                _logger.exception("The trial of pause %s could not begin.", one)
        return begun

    def _due_ids(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sms_hub_sender_pause
                 WHERE state = 'paused' AND kind != 'manual'
                   AND until <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY until
                """
            )
        )
        return [row[0] for row in rows]

    def _start_probe(self, pause_id):
        """Choose a text for one pause; tell whether there was one."""
        locked = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sms_hub_sender_pause
                 WHERE id = %s AND state = 'paused' FOR UPDATE SKIP LOCKED
                """,
                pause_id,
            )
        )
        pause = self.sudo().browse(row[0] for row in locked)
        message = pause and pause._choose_probe()
        if not message:
            return False
        message._take_sender(pause.sender_id)
        if message.state == "held":
            message._move("release")
        pause.write({"state": "probing", "probe_id": message.id})
        pause.flush_recordset()
        return True

    def _choose_probe(self):
        """Return a waiting text that the sender may carry, locked, or none.

        First one that waits for this sender; nothing that it was refused for before, or
        for which somebody chose another. Nothing urgent that another sender can take:
        it may have to be sent a second time.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM sms_hub_message
                 WHERE direction = 'out'
                   AND company_id = %(company)s AND country_code = %(country)s
                   AND (state = 'held' AND reason = 'sender_paused'
                        AND sender_id = %(sender)s
                        OR state = 'queued' AND lane != 'urgent'
                        AND (sender_id = %(sender)s
                             OR sender_reason IS DISTINCT FROM 'explicit')
                        AND not_before <= clock_timestamp() AT TIME ZONE 'UTC')
                   AND NOT COALESCE(tried, '[]') @> to_jsonb(%(sender)s)
                   AND expires_at > clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY lane = 'urgent', state, lane, id LIMIT %(limit)s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                company=self.company_id.id,
                country=self.country_code,
                sender=self.sender_id.id,
                limit=_LOOK_AT,
            )
        )
        messages = self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
        messages.invalidate_recordset()
        return next((one for one in messages if self._may_try(one)), messages.browse())

    def _may_try(self, message):
        """Tell whether the sender may carry a text that was routed without it."""
        return message.sender_id == self.sender_id or self.env[
            "sms.hub.router"
        ]._may_carry(self.sender_id, message)

    # === THE OUTCOME OF A TRIAL === #

    def _judge(self):
        """End, prolong or repeat the trials of which something is known."""
        for pause in self.sudo().search([("state", "=", "probing")]):
            pause._judge_probe()

    def _judge_probe(self):
        """Draw the conclusion from what became of the message on trial."""
        verdict = self._verdict()
        if verdict == "arrived":
            self._end()
            _logger.info("Sender %s works again.", self.sender_id.id)
        elif verdict == "refused":
            failed = self.failed_probes + 1
            self.write(
                {
                    "state": "paused",
                    "failed_probes": failed,
                    "until": fields.Datetime.now() + length_of_pause(failed),
                }
            )
        elif verdict == "nothing":
            # the next text is the next trial
            self.write({"state": "paused", "until": fields.Datetime.now()})

    def _verdict(self):
        """Return what the trial says: arrived, refused, nothing, or not yet (empty)."""
        message, sender = self.probe_id, self.sender_id
        # it may have been moved away when the pause began; that says nothing
        refusals = [
            hop["why"]
            for hop in message.hops or ()
            if hop["sender"] == sender.id
            and hop["why"] not in _MOVED
            and not hop.get("counted")
        ]
        if not message:
            return "nothing"
        if message.sender_id != sender or refusals:
            against = any(why in _AGAINST for why in refusals)
            return "refused" if against else "nothing"
        if message.state == "delivered":
            return "arrived"
        if message.state in ("failed", "expired"):
            return "refused" if message.error_class in _AGAINST else "nothing"
        if message.state in ("queued", "claimed"):
            return ""
        if message.state == "accepted":
            late = fields.Datetime.now() - message.accepted_at > _PATIENCE
            return "nothing" if late else ""
        # held again, blocked, cancelled or unknown
        return "nothing"
