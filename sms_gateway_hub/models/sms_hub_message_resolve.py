from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .sms_hub_message_timeline import Step

#: Report states that say that it did not arrive.
_FAILURES = ("failed", "expired")
RESOLUTIONS = [
    ("delivered", "It Arrived"),
    ("failed", "It Did Not Arrive"),
    ("again", "Send Once More"),
]
#: resolution → transition; what is sent once more counts as not arrived until a report
#: says otherwise
_TRANSITIONS = {
    "delivered": "settle_delivered",
    "failed": "settle_failed",
    "again": "settle_failed",
}


class SmsHubMessage(models.Model):
    """A manager says what became of a text whose answer got lost.

    Only of those, and only with a reason that stays on record. It is somebody's word,
    not evidence: whatever the platform reports later wins.
    """

    _inherit = "sms.hub.message"

    resolution = fields.Selection(
        RESOLUTIONS,
        "Resolved As",
        readonly=True,
        help="What somebody said of a text whose fate was unknown. A report that came "
        "later may have shown otherwise.",
    )
    resolved_by_id = fields.Many2one("res.users", "Resolved by", readonly=True)
    resolved_at = fields.Datetime("Resolved On", readonly=True)
    resolve_note = fields.Char("Why Resolved", readonly=True)

    _unknown_idx = models.Index("(company_id, id) WHERE state = 'unknown'")

    # === BUTTONS === #

    def action_resolve(self):
        """Ask what became of these texts."""
        self._check_may_resolve()
        unknown = self.filtered(lambda one: one.state == "unknown")
        if not unknown:
            raise UserError(
                self.env._("Only texts whose fate is unknown can be resolved.")
            )
        wizard = self.env["sms.hub.resolve"].create({"message_ids": unknown.ids})
        return wizard._open()

    def _check_may_resolve(self):
        """Let managers resolve, within their companies.

        :raise AccessError: otherwise
        """
        if not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(self.env._("Only managers of SMS Hub resolve texts."))
        self.check_access("read")

    # === SETTLING === #

    def _resolve(self, resolution, note):
        """Settle texts of unknown fate by the current user's word.

        :param resolution: key of :data:`RESOLUTIONS`
        :param note: why, in the manager's words
        :return: the texts that were settled; one that got its report meanwhile is not
        """
        self._check_may_resolve()
        # sudo: rows of the ledger change for nobody else
        settled = self.sudo()._move(
            _TRANSITIONS[resolution],
            error_class=None,
            resolution=resolution,
            resolved_by_id=self.env.uid,
            resolved_at=fields.Datetime.now(),
            resolve_note=note,
        )
        if resolution == "again":
            # the text that may have arrived must not stand in its own way
            settled._send_again(
                released_for="repeated",
                release={
                    "released_by_id": self.env.uid,
                    "released_at": fields.Datetime.now(),
                    "release_note": note,
                },
            )
        self.env["sms.hub.dispatcher"]._wake()
        self.env["sms.hub.mirror"]._wake()
        return settled

    def _reopen_for(self, report_state):
        """Let a report speak where only somebody's word stood.

        What they call delivered, a report of failure makes doubtful again; what they
        call failed, any report does. Then the report is applied as to any other text.

        :param report_state: what the report says
        """
        contradicted = self.filtered(
            lambda one: (
                one.resolution
                and (
                    one.state == "failed"
                    or (one.state == "delivered" and report_state in _FAILURES)
                )
                and not one._was_reported()
            )
        )
        contradicted._move("reopen", delivered_at=None, closed_at=None)

    def _was_reported(self):
        """Tell whether a report settled it already, and not a person's word."""
        self.ensure_one()
        return any(
            event.kind == "dlr"
            and event.state == "applied"
            and event.received_at >= self.resolved_at
            for event in self.sudo().event_ids
        )

    # === ASKING THE PLATFORM === #

    def _ask_platform(self):
        """Let the platform be asked once more what became of these texts.

        It is asked by request, so only those can be asked for whose request it named.

        :return: the texts that are asked for
        """
        self._check_may_resolve()
        asked = self.sudo().filtered(
            lambda one: one.state == "unknown" and one.request_id.platform_ref
        )
        if asked:
            asked.request_id.next_poll_at = fields.Datetime.now()
            self.env["sms.hub.dispatcher"]._trigger_once("sms_gateway_hub.ir_cron_poll")
        return asked

    # === WORDS === #

    def _timeline_asked(self):
        """Override of the timeline: who resolved it, and why."""
        return super()._timeline_asked() + self._timeline_resolved()

    def _timeline_resolved(self):
        if not self.resolved_at:
            return []
        titles = {
            "delivered": self.env._("%s says that it arrived"),
            "failed": self.env._("%s says that it did not arrive"),
            "again": self.env._("%s had it sent once more"),
        }
        title = titles[self.resolution] % self.resolved_by_id.sudo().name
        note = self.resolve_note or ""
        return [Step(self.resolved_at, "fa-gavel", title, note, tone="info")]
