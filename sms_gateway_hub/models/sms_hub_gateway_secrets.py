from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import vault

_ADMINISTRATOR = "sms_gateway_hub.group_administrator"
#: What is stored encrypted.
_TOKENS = (
    "api_key_encrypted",
    "webhook_token_encrypted",
    "webhook_secret_encrypted",
    "webhook_old_secret_encrypted",
)


class SmsHubGateway(models.Model):
    """What nobody may read, and how it is kept."""

    _inherit = "sms.hub.gateway"

    api_key_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    api_key = fields.Char(
        "API Key",
        compute="_compute_api_key",
        inverse="_inverse_api_key",
        groups=_ADMINISTRATOR,
        help="Stored encrypted and never shown again. Type a new key to replace it.",
    )
    api_key_hint = fields.Char(
        "Key on File",
        readonly=True,
        copy=False,
        groups=_ADMINISTRATOR,
        help="The last characters of the key.",
    )
    api_key_set_at = fields.Datetime("Key Set On", readonly=True, copy=False)
    key_in_file = fields.Boolean(compute="_compute_key_in_file", groups=_ADMINISTRATOR)
    secret_problem = fields.Char(
        compute="_compute_secret_state",
        groups=_ADMINISTRATOR,
        help="Why the stored secrets cannot be used.",
    )
    secrets_are_old = fields.Boolean(
        compute="_compute_secret_state",
        groups=_ADMINISTRATOR,
        help="The secrets are encrypted with a key that is not the first one.",
    )

    @api.depends("api_key_encrypted")
    def _compute_api_key(self):
        self.api_key = False

    def _inverse_api_key(self):
        for gateway in self.filtered("api_key"):
            key = gateway.api_key.strip()
            if not key:
                continue
            gateway.sudo().write(
                {
                    "api_key_encrypted": self._encrypt(key),
                    "api_key_hint": f"…{key[-4:]}" if len(key) > 8 else "…",
                    "api_key_set_at": fields.Datetime.now(),
                }
            )
        # or saving the form would answer with what was typed
        self.invalidate_recordset(["api_key"], flush=False)

    def _compute_key_in_file(self):
        self.key_in_file = vault.key_source() == "file"

    @api.depends(*_TOKENS)
    def _compute_secret_state(self):
        for gateway in self:
            tokens = [gateway.sudo()[name] for name in _TOKENS]
            gateway.secret_problem = False
            gateway.secrets_are_old = False
            try:
                for token in tokens:
                    vault.decrypt(token)
                gateway.secrets_are_old = not all(map(vault.is_current, tokens))
            except vault.VaultError as error:
                gateway.secret_problem = self.env._(error.sentence)

    def action_encrypt_again(self):
        """Encrypt the secrets with the first key, so that older keys may go."""
        self.check_access("write")
        for gateway in self.sudo():
            gateway.write({name: gateway._encrypt_anew(name) for name in _TOKENS})

    def _encrypt(self, secret):
        """Return what is stored of a secret, or tell the person why that cannot be."""
        try:
            return vault.encrypt(secret)
        except vault.VaultError as error:
            raise UserError(self.env._(error.sentence)) from error

    def _encrypt_anew(self, name):
        try:
            return vault.renew(self[name])
        except vault.VaultError as error:
            raise UserError(self.env._(error.sentence)) from error
