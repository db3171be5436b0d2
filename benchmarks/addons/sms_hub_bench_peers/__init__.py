"""What the webhook stands beside: a route that does nothing but insert a row.

Loaded server-wide by the benchmarks only.
"""

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route


class BareInsert(Controller):
    """The least that a webhook can do with a call: keep it."""

    @route(
        "/sms_hub_bench/insert",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def insert(self) -> str:
        """Insert the body into a table that the benchmark has made."""
        env = request.env(user=SUPERUSER_ID)
        body = request.httprequest.get_data(as_text=True)
        env.cr.execute("INSERT INTO sms_hub_bench (body) VALUES (%s)", [body])
        return "OK"
