import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..gateway.errors import SignatureError
from ..gateway.messages import Account
from ..gateway.signature import sign
from ..tools import vault
from ..tools.webhook_door import Door, networks

_ADMINISTRATOR = "sms_gateway_hub.group_administrator"


class SmsHubGateway(models.Model):
    """Where the platform reports to, and how it proves that it is the platform."""

    _inherit = "sms.hub.gateway"

    webhook_token_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)
    webhook_token_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    webhook_url = fields.Char(
        "Webhook Address",
        compute="_compute_webhook_url",
        groups=_ADMINISTRATOR,
        help="Enter it in the platform's panel for delivery reports and for replies. "
        "Whoever knows it can report: treat it like a password.",
    )
    webhook_secret_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    webhook_old_secret_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    webhook_secret = fields.Char(
        "Signing Secret",
        compute="_compute_webhook_secret",
        inverse="_inverse_webhook_secret",
        groups=_ADMINISTRATOR,
        help="If the platform signs its calls (Standard Webhooks), unsigned ones are "
        "refused from then on. Never shown again; the previous one is accepted for "
        "another three days.",
    )
    webhook_secret_set_at = fields.Datetime("Secret Set On", readonly=True, copy=False)
    webhook_is_signed = fields.Boolean(
        compute="_compute_webhook_is_signed", groups=_ADMINISTRATOR
    )
    webhook_addresses = fields.Text(
        "Allowed Addresses",
        groups=_ADMINISTRATOR,
        help="One address or network per line, as 203.0.113.0/24. Empty: any address.",
    )
    webhook_field_map = fields.Text(
        "Field Names",
        groups=_ADMINISTRATOR,
        help="Only if the platform names its fields differently: one per line, our "
        "name = theirs, as message_id = msgid. Dots lead into inner objects.",
    )
    webhook_last_at = fields.Datetime("Last Call", compute="_compute_webhook_last_at")

    # === ADDRESS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Give every gateway its own webhook address."""
        gateways = super().create(vals_list)
        gateways._renew_webhook_token()
        return gateways

    def action_renew_webhook(self):
        """Replace the webhook address; the old one is refused from now on."""
        self.check_access("write")
        self._renew_webhook_token()

    def _renew_webhook_token(self):
        for gateway in self.sudo():
            token = secrets.token_urlsafe(24)
            gateway.write(
                {
                    "webhook_token_hash": token_hash(token),
                    "webhook_token_encrypted": gateway._encrypt(token),
                }
            )

    @api.depends("webhook_token_encrypted")
    def _compute_webhook_url(self):
        for gateway in self:
            try:
                token = vault.decrypt(gateway.sudo().webhook_token_encrypted)
            except vault.VaultError:
                token = ""
            base = gateway.get_base_url()
            gateway.webhook_url = token and f"{base}/sms_hub/{token}/events"

    def _compute_webhook_last_at(self):
        # looked up, not stored: storing it would fight with whoever edits the form
        for gateway in self:
            last = (
                self.env["sms.hub.event"]
                .sudo()
                .search_fetch(
                    [("gateway_id", "in", gateway.ids), ("source", "=", "push")],
                    ["received_at"],
                    limit=1,
                )
            )
            gateway.webhook_last_at = last.received_at

    # === SIGNATURE === #

    @api.depends("webhook_secret_encrypted")
    def _compute_webhook_secret(self):
        self.webhook_secret = False

    @api.depends("webhook_secret_encrypted")
    def _compute_webhook_is_signed(self):
        for gateway in self:
            gateway.webhook_is_signed = bool(gateway.sudo().webhook_secret_encrypted)

    def _inverse_webhook_secret(self):
        for gateway in self.filtered("webhook_secret"):
            secret = gateway.webhook_secret.strip()
            if not secret:
                continue
            try:
                sign(secret, "", 0, b"")
            except SignatureError as error:
                raise ValidationError(
                    self.env._(
                        "This is not a signing secret: after whsec_ it must be base64. "
                        "Copy it from the platform's panel as it stands there."
                    )
                ) from error
            gateway.sudo().write(
                {
                    "webhook_old_secret_encrypted": (
                        gateway.sudo().webhook_secret_encrypted
                    ),
                    "webhook_secret_encrypted": gateway._encrypt(secret),
                    "webhook_secret_set_at": fields.Datetime.now(),
                }
            )
        # or saving the form would answer with what was typed
        self.invalidate_recordset(["webhook_secret"], flush=False)

    def action_remove_webhook_secret(self):
        """Accept unsigned calls again."""
        self.check_access("write")
        self.sudo().write(
            {
                "webhook_secret_encrypted": False,
                "webhook_old_secret_encrypted": False,
                "webhook_secret_set_at": False,
            }
        )

    # === ALLOWED ADDRESSES === #

    @api.constrains("webhook_addresses")
    def _check_webhook_addresses(self):
        for gateway in self.sudo():
            try:
                networks(gateway.webhook_addresses or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Not an address or network: %(error)s. Write one per line, as "
                        "203.0.113.7 or 203.0.113.0/24.",
                        error=error,
                    )
                ) from error

    # === JUDGING A CALL === #

    @api.model
    @ormcache()
    def _webhook_doors(self):
        """Return ``{hash of an address's token: Door}`` of all gateways.

        One dict for all of them: no call costs a query, whether its address exists or
        not, and nobody fills the cache by guessing.
        """
        gateways = self.sudo().search([("webhook_token_hash", "!=", False)])
        return {one.webhook_token_hash: one._webhook_door() for one in gateways}

    def _webhook_door(self):
        return Door(
            gateway_id=self.id,
            is_open=self.state != "draft",
            secret=self.webhook_secret_encrypted or None,
            old_secret=self.webhook_old_secret_encrypted or None,
            set_at=self.webhook_secret_set_at or None,
            addresses=self.webhook_addresses or "",
            api_key=self.api_key_encrypted or None,
        )

    # === READING A CALL === #

    @api.constrains("webhook_field_map")
    def _check_webhook_field_map(self):
        for gateway in self.sudo():
            for line in (gateway.webhook_field_map or "").splitlines():
                if line.strip() and not all(_pair(line)):
                    raise ValidationError(
                        self.env._(
                            "Write each field as: our name = their name. This line is "
                            "not: %(line)s",
                            line=line,
                        )
                    )

    def _webhook_fields(self):
        """Return our field names and theirs, where they differ."""
        lines = (self.webhook_field_map or "").splitlines()
        return dict(_pair(line) for line in lines if line.strip())

    def _read_call(self, content_type, body, query):
        """Let the provider read a call; neither key nor network are needed for that.

        :return: :class:`ParsedEvents`; whatever cannot be read is a sentence in it
        """
        client, field_map = self._reader()
        return client.parse_events(content_type, body, query, field_map)

    @ormcache("self.id")
    def _reader(self):
        """Return a client that reads calls, and the names that the platform uses."""
        account = Account(
            api_key="",
            base_url="",
            profile=self._get_profile(),
            options=self._get_client_options(),
        )
        client = self._get_client_class()(account, transport=None)
        return client, self._webhook_fields()


def token_hash(token):
    """Return what is stored of a webhook token to find its gateway by."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _pair(line):
    ours, _equals, theirs = line.partition("=")
    return ours.strip(), theirs.strip()
