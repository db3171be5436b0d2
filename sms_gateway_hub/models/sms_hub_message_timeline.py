"""What a message is called, and its history told in words."""

from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

_TONES = {
    "delivered": "success",
    "received": "success",
    "failed": "danger",
    "expired": "danger",
    "blocked": "danger",
    "cancelled": "muted",
}
_ICONS = {
    "delivered": "fa-check-circle",
    "failed": "fa-times-circle",
    "expired": "fa-clock-o",
    "blocked": "fa-ban",
    "cancelled": "fa-times-circle",
}


class Step(NamedTuple):
    """One line of a message's history.

    :param at: when it happened (naive UTC); ``None`` for what is still to come
    :param icon: a Font Awesome class
    :param title: what happened, for anybody
    :param detail: more about it, or an empty text
    :param tone: a Bootstrap text colour
    """

    at: datetime | None
    icon: str
    title: str
    detail: str = ""
    tone: str = "muted"


class SmsHubMessage(models.Model):
    """The history of a message, told in words from the timestamps of its steps."""

    _inherit = "sms.hub.message"

    timeline = fields.Html(
        "History", compute="_compute_timeline", sanitize=False, exportable=False
    )

    @api.depends("partner_id", "number", "create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Override of `base`: whom it is with, and when."""
        for message in self:
            who = message.partner_id.sudo().name or message.number
            when = format_date(self.env, message.create_date)
            message.display_name = ", ".join(part for part in (who, when) if part)

    @api.depends_context("uid", "lang", "tz")
    @api.depends("state", "reason", "accepted_at", "delivered_at", "closed_at")
    def _compute_timeline(self):
        for message in self:
            message.timeline = self.env["ir.qweb"]._render(
                "sms_gateway_hub.sms_hub_message_timeline",
                {
                    "steps": message._timeline_steps(),
                    "format_time": lambda at: format_datetime(
                        self.env, at, dt_format="medium"
                    ),
                },
            )

    def _timeline_steps(self):
        """Return the steps of the message, oldest first, what is to come at the end."""
        self.ensure_one()
        if self.direction == "in":
            return self._timeline_incoming()
        steps = [
            *self._timeline_asked(),
            *self._timeline_released(),
            *self._timeline_replaced(),
            *self._timeline_handed_over(),
            *self._timeline_reports(),
            *self._timeline_closed(),
            *self._timeline_repeated(),
        ]
        # steps of the same second stay in the order in which they are told
        steps.sort(key=lambda step: step.at.replace(microsecond=0))
        return steps + self._timeline_ahead()

    def _timeline_incoming(self):
        steps = [
            Step(
                self.delivered_at or self.create_date,
                "fa-mobile",
                self.env._("Texted by the customer"),
                tone="success",
            )
        ]
        if self.mail_message_id:
            steps.append(
                Step(
                    self.create_date,
                    "fa-comment-o",
                    self.env._("Posted on the record"),
                    self.record_name or "",
                )
            )
        return steps

    def _timeline_asked(self):
        origin = dict(self._fields["door"]._description_selection(self.env))
        title = self.env._("Sent again") if self.retry_of_id else self.env._("Written")
        author = self.author_id.sudo().name
        # a person's text from a record needs no further word
        parts = [author, self.door != "chatter" and origin.get(self.door)]
        detail = ", ".join(part for part in parts if part)
        return [Step(self.create_date, "fa-pencil", title, detail)]

    def _timeline_released(self):
        if not self.released_at:
            return []
        title = self.env._("Released by %(name)s", name=self.released_by_id.sudo().name)
        note = self.release_note or ""
        return [Step(self.released_at, "fa-unlock", title, note, tone="info")]

    def _timeline_handed_over(self):
        steps, attempts = [], self.sudo().attempts
        if self.claimed_at:
            detail = self.env._("Attempt %(number)s", number=attempts)
            title = self.env._("Handed to the platform")
            steps.append(
                Step(
                    self.claimed_at,
                    "fa-paper-plane-o",
                    title,
                    detail if attempts > 1 else "",
                )
            )
        if self.accepted_at:
            title = self.env._("Accepted by the platform")
            steps.append(Step(self.accepted_at, "fa-check", title, tone="info"))
        return steps

    def _timeline_reports(self):
        """Reports that neither accepted nor closed it; those have a step already."""
        told = {"delivered": self.delivered_at, "failed": self.closed_at}
        told.update(expired=self.closed_at, accepted=self.accepted_at)
        titles = {
            "accepted": self.env._("Report: on its way"),
            "delivered": self.env._("Report: delivered"),
            "failed": self.env._("Report: not delivered"),
            "expired": self.env._("Report: not delivered in time"),
        }
        other = self.env._("A report that says nothing new")
        return [
            Step(
                event.occurred_at or event.received_at,
                "fa-rss",
                titles.get(event.report_state, other),
            )
            # sudo: what it says in words is for everybody who reads the message
            for event in self.sudo().event_ids
            if event.kind == "dlr" and not told.get(event.report_state)
        ]

    def _timeline_closed(self):
        """The end; a failure that turned out to be delivered after all shows both."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        steps = []
        if self.closed_at and self.state == "delivered":
            title = self.env._("Reported as not delivered")
            steps.append(Step(self.closed_at, _ICONS["failed"], title, tone="warning"))
        elif self.closed_at:
            steps.append(
                Step(
                    self.closed_at,
                    _ICONS.get(self.state, "fa-circle-o"),
                    labels[self.state],
                    self._closing_words(),
                    _TONES.get(self.state, "muted"),
                )
            )
        if self.delivered_at:
            steps.append(
                Step(
                    self.delivered_at,
                    _ICONS["delivered"],
                    labels["delivered"],
                    tone=_TONES["delivered"],
                )
            )
        return steps

    def _closing_words(self):
        """Say why it ended; what a refusal stopped may have been released before."""
        if not self._stopped_after_release():
            return self.explanation or ""
        return self.env._(
            "%(why)s That counts more than the release by %(name)s.",
            why=self.explanation,
            name=self.released_by_id.sudo().name,
        )

    def _timeline_repeated(self):
        """The texts that took its place, and where they stand."""
        return [
            Step(
                again.create_date,
                "fa-repeat",
                self.env._("Sent again as a new text"),
                again._closing_words(),
            )
            for again in self.retry_ids
        ]

    def _timeline_ahead(self):
        """What is still to come."""
        if self.state == "held":
            title, tone = self.env._("On hold"), "warning"
            detail = self.explanation
            if self.not_before and self.not_before > fields.Datetime.now():
                when = format_datetime(self.env, self.not_before, dt_format="medium")
                detail = self.env._("%(why)s Until %(when)s.", why=detail, when=when)
            return [Step(None, "fa-pause-circle", title, detail, tone)]
        ahead = {
            "queued": (self.env._("Waiting for its turn"), "info"),
            "claimed": (self.env._("Waiting for the platform's answer"), "info"),
            "accepted": (self.env._("Waiting for the phone's report"), "info"),
            "unknown": (self.env._("Nobody knows yet"), "warning"),
        }.get(self.state)
        if not ahead:
            return []
        title, tone = ahead
        return [Step(None, "fa-hourglass-half", title, tone=tone)]
