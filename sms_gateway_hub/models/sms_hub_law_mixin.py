from odoo import fields, models


class SmsHubLawMixin(models.AbstractModel):
    """Rows that say on what they rest: shipped ones, and those people add."""

    _name = "sms.hub.law.mixin"
    _inherit = ["sms.hub.rule.mixin"]
    _description = "Rule with its source"

    status = fields.Selection(
        [
            ("law", "Law"),
            ("regulator", "Regulator"),
            ("operator", "Operator Rule"),
            ("calls", "Law on Calls"),
            ("practice", "Usual Practice"),
        ],
        "Rests on",
        required=True,
        default="practice",
        group_expand=True,
        help="Law on Calls: texts are treated as advertising calls are, to be careful.",
    )
    source = fields.Char(help="The law, the page or the person that says so.")
    source_url = fields.Char("Link to the Source")
    confidence = fields.Selection(
        [
            ("high", "Sure: the text itself, or two sources that agree"),
            ("medium", "One good source"),
            ("derived", "Worked out from other rows"),
            ("low", "Sources disagree or are weak"),
            ("unchecked", "Common knowledge, not checked"),
        ],
        default="unchecked",
        required=True,
    )
    reviewed_on = fields.Date(
        "Reviewed", help="When somebody last compared it with its source."
    )
    note = fields.Text()

    def action_reviewed(self):
        """Note that somebody compared the rows with their sources today."""
        self.write({"reviewed_on": fields.Date.context_today(self)})
