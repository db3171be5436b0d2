import json
import logging
from datetime import datetime, timezone

from odoo import models

from ..gateway.errors import SignatureError
from ..gateway.messages import ParsedEvents
from ..gateway.redaction import redact
from ..gateway.signature import verify
from ..tools import vault
from ..tools.refusals import REFUSALS
from .sms_hub_gate_known import naive
from .sms_hub_gateway_webhook import token_hash

_logger = logging.getLogger(__name__)

#: Compared against where there is nothing to compare, so that a refusal takes as long.
_NO_SECRET = "whsec_" + "A" * 32


class SmsHubWebhook(models.AbstractModel):
    """Verifies and stores what arrives at the webhook route."""

    _name = "sms.hub.webhook"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS webhook"

    def _authenticate(self, token, address, headers, body, timestamp):
        """Return the :class:`Door` that this call may come in by, or ``None``.

        Every refusal does the same work, so that its time tells nothing: no query, and
        one signature compared.

        :param timestamp: seconds since 1970 at which the call arrived
        """
        door = self.env["sms.hub.gateway"]._webhook_doors().get(token_hash(token))
        known = door if door and door.is_open else None
        now = datetime.fromtimestamp(timestamp, timezone.utc)
        try:
            live = known.live_secrets(naive(now)) if known else []
        except vault.VaultError:
            _logger.error(
                "Webhook calls are refused: the key does not open its secret."
            )
            REFUSALS.note(self.env.cr.dbname, known.gateway_id)
            return None
        signed = _is_signed(live or [_NO_SECRET], headers, body, now)
        allowed = known and known.admits(address)
        if not allowed or (live and not signed):
            _logger.info("Webhook call refused (from %s).", address)
            REFUSALS.note(self.env.cr.dbname, door.gateway_id if door else 0)
            return None
        return known

    def _accept(self, door, content_type, body, query):
        """Store the events of a verified call, and have them applied.

        What cannot be read is kept for a person: whoever sent it proved who it is, and
        sending it again would not make it readable.

        :param door: that the call came in by
        :param query: pairs of the URL, or of a form that came in parts
        :return: the answer, as a dict
        """
        if not body.strip() and not query:
            return {"status": "ok", "stored": 0, "known": 0, "refused": []}
        gateway = self.env["sms.hub.gateway"].sudo().browse(door.gateway_id)
        parsed = self._parse(gateway, content_type, body, query)
        raw = _storable(body, query, door)
        new_ids = self._hub_run_here(
            lambda webhook: webhook._store(gateway.id, parsed, raw)
        )
        return {
            "status": "ok" if parsed.events else "unreadable",
            "stored": len(new_ids),
            "known": len(parsed.events) - len(new_ids),
            "refused": list(parsed.refused)[:5],
        }

    def _parse(self, gateway, content_type, body, query):
        """Return the events of a call; what breaks the reader is unreadable."""
        try:
            return gateway._read_call(content_type, body, query)
        except Exception:
            # a provider's own bug must not cost us a customer's reply
            _logger.exception("A provider failed on a webhook call; the call is kept.")
            sentence = "The event could not be read because of an error on our side."
            return ParsedEvents(refused=(sentence,))

    def _store(self, gateway_id, parsed, raw):
        gateway = self.env["sms.hub.gateway"].browse(gateway_id)
        inbox = self.env["sms.hub.event"]
        new_ids = inbox._insert_all(gateway, parsed.events, "push", raw, wake=True)
        if parsed.refused:
            inbox._insert_unreadable(gateway, raw, " ".join(parsed.refused[:5]))
        return new_ids


def _is_signed(live, headers, body, now):
    try:
        verify(live, headers, body, now)
    except SignatureError:
        return False
    return True


def _storable(body, query, door):
    """Return a call as text that can be stored and holds no secret."""
    text = body.decode("utf-8", "replace").replace("\x00", "")
    text = text.strip() or json.dumps(dict(query)).replace("\\u0000", "")
    try:
        secret = vault.decrypt(door.api_key)
    except vault.VaultError:
        secret = ""
    return redact(text, [secret])
