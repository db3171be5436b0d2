"""Odoo's own connector to Twilio calls the simulator instead.

Loaded server-wide beside crashes and benchmarks only; ``SMS_HUB_SIMULATOR`` says where
the simulator listens.
"""

import os
from typing import Any

import requests

_SIMULATOR = os.environ.get("SMS_HUB_SIMULATOR", "")


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
