from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..policy import Reason
from ..policy.reasons import RELEASABLE

#: What a second person has to look at: nobody lifts these for texts of their own.
FOUR_EYES = (Reason.APPROVAL.value, Reason.USER_LIMIT.value)
#: What the person said themselves: a release never goes past it, nor outlives it.
_THEIR_WORD = tuple(
    reason.value
    for reason in (
        Reason.CANCELLED_BY_STOP,
        Reason.SUPPRESSED,
        Reason.SCOPE_REFUSED,
        Reason.OPTED_OUT,
    )
)
#: Refusals among what a manager may lift; the others are holds.
_REFUSED = (Reason.REPEATED.value,)
_HELD = tuple(sorted(reason.value for reason in RELEASABLE - {Reason.REPEATED}))


class SmsHubMessage(models.Model):
    """A manager lets go what rules hold back, with a reason that stays on record.

    Never past a refusal of the recipient, a missing consent, a number that cannot be
    texted, or test mode; and the gate is asked again before anything is handed over.
    """

    _inherit = "sms.hub.message"

    held_until = fields.Datetime("Until", compute="_compute_held_until")
    releasable = fields.Boolean(compute="_compute_releasable")

    @api.depends("state", "not_before")
    def _compute_held_until(self):
        """Without an end it waits for a person; what is blocked waits for nothing."""
        for message in self:
            held = message.state == "held"
            message.held_until = message.not_before if held else False

    @api.depends("state", "reason")
    @api.depends_context("uid")
    def _compute_releasable(self):
        allowed = self.filtered_domain(self._releasable_domain())
        for message in self:
            message.releasable = self._may_release() and message in allowed

    def _may_release(self):
        return self.env.user.has_group("sms_gateway_hub.group_manager")

    def _releasable_domain(self):
        """Return what the current user may release, if they are a manager."""
        held = Domain("state", "=", "held") & Domain("reason", "in", _HELD)
        blocked = Domain("state", "=", "blocked") & Domain("reason", "in", _REFUSED)
        again = Domain("state", "not in", ("blocked", "cancelled"))
        blocked &= Domain("retry_ids", "not any", again)
        theirs = Domain("reason", "not in", FOUR_EYES)
        theirs |= Domain("author_id", "!=", self.env.uid)
        return Domain("direction", "=", "out") & (held | blocked) & theirs

    def _stopped_after_release(self):
        """Tell whether the person refused what a manager had let go."""
        self.ensure_one()
        return (
            bool(self.released_at)
            and self.state in ("blocked", "cancelled")
            and self.reason in _THEIR_WORD
        )

    def action_release(self):
        """Ask for the reason of a release."""
        self._check_may_release()
        wizard = self.env["sms.hub.release"].create({"message_ids": self.ids})
        return wizard._open()

    def _check_may_release(self):
        """Let managers release, within their companies.

        :raise AccessError: otherwise
        """
        if not self._may_release():
            raise AccessError(self.env._("Only managers of SMS Hub release texts."))
        self.check_access("read")

    def _release(self, note):
        """Lift what holds these messages back, as far as the current user may.

        Held ones queue again; refused ones are sent again, as new rows.

        :param note: why, in the manager's words
        :return: the rows that go on
        """
        self._check_may_release()
        release = {
            "released_by_id": self.env.uid,
            "released_at": fields.Datetime.now(),
            "release_note": note,
        }
        # sudo: rows of the ledger change for nobody else
        allowed = self.sudo().search(
            self._releasable_domain() & Domain("id", "in", self.ids)
        )
        released = self.sudo().browse()
        for reason, group in allowed.grouped("reason").items():
            if reason in _REFUSED:
                released |= group._send_again(released_for=reason, release=release)
            else:
                lifted = SQL("concat_ws(',', released_reasons, %s)", reason)
                released |= group._move("release", released_reasons=lifted, **release)
        self.env["sms.hub.dispatcher"]._wake()
        self.env["sms.hub.mirror"]._wake()
        return released
