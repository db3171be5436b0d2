from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..tools.prometheus import CONTENT_TYPE

#: Figures of this moment; no cache between us and the monitoring may keep them.
_HEADERS = [("Cache-Control", "no-store")]


class SmsHubHealth(http.Controller):
    """The figures of the health page, for monitoring systems."""

    @http.route(
        "/sms_hub/metrics",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
    )
    def metrics(self, **_query):
        """Return the figures in the text format of Prometheus."""
        metrics, company = self._authenticated()
        if not company:
            return self._nothing()
        headers = [("Content-Type", CONTENT_TYPE), *_HEADERS]
        return request.make_response(metrics._as_text(company), headers)

    @http.route(
        "/sms_hub/metrics.json",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
    )
    def metrics_json(self, **_query):
        """Return the same figures as JSON."""
        metrics, company = self._authenticated()
        if not company:
            return self._nothing()
        return request.make_json_response(metrics._as_values(company), _HEADERS)

    def _authenticated(self):
        """Return the figures' model and the company of the token, perhaps none."""
        env = request.env(user=SUPERUSER_ID, context={})
        header = request.httprequest.headers.get("Authorization")
        metrics = env["sms.hub.metrics"]
        return metrics, metrics._company_of(header)

    def _nothing(self):
        """Answer as if nothing were here, whatever was wrong with the token."""
        return request.make_response("Not found\n", _HEADERS, status=404)
