from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.sms_hub_consent_finding import ACKNOWLEDGED
from ..tools.consent_chain import as_ranges

_ADMINISTRATOR = "sms_gateway_hub.group_administrator"


class SmsHubConsentAcknowledge(models.TransientModel):
    """Asks an administrator why the database lacks what the witness file knows."""

    _name = "sms.hub.consent.acknowledge"
    _description = "Acknowledgement of a Consent Verification"

    check_id = fields.Many2one("sms.hub.consent.check", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_acknowledge(self):
        """Note the reason in the witness file and on the verification; verify again."""
        self.ensure_one()
        if not self.env.user.has_group(_ADMINISTRATOR):
            raise AccessError(
                self.env._("Only administrators acknowledge what a witness file says.")
            )
        self.check_id.check_access("read")
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say what happened, as in an audit."))
        check = self.check_id.sudo()
        self._check_is_current(check)
        try:
            self.env["sms.hub.consent.witness"]._acknowledge(check.company_id, reason)
        except OSError as error:
            raise UserError(
                self.env._(
                    "The witness file cannot be written. The server's administrator "
                    "has to give Odoo access to its data folder."
                )
            ) from error
        check.message_post(
            body=self.env._("The witness file was acknowledged: %s", reason),
            author_id=self.env.user.partner_id.id,
        )
        return self.check_id.with_company(check.company_id).action_verify()

    def _check_is_current(self, check):
        """Let nobody acknowledge what they have not read."""
        problems = self.env["sms.hub.consent.witness"]._examine(check.company_id)
        now = {(one.kind, as_ranges(one.places)) for one in problems}
        read = {(one.kind, one.places) for one in check.finding_ids}
        now, read = (
            {one for one in pairs if one[0] in ACKNOWLEDGED} for pairs in (now, read)
        )
        if now != read or not now:
            raise UserError(
                self.env._(
                    "This is not what the witness file says now. Verify again, read "
                    "what is found, and acknowledge that."
                )
            )
