from odoo import fields, models


class ResCompany(models.Model):
    """When senders are paused by themselves, and what fails is tried once more."""

    _inherit = "res.company"

    hub_filter_share = fields.Float(
        "Pause a Sender at",
        default=20.0,
        help="Percent of a sender's texts to a country that operators held back in an "
        "hour; 0 never pauses it for that.",
    )
    hub_filter_least = fields.Integer(
        "At Least",
        default=20,
        help="Texts with a result, below which chance is as good an explanation.",
    )
    hub_mailing_refusals = fields.Float(
        "Stop a Mailing at",
        default=2.0,
        help="Percent of its texts, of at least 50, that were refused because of what "
        "they say; 0 never stops it for that.",
    )
    hub_repeat_by_other = fields.Boolean(
        "Try Another Sender after a Failed Delivery",
        help="Personal and automatic texts only, and once. Where the report was wrong, "
        "the person gets the text twice.",
    )

    _hub_shares_are_percent = models.Constraint(
        """CHECK (hub_filter_share BETWEEN 0 AND 100 AND hub_filter_least > 0
            AND hub_mailing_refusals BETWEEN 0 AND 100)""",
        "Shares are between 0 and 100 percent, and at least one text counts.",
    )
