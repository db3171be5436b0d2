"""The callers of the webhook in the crash scenarios."""

import json
import random
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from gateway.errors import SignatureError
from gateway.signature import verify

from tests.crash.caller import Caller, all_at_once, at_a_rate, new_secret, percentile
from tests.system import hub

NOW = datetime.now(timezone.utc)


def test_a_signed_call_is_one_that_the_addon_believes():
    secret = new_secret(random.Random(1))
    caller = Caller("http://127.0.0.1:1/hook", secret)
    body = json.dumps({"a": 1}).encode()
    verify([secret], caller.signed(body), body, NOW)
    with pytest.raises(SignatureError):
        verify([secret], caller.signed(body, shift=-3600), body, NOW)
    verify(
        [secret], caller.signed(body, shift=-3600), body, NOW - timedelta(seconds=3600)
    )
    with pytest.raises(SignatureError):
        other = new_secret(random.Random(2))
        verify([secret], caller.signed(body, secret=other), body, NOW)


def test_nobody_there_is_no_status():
    caller = Caller("http://127.0.0.1:1/hook")
    assert caller.push({}) == 0
    assert len(caller.seconds) == 1


def test_calls_are_answered_in_order_and_at_their_time():
    assert all_at_once([lambda turn=turn: turn for turn in range(50)]) == [*range(50)]
    started = time.monotonic()
    assert at_a_rate([lambda: 1] * 5, 20) == [1] * 5
    assert time.monotonic() - started >= 4 / 20


def test_a_percentile_is_one_of_the_values():
    values = list(range(100, 0, -1))
    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100
    assert percentile([7], 0.99) == 7


def test_who_waits_goes_when_the_run_is_given_up(monkeypatch):
    monkeypatch.setattr(hub, "_given_up", threading.Event())
    started = time.monotonic()
    threading.Timer(0.2, hub.give_up).start()
    with pytest.raises(hub.GivenUp):
        hub.wait_until(lambda: False, 30, 10)
    assert time.monotonic() - started < 10
