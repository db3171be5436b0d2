import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Seconds after which a run makes room for other jobs; Odoo kills long ones.
_RUN_SECONDS = 5.0
_CRON = "sms_gateway_hub.ir_cron_housekeeping"
#: What only the server says of a pause; people read it as the truth.
_BY_SERVER = (
    *("hub_paused_at", "hub_paused_by_id", "hub_pause_reason", "hub_stopped"),
    "hub_judged_since",
)
#: What was claimed before the pause and has not failed since may have left.
_ON_THE_WAY = """
    SELECT m.mailing_id, count(*) FILTER (WHERE m.claimed_at IS NOT NULL),
           count(*) FILTER (WHERE m.state IN ('queued', 'held'))
      FROM sms_hub_message AS m JOIN mailing_mailing AS p ON p.id = m.mailing_id
     WHERE m.mailing_id = ANY(%s) AND m.purpose != 'test'
       AND (m.state IN ('queued', 'held', 'claimed', 'unknown')
            OR m.accepted_at >= p.hub_paused_at)
     GROUP BY m.mailing_id
"""


class MailingMailing(models.Model):
    """A mailing that is being sent can be paused, resumed and cancelled.

    The pause counts from its commit: every claim reads it. What waits is put on hold
    behind it, in small steps, so that no other sending has to look past it.
    """

    _inherit = "mailing.mailing"

    hub_paused_at = fields.Datetime("Paused Since", readonly=True, copy=False)
    hub_paused_by_id = fields.Many2one(
        "res.users", "Paused by", readonly=True, copy=False
    )
    hub_pause_reason = fields.Char("Why Paused", readonly=True, copy=False)
    hub_stopped = fields.Boolean("Rest Cancelled", readonly=True, copy=False)
    hub_may_pause = fields.Boolean(compute="_compute_hub_may_pause")
    hub_pause_words = fields.Char(compute="_compute_hub_pause_words")

    @api.depends("state", "mailing_type", "hub_paused_at", "hub_company_id")
    def _compute_hub_may_pause(self):
        ours = self._hub_ours()
        for mailing in self:
            mailing.hub_may_pause = (
                mailing in ours
                and mailing.state in ("in_queue", "sending")
                and not mailing.hub_paused_at
            )

    @api.depends("hub_paused_at", "hub_pause_reason", "hub_stopped")
    def _compute_hub_pause_words(self):
        paused = self.filtered("hub_paused_at")
        (self - paused).hub_pause_words = False
        stopped = paused.filtered("hub_stopped")
        stopped.hub_pause_words = self.env._("What was waiting is being cancelled.")
        paused -= stopped
        paused.flush_recordset(["hub_paused_at"])
        rows = paused and self.env.execute_query(SQL(_ON_THE_WAY, paused.ids))
        counts = {mailing_id: figures for mailing_id, *figures in rows}
        for mailing in paused:
            left, waiting = counts.get(mailing.id, (0, 0))
            mailing.hub_pause_words = self.env._(
                "Paused by %(person)s: %(reason)s %(waiting)s texts wait; %(left)s "
                "were already on their way.",
                person=mailing.hub_paused_by_id.name,
                reason=_as_sentence(mailing.hub_pause_reason),
                waiting=waiting,
                left=left,
            )

    # === BUTTONS === #

    def action_hub_pause(self):
        """Ask why these mailings shall stand still."""
        self.check_access("write")
        if not self.filtered("hub_may_pause"):
            raise UserError(
                self.env._("Only SMS mailings that are being sent can be paused.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause Sending"),
            "res_model": "sms.hub.mailing.pause",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mailing_ids": self.ids},
        }

    def action_hub_resume(self):
        """Go on sending."""
        self._hub_resume()
        return True

    def action_hub_stop(self):
        """Send nothing of what still waits, for good."""
        self.check_access("write")
        stopped = self.filtered(lambda one: one.state == "sending" and one.hub_prepared)
        if not stopped:
            raise UserError(
                self.env._(
                    "Only a mailing whose texts are on their way can be cancelled "
                    "here. If they are still being prepared, pause it first."
                )
            )
        now = self.env["sms.hub.gate"]._now().replace(tzinfo=None)
        for mailing in stopped:
            # sudo: nobody else writes these
            mailing.sudo().write(
                {"hub_stopped": True, "hub_paused_at": mailing.hub_paused_at or now}
            )
            mailing.message_post(body=self.env._("What was waiting is cancelled."))
        self.env["sms.hub.dispatcher"]._trigger_once(_CRON)
        return True

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mass_mailing`: no mailing is made as one that stands still."""
        # each is named: a context could bring defaults
        nothing = dict.fromkeys(_BY_SERVER, False)
        return super().create([{**vals, **nothing} for vals in vals_list])

    def write(self, vals):
        """Override of `mass_mailing`: a mailing that starts anew is not paused.

        And nobody says in a name of somebody else that it is.
        """
        if not self.env.su:
            vals = {key: val for key, val in vals.items() if key not in _BY_SERVER}
        if vals.get("state") in ("draft", "in_queue"):
            vals = {**vals, "hub_paused_at": False, "hub_stopped": False}
        return super().write(vals)

    # === PAUSING === #

    def _hub_pause(self, reason):
        """Let nothing of these mailings be handed over any more.

        :param reason: in a person's words; everybody reads them
        """
        self.check_access("write")
        paused = self.filtered("hub_may_pause")
        # sudo: nobody else writes these
        paused.sudo().write(
            {
                "hub_paused_at": self.env["sms.hub.gate"]._now().replace(tzinfo=None),
                "hub_paused_by_id": self.env.uid,
                "hub_pause_reason": reason,
            }
        )
        for mailing in paused:
            mailing.message_post(
                body=self.env._("Sending is paused: %(reason)s", reason=reason)
            )
        self.env["sms.hub.dispatcher"]._trigger_once(_CRON)

    def _hub_resume(self):
        """Let these mailings go on where they were paused."""
        self.check_access("write")
        # what is being cancelled does not come back
        resumed = self.filtered(lambda one: one.hub_paused_at and not one.hub_stopped)
        # sudo: nobody else writes these
        resumed.sudo().write({"hub_paused_at": False, "hub_pause_reason": False})
        for mailing in resumed:
            mailing.message_post(body=self.env._("Sending goes on."))
        self.env["sms.hub.dispatcher"]._trigger_once(_CRON)

    @api.model
    def _hub_paused_among(self, items):
        """Return the ids of the paused mailings to which messages belong."""
        ids = {item["mailing_id"] for item in items if item.get("mailing_id")}
        if not ids:
            return set()
        self.flush_model(["hub_paused_at"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM mailing_mailing"
                " WHERE hub_paused_at IS NOT NULL AND id = ANY(%s)",
                list(ids),
            )
        )
        return {mailing_id for (mailing_id,) in rows}


class SmsHubHousekeeping(models.AbstractModel):
    """Carries a pause out on what waits, and lets it go when the mailing goes on."""

    _inherit = "sms.hub.housekeeping"

    def _run(self):
        """Override: first what people asked for."""
        self._follow_pauses()
        return super()._run()

    def _follow_pauses(self):
        """Hold what waits of paused mailings; release what others were held for."""
        for step in (
            lambda keeper: keeper._cancel_stopped(),
            lambda keeper: keeper._hold_paused(),
            lambda keeper: keeper._release_resumed(),
        ):
            self._until_done(step, time.monotonic() + _RUN_SECONDS)

    def _cancel_stopped(self):
        messages = self._locked(
            SQL(
                """
                state IN ('queued', 'held') AND purpose != 'test' AND mailing_id IN (
                    SELECT id FROM mailing_mailing WHERE hub_stopped)
                """
            ),
            SQL("mailing_id"),
        )
        return len(messages._move("cancel", reason="cancelled_by_user"))

    def _hold_paused(self):
        messages = self._locked(
            SQL(
                """
                state = 'queued' AND purpose != 'test' AND mailing_id IN (
                    SELECT id FROM mailing_mailing WHERE hub_paused_at IS NOT NULL)
                """
            ),
            SQL("mailing_id"),
        )
        moved = messages._move("hold", reason="campaign_paused", not_before=None)
        return len(moved)

    def _release_resumed(self):
        messages = self._locked(
            SQL(
                """
                state = 'held' AND reason = 'campaign_paused' AND NOT EXISTS (
                    SELECT 1 FROM mailing_mailing AS paused
                     WHERE paused.id = mailing_id AND hub_paused_at IS NOT NULL)
                """
            ),
            SQL("mailing_id"),
        )
        moved = messages._move("release")
        if moved:
            self.env["sms.hub.dispatcher"]._wake()
        return len(moved)


def _as_sentence(words):
    words = (words or "").strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
