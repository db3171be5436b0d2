import time

from odoo import SUPERUSER_ID, http
from odoo.http import request

#: Bytes of one call; a thousand events fit.
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
        hub_keeps_body=True,
    )
    def events(self, token, **_fields):
        """Store the events of one call.

        An unknown token, a wrong signature and a disabled gateway get the same answer:
        nobody learns from it which it was. Behind a proxy, Odoo's own ``proxy_mode``
        decides whose address counts.
        """
        call = request.httprequest
        # nobody is logged in, and the caller's language is not ours
        env = request.env(user=SUPERUSER_ID, context={})
        webhook = env["sms.hub.webhook"]
        body = call.get_data(cache=True)
        door = webhook._authenticate(
            token, call.remote_addr, dict(call.headers), body, time.time()
        )
        if not door:
            env["sms.hub.refusal"]._write_down()
            return request.make_json_response({"status": "not found"}, status=404)
        query = call.args
        if call.mimetype == "multipart/form-data":
            body, query = b"", call.form
        answer = webhook._accept(
            door, call.content_type or "", body, list(query.items(multi=True))
        )
        return request.make_json_response(answer)
