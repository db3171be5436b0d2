from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.sms_api import SmsApiHub


class ResCompany(models.Model):
    """Companies with a gateway answer core's question for an API with the hub."""

    _inherit = "res.company"

    # === WHO MAY BE TEXTED === #

    hub_marketing_consent = fields.Selection(
        [
            ("required", "Only with recorded consent"),
            ("unless_refused", "Unless the person refused"),
        ],
        "Marketing by SMS",
        default="required",
        required=True,
        help="Most countries demand consent before the first marketing text.",
    )
    hub_consent_months = fields.Integer(
        "Unused Consent Expires",
        default=24,
        help="Months without a marketing text after which consent no longer counts; "
        "0 keeps it for ever.",
    )
    hub_double_opt_in = fields.Boolean(
        "Confirm Consent by Text",
        help="Consent counts once the person answers YES to a text.",
    )
    hub_country_ids = fields.Many2many(
        "res.country",
        "res_company_sms_hub_country_rel",
        string="Countries to Text",
        help="Numbers of other countries are refused. Empty: the company's country.",
    )
    hub_confirm_stop = fields.Boolean(
        "Confirm STOP",
        default=True,
        help="One text says that the STOP was understood. Switch it off where the "
        "network confirms by itself, as for toll-free numbers in the United States.",
    )
    hub_stop_text = fields.Char(
        "Words after STOP",
        translate=True,
        help="What this one text says; empty for the usual words. Say who you are and "
        "how to come back, and advertise nothing.",
    )
    hub_codes_pass_stop = fields.Boolean(
        "Verification Codes after STOP",
        default=True,
        help="A code that its reader asked for just now is sent in spite of a STOP.",
    )

    # === WHEN AND HOW OFTEN === #

    hub_quiet_hours = fields.Boolean("Quiet Hours for Marketing", default=True)
    hub_state_unknown = fields.Selection(
        [
            ("state_unknown", "What every state allows"),
            ("state_unknown_usual", "The usual hours"),
        ],
        "State Not Known",
        default="state_unknown",
        required=True,
        help="In the United States each state has its hours. Where neither address nor "
        "number tells the state, these hold. The usual hours are for companies that "
        "text only with written consent.",
    )
    hub_repeat_hours = fields.Integer(
        "Same Text Again After",
        default=24,
        help="Hours within which marketing and automation do not send one number the "
        "same text twice; 0 allows it.",
    )

    # === A SECOND PAIR OF EYES === #

    hub_user_daily_limit = fields.Integer(
        "Texts per Person and Day",
        default=500,
        help="What a person sends beyond it waits for a manager; 0 sets no limit. "
        "Mailings have their own approval.",
    )
    hub_approval_above = fields.Integer(
        "Approval Above",
        default=1000,
        help="Recipients above which a second person has to release a sending; 0 sets "
        "no limit.",
    )
    hub_approval_parts = fields.Integer(
        "Approval Above Parts",
        default=0,
        help="Parts of all texts of a sending together, above which a second person "
        "has to release it: 900 texts of two parts are 1,800. It holds for a single "
        "text as well; 0 sets no limit.",
    )

    # === HOW LONG THINGS ARE KEPT === #

    hub_text_days = fields.Integer(
        "Keep Texts For",
        default=90,
        help="Days after which the text of a message is removed from the hub, and what "
        "the platform said about it. 0 keeps texts for as long as their messages.",
    )
    hub_metadata_months = fields.Integer(
        "Keep Messages For",
        default=24,
        help="Months after which a message is removed with its history. Proofs of "
        "consent stay, and messages stay at least for as long as unused consent. 0 "
        "keeps messages for ever.",
    )

    _hub_retention_sensible = models.Constraint(
        """CHECK ((hub_text_days = 0 OR hub_text_days >= 7)
            AND hub_metadata_months >= 0)""",
        "Texts are kept for at least 7 days, as they may have to be sent again. Enter "
        "0 to keep them as long as their messages; months cannot be negative.",
    )

    _hub_limits_not_negative = models.Constraint(
        """CHECK (hub_consent_months >= 0 AND hub_repeat_hours >= 0
            AND hub_user_daily_limit >= 0 AND hub_approval_above >= 0
            AND hub_approval_parts >= 0)""",
        "Limits on texts cannot be negative. Enter 0 for no limit.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_consent(self):
        """Keep companies that have to prove consent, and say what to do instead."""
        for company in self:
            if (
                self.env["sms.hub.consent.event"]
                .sudo()
                .search_count([("company_id", "=", company.id)], limit=1)
            ):
                raise UserError(
                    self.env._(
                        "%s cannot be deleted: its consent ledger is evidence that is "
                        "kept for ever. Archive the company.",
                        company.name,
                    )
                )

    def _get_sms_api_class(self):
        """Override of `sms`: the hub queues, and never talks to a network here."""
        self.ensure_one()
        if self.env["sms.hub.gateway"]._for_company(self):
            return SmsApiHub
        return super()._get_sms_api_class()
