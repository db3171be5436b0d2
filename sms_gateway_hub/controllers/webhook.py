import time

from odoo import SUPERUSER_ID, http
from odoo.http import request

#: Bytes of one call; a hundred events fit.
MAX_BYTES = 256 * 1024


class SmsHubWebhook(http.Controller):
    """Takes the platforms' reports and replies: verify, store, answer. Nothing else."""

    _webhook_url = "/sms_hub/<string:token>/events"

    @http.route(
        _webhook_url,
        type="http",
        auth="none",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BYTES,
        readonly=False,
    )
    def events(self, token, **_fields):
        """Store the events of one call.

        An unknown token, a wrong signature and a disabled gateway get the same answer:
        nobody learns from it which it was.
        """
        call = request.httprequest
        webhook = request.env(user=SUPERUSER_ID)["sms.hub.webhook"]
        body = call.get_data(cache=True)
        gateway = webhook._authenticate(
            token, call.remote_addr, dict(call.headers), body, time.time()
        )
        if not gateway:
            return request.make_json_response({"status": "not found"}, status=404)
        status, answer = webhook._accept(
            gateway, call.content_type or "", body, list(call.args.items(multi=True))
        )
        return request.make_json_response(answer, status=status)
