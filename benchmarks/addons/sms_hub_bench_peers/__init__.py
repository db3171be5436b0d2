"""What the benchmarks stand beside: loaded server-wide by them only.

Odoo's own connector to Twilio calls the simulator instead, and there is a route that
does nothing but insert a row.
"""

import os
from typing import Any

import requests

from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route

#: Where the simulator listens; the peer's server only.
_SIMULATOR = os.environ.get("SMS_HUB_SIMULATOR", "")


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


class _Session(requests.Session):
    """Posts to the simulator what is meant for Twilio."""

    def post(self, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """Override of `requests`: another host, all else as it is."""
        url = url.replace("https://api.twilio.com", _SIMULATOR)
        return super().post(url, *args, **kwargs)


class _Requests:
    """Stands for the module ``requests`` in Odoo's connector."""

    Session = _Session
    exceptions = requests.exceptions


def post_load() -> None:
    """Point the connector at the simulator before any registry is built."""
    if _SIMULATOR:
        from odoo.addons.sms_twilio.tools import sms_api  # noqa: PLC0415

        sms_api.requests = _Requests
