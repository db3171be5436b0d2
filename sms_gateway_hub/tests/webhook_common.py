"""What the tests of the webhook route share."""

import time

from odoo.tests import HttpCase

from ..gateway.signature import sign
from ..tools import vault
from .common import HubCommon

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: The key of the account; no answer, log or stored call may show it.
API_KEY = "k3y-that-nobody-sees"


class WebhookCase(HubCommon, HttpCase):
    """Calls over real HTTP to the gateway of the test company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.write(
            {"provider": "smsgatewayhub", "api_key": API_KEY, "sender": "HUBTST"}
        )
        cls.token = vault.decrypt(cls.gateway.sudo().webhook_token_encrypted)

    def call(self, body=None, *, token=None, secret=None, signed_at=0, **options):
        """Call the webhook as the platform would.

        :param body: bytes or text; ``None`` is a GET
        :param secret: signs the call
        :param signed_at: seconds from now at which it pretends to have been signed
        """
        url = f"/sms_hub/{token or self.token}/events"
        headers = dict(options.pop("headers", {}))
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            headers.setdefault("Content-Type", "application/json")
            options.setdefault("method", "POST")
        if secret:
            moment = int(time.time()) + signed_at
            headers["webhook-id"] = "msg_1"
            headers["webhook-timestamp"] = str(moment)
            headers["webhook-signature"] = sign(secret, "msg_1", moment, body or b"")
        answer = self.url_open(url, data=body, headers=headers, **options)
        self.env.invalidate_all()
        return answer

    def events(self, *domain):
        """Return the stored events, oldest first."""
        return self.env["sms.hub.event"].sudo().search(list(domain), order="id")

    def accepted(self, ref="8a5f", **asked):
        """Return a message that the platform has accepted under this reference."""
        message = self.enqueue(**asked)
        message._move("hold", reason="account")
        message._move("release")
        self.env.cr.execute(
            "UPDATE sms_hub_message SET state = 'accepted', platform_ref = %s,"
            " accepted_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " WHERE id = %s",
            [ref, message.id],
        )
        message.invalidate_recordset()
        return message
