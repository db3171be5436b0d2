"""Addresses that open something leave no trace in the access log."""

import logging

import pytest
from tools.access_log import hide_secrets

TOKEN = "Ab3_x-Yz0123456789abcd"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"GET /sms/choices/{TOKEN} HTTP/1.1", "GET /sms/choices/... HTTP/1.1"),
        (f"GET /sms/choices/{TOKEN}?a=1 HTTP/1.1", "GET /sms/choices/...?a=1 HTTP/1.1"),
        (
            f"POST /sms_hub/{TOKEN}/events HTTP/1.1",
            "POST /sms_hub/.../events HTTP/1.1",
        ),
        ("GET /web/login HTTP/1.1", "GET /web/login HTTP/1.1"),
        ("GET /sms/choices/ HTTP/1.1", "GET /sms/choices/ HTTP/1.1"),
    ],
)
def test_the_secret_part_of_an_address_is_left_out(line, shown, caplog):
    logger = logging.getLogger("werkzeug")
    before = list(logger.filters)
    try:
        hide_secrets()
        with caplog.at_level(logging.INFO, "werkzeug"):
            logger.info('127.0.0.1 - - "%s" %s %s', line, 200, "-")
            logger.info(f"bad request: {line}")  # noqa: G004
    finally:
        logger.filters = before
    assert caplog.messages == [
        f'127.0.0.1 - - "{shown}" 200 -',
        f"bad request: {shown}",
    ]
