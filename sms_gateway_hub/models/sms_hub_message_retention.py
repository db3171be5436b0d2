from odoo import api, fields, models

from .sms_hub_message_timeline import Step


class SmsHubMessage(models.Model):
    """Texts that were removed because they were old enough."""

    _inherit = "sms.hub.message"

    text_removed_at = fields.Datetime("Text Removed On", readonly=True, copy=False)
    text_removed_words = fields.Char(compute="_compute_text_removed_words")

    # for the removal: each settled row is in one of them
    _text_idx = models.Index(
        "(company_id, create_date, id) WHERE body IS NOT NULL AND state IN"
        " ('accepted', 'delivered', 'failed', 'expired', 'blocked', 'cancelled',"
        " 'received')"
    )
    _textless_idx = models.Index(
        "(company_id, create_date, id) WHERE body IS NULL AND state IN"
        " ('accepted', 'delivered', 'failed', 'expired', 'blocked', 'cancelled',"
        " 'received')"
    )

    @api.depends("text_removed_at", "create_date")
    @api.depends_context("lang")
    def _compute_text_removed_words(self):
        for message in self:
            message.text_removed_words = message.text_removed_at and self.env._(
                "The text was removed after %(days)s days.",
                days=(message.text_removed_at - message.create_date).days,
            )

    def _may_be_repeated(self):
        """Override: nothing can be sent again that nobody knows any more."""
        return not self.text_removed_at and super()._may_be_repeated()

    def _timeline_steps(self):
        """Override: tell when the text was removed."""
        steps = super()._timeline_steps()
        if not self.text_removed_at:
            return steps
        return [
            *steps,
            Step(
                self.text_removed_at,
                "fa-eraser",
                self.env._("Text removed"),
                self.text_removed_words,
            ),
        ]
