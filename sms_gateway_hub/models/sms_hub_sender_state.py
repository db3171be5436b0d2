from odoo import api, fields, models

from ..policy.sender_health import percent
from .sms_hub_sender_health import SETTLED

#: Results that speak about the recipient, not about the sender.
_RECIPIENTS = ("number", "consent", "handset")
#: Share of texts that did not get through from which a sender needs a look, or help.
_WATCH, _BAD = 5.0, 20.0


class SmsHubSender(models.Model):
    """How a sender fares, in a word; and the buttons that let it rest or work."""

    _inherit = "sms.hub.sender"

    health = fields.Selection(
        [
            ("none", "Not Used Lately"),
            ("good", "Good"),
            ("watch", "Needs a Look"),
            ("bad", "Bad"),
            ("paused", "Paused"),
        ],
        compute="_compute_health",
        help="What became of its texts in the last 24 hours.",
    )
    health_words = fields.Char("Lately", compute="_compute_health")
    health_ids = fields.One2many(
        "sms.hub.sender.health", "sender_id", "Latest Results", readonly=True
    )
    pause_ids = fields.One2many(
        "sms.hub.sender.pause",
        "sender_id",
        domain=[("state", "!=", "over")],
        readonly=True,
    )

    @api.depends("health_ids.day_count", "health_ids.outcome", "pause_ids.state")
    @api.depends_context("lang")
    def _compute_health(self):
        # sudo: how a sender fares is no secret to those who see it
        for sender, sudo in zip(self, self.sudo(), strict=True):
            pauses = sudo.pause_ids.filtered(lambda one: one.state != "over")
            settled, faulty = sudo._settled_and_faulty()
            sender.health = "paused" if pauses else _grade(settled, faulty)
            sender.health_words = sudo._describe_health(pauses, settled, faulty)

    def _settled_and_faulty(self):
        """Return how many texts got a result lately, and how many of them a bad one."""
        settled = self.health_ids.filtered(lambda one: one.outcome in SETTLED)
        faulty = settled.filtered(
            lambda one: one.outcome not in ("delivered", *_RECIPIENTS)
        )
        return sum(settled.mapped("day_count")), sum(faulty.mapped("day_count"))

    def _describe_health(self, pauses, settled, faulty):
        if any(not pause.country_id for pause in pauses):
            return self.env._("Paused everywhere")
        if pauses:
            names = ", ".join(pauses.country_id.mapped("name"))
            return self.env._("Paused for %(countries)s", countries=names)
        if not settled:
            return self.env._("No results in the last 24 hours")
        return self.env._(
            "%(share)s %% of %(settled)s texts got through in 24 hours",
            share=round(100 - percent(faulty, settled)),
            settled=settled,
        )

    def write(self, vals):
        """Override of `base`: what waits for an archived sender waits in vain.

        Nobody would end a pause that ends by a trial, or its alarm.
        """
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: pauses are changed by nobody else
            self.sudo().pause_ids.filtered(
                lambda one: one.kind != "manual" and one.state != "over"
            )._end()
        return result

    # === BUTTONS === #

    def action_pause(self):
        """Ask where, for how long and why the sender shall rest."""
        self.ensure_one()
        return self._open_switch("pause")

    def action_resume(self):
        """Ask why the sender may work again."""
        self.ensure_one()
        return self._open_switch("resume", pause_id=self.pause_ids[:1].id)

    def _open_switch(self, what, **values):
        self.env["sms.hub.sender.pause"]._check_may_switch()
        self.check_access("read")
        wizard = self.env["sms.hub.sender.switch"].create(
            {"what": what, "sender_id": self.id, **values}
        )
        return wizard._open()

    def action_view_health(self):
        """Open what became of this sender's texts, country by country."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_sender_health_action"
        )
        return {**action, "domain": [("sender_id", "=", self.id)], "context": {}}


def _grade(settled, faulty):
    if not settled:
        return "none"
    share = percent(faulty, settled)
    if share >= _BAD:
        return "bad"
    return "watch" if share >= _WATCH else "good"
