import hashlib
import ipaddress
import json
import logging
import secrets
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..gateway.errors import SignatureError
from ..gateway.redaction import redact
from ..gateway.signature import verify
from ..tools import vault

_logger = logging.getLogger(__name__)

#: How long the secret before the current one is still accepted.
_OVERLAP = timedelta(hours=72)
#: Compared against when there is no gateway, so that a wrong token takes as long.
_NO_SECRET = "whsec_" + "A" * 32
_RAW_LIMIT = 4000


class SmsHubGateway(models.Model):
    """Where the platform reports to, and how it proves that it is the platform."""

    _inherit = "sms.hub.gateway"

    webhook_token_hash = fields.Char(
        copy=False, groups="sms_gateway_hub.group_administrator"
    )
    webhook_token_encrypted = fields.Char(
        copy=False, groups="sms_gateway_hub.group_administrator"
    )
    webhook_url = fields.Char(
        "Webhook Address",
        compute="_compute_webhook_url",
        groups="sms_gateway_hub.group_administrator",
        help="Enter it in the platform's panel for delivery reports and for replies. "
        "Whoever knows it can report: treat it like a password.",
    )
    webhook_secret_encrypted = fields.Char(
        copy=False, groups="sms_gateway_hub.group_administrator"
    )
    webhook_old_secret_encrypted = fields.Char(
        copy=False, groups="sms_gateway_hub.group_administrator"
    )
    webhook_secret = fields.Char(
        "Signing Secret",
        compute="_compute_webhook_secret",
        inverse="_inverse_webhook_secret",
        groups="sms_gateway_hub.group_administrator",
        help="If the platform signs its calls (Standard Webhooks), unsigned ones are "
        "refused from then on. Never shown again; the previous one is accepted for "
        "another three days.",
    )
    webhook_secret_set_at = fields.Datetime("Secret Set On", readonly=True, copy=False)
    webhook_is_signed = fields.Boolean(
        compute="_compute_webhook_secret", groups="sms_gateway_hub.group_administrator"
    )
    webhook_addresses = fields.Text(
        "Allowed Addresses",
        groups="sms_gateway_hub.group_administrator",
        help="One address or network per line, as 203.0.113.0/24. Empty: any address.",
    )
    webhook_field_map = fields.Text(
        "Field Names",
        groups="sms_gateway_hub.group_administrator",
        help="Only if the platform names its fields differently: one per line, our name "
        "= theirs, as message_id = msgid. Dots lead into inner objects.",
    )
    webhook_last_at = fields.Datetime("Last Call", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Give every gateway its own webhook address."""
        gateways = super().create(vals_list)
        gateways.sudo()._renew_webhook_token()
        return gateways

    def action_renew_webhook(self):
        """Replace the webhook address; the old one is refused from now on."""
        self.check_access("write")
        self.sudo()._renew_webhook_token()

    def _renew_webhook_token(self):
        for gateway in self:
            token = secrets.token_urlsafe(24)
            gateway.write(
                {
                    "webhook_token_hash": _hash(token),
                    "webhook_token_encrypted": vault.encrypt(token),
                }
            )

    def _compute_webhook_url(self):
        for gateway in self:
            try:
                token = vault.decrypt(gateway.webhook_token_encrypted)
            except vault.VaultError:
                token = ""
            base = gateway.get_base_url()
            gateway.webhook_url = token and f"{base}/sms_hub/{token}/events"

    @api.depends("webhook_secret_encrypted")
    def _compute_webhook_secret(self):
        for gateway in self:
            gateway.webhook_secret = False
            gateway.webhook_is_signed = bool(gateway.webhook_secret_encrypted)

    def _inverse_webhook_secret(self):
        for gateway in self.filtered("webhook_secret"):
            secret = gateway.webhook_secret.strip()
            gateway.write(
                {
                    "webhook_old_secret_encrypted": gateway.webhook_secret_encrypted,
                    "webhook_secret_encrypted": vault.encrypt(secret),
                    "webhook_secret_set_at": fields.Datetime.now(),
                }
            )

    def action_remove_webhook_secret(self):
        """Accept unsigned calls again."""
        self.write(
            {
                "webhook_secret_encrypted": False,
                "webhook_old_secret_encrypted": False,
                "webhook_secret_set_at": False,
            }
        )

    @api.constrains("webhook_addresses")
    def _check_webhook_addresses(self):
        for gateway in self.sudo():
            try:
                gateway._webhook_networks()
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Not an address or network: %(error)s. Write one per line, as "
                        "203.0.113.7 or 203.0.113.0/24.",
                        error=error,
                    )
                ) from error

    @api.constrains("webhook_field_map")
    def _check_webhook_field_map(self):
        for gateway in self.sudo():
            for line in (gateway.webhook_field_map or "").splitlines():
                if line.strip() and not all(part.strip() for part in _pair(line)):
                    raise ValidationError(
                        self.env._(
                            "Write each field as: our name = their name. This line is "
                            "not: %(line)s",
                            line=line,
                        )
                    )

    def _webhook_networks(self):
        lines = (self.webhook_addresses or "").splitlines()
        return [
            ipaddress.ip_network(line.strip(), strict=False)
            for line in lines
            if line.strip()
        ]

    def _webhook_fields(self):
        """Return our field names and theirs, where they differ."""
        lines = (self.webhook_field_map or "").splitlines()
        return {
            ours.strip(): theirs.strip()
            for ours, theirs in (_pair(line) for line in lines if line.strip())
        }

    def _webhook_secrets(self):
        """Return the secrets that are live: the current one, and the one before it."""
        found = [vault.decrypt(self.webhook_secret_encrypted)]
        set_at = self.webhook_secret_set_at
        if set_at and fields.Datetime.now() - set_at < _OVERLAP:
            found.append(vault.decrypt(self.webhook_old_secret_encrypted))
        return [secret for secret in found if secret]


class SmsHubWebhook(models.AbstractModel):
    """Verifies and stores what arrives at the webhook route."""

    _name = "sms.hub.webhook"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS webhook"

    def _authenticate(self, token, address, headers, body, timestamp):
        """Return the gateway that may report with this call, or an empty set.

        Every refusal does the same work, so that its time tells nothing.
        """
        gateway = self.env["sms.hub.gateway"].search(
            [("webhook_token_hash", "=", _hash(token))], limit=1
        )
        known = bool(gateway) and gateway.state != "draft"
        live = gateway._webhook_secrets() if known else []
        signed = _is_signed(live or [_NO_SECRET], headers, body, timestamp)
        allowed = known and _is_allowed(gateway._webhook_networks(), address)
        if not allowed or (live and not signed):
            _logger.info("Webhook call refused (from %s).", address)
            return gateway.browse()
        return gateway

    def _accept(self, gateway, content_type, body, query):
        """Store the events of a verified call.

        :return: HTTP status and answer; what cannot be read is kept for a person
        """
        client = gateway._make_client()
        parsed = client.parse_events(
            content_type, body, query, gateway._webhook_fields()
        )
        raw = _storable(body, query, gateway._to_account().api_key)
        stored = self._hub_run(
            lambda webhook: webhook._store(gateway.id, parsed, raw)
        )
        return 200, {
            "status": "ok" if parsed.events else "unreadable",
            "stored": stored,
            "known": len(parsed.events) - stored,
            "refused": list(parsed.refused)[:5],
        }

    def _store(self, gateway_id, parsed, raw):
        gateway = self.env["sms.hub.gateway"].browse(gateway_id)
        inbox = self.env["sms.hub.event"]
        stored = sum(
            inbox._insert(gateway, event, "push", raw) for event in parsed.events
        )
        if parsed.refused:
            # the sender proved who it is: nothing it says is thrown away
            inbox._insert_unreadable(gateway, raw, " ".join(parsed.refused[:5]))
        if stored:
            inbox._wake()
        return stored


def _storable(body, query, secret):
    """Return a call as text that can be stored and holds no secret."""
    text = body.decode("utf-8", "replace").replace("\x00", "")
    text = text or json.dumps(dict(query)).replace("\\u0000", "")
    return redact(text, [secret])[:_RAW_LIMIT]


def _hash(token):
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _pair(line):
    ours, _equals, theirs = line.partition("=")
    return ours, theirs


def _is_signed(live, headers, body, timestamp):
    now = datetime.fromtimestamp(timestamp, timezone.utc)
    try:
        verify(live, headers, body, now)
    except SignatureError:
        return False
    return True


def _is_allowed(networks, address):
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
