"""Ends or freezes the worker at a chosen point, as a power cut or a stall would.

Loaded server-wide by the crash scenarios only. The file that ``SMS_HUB_FAULT`` names
says what, where, at which pass and how many seconds later: ``KILL after_claim 3 0``.
The worker that gets there renames the file, so that nobody follows it a second time.

A text that holds ``poison-kill`` ends every worker that tries to hand it over, and
``poison-raise`` breaks the client.
"""

import os
import signal
import threading
from collections import Counter
from functools import wraps

_FILE = os.environ.get("SMS_HUB_FAULT", "")
#: How often this worker came past since which order.
_passes = Counter()


def _pass_by(point):
    """Follow the order of the file, if it is about this point and it is its turn."""
    try:
        with open(_FILE) as file:
            order = file.read()
    except FileNotFoundError:
        return
    action, where, turn, delay = order.split()
    if where != point:
        return
    _passes[order] += 1
    if _passes[order] < int(turn):
        return
    try:
        os.rename(_FILE, f"{_FILE}.{os.getpid()}")
    except FileNotFoundError:
        return  # another worker was faster
    number = {"KILL": signal.SIGKILL, "STOP": signal.SIGSTOP}[action]
    if float(delay):
        threading.Timer(float(delay), os.kill, [os.getpid(), number]).start()
    else:
        os.kill(os.getpid(), number)


def _before(owner, name, point):
    """Let a fault happen before a function runs."""
    original = getattr(owner, name)

    @wraps(original)
    def watched(*args, **kwargs):
        _pass_by(point)
        return original(*args, **kwargs)

    setattr(owner, name, watched)


def _after(owner, name, point, only_work=False):
    """Let a fault happen after a function ran.

    :param only_work: a pass that had nothing to do is no pass
    """
    original = getattr(owner, name)

    @wraps(original)
    def watched(*args, **kwargs):
        result = original(*args, **kwargs)
        if result or not only_work:
            _pass_by(point)
        return result

    setattr(owner, name, watched)


def _poison(client):
    """Make some texts deadly, and others an error that nobody expects."""
    send = client.send

    @wraps(send)
    def poisoned(self, envelope, messages):
        texts = " ".join(message.text for message in messages)
        if "poison-kill" in texts:
            os.kill(os.getpid(), signal.SIGKILL)
        if "poison-raise" in texts:
            raise RuntimeError("poison")
        return send(self, envelope, messages)

    client.send = poisoned


def post_load():
    """Arm the points before any registry is built."""
    from odoo.addons.sms_gateway_hub.gateway.client import (  # noqa: PLC0415
        GatewayClient,
    )
    from odoo.addons.sms_gateway_hub.models import (  # noqa: PLC0415
        sms_hub_claim,
        sms_hub_dispatcher,
        sms_hub_event_apply,
        sms_hub_writeback,
    )
    from odoo.addons.sms_twilio.tools import sms_api as twilio  # noqa: PLC0415

    claim = sms_hub_claim.SmsHubDispatcher
    dispatcher = sms_hub_dispatcher.SmsHubDispatcher
    writeback = sms_hub_writeback.SmsHubWriteback
    events = sms_hub_event_apply.SmsHubEvent
    _after(claim, "_claim", "before_claim_commit", only_work=True)
    _after(dispatcher, "_next_batches", "after_claim", only_work=True)
    _before(sms_hub_dispatcher, "hand_over", "request_sent")
    _after(writeback, "_store", "answer_read")
    _after(writeback, "_store_all", "after_commit")
    _before(events, "_apply", "reply_obeyed")
    _after(events, "_apply", "reply_posted")
    _after(events, "_apply_all", "replies_committed", only_work=True)
    _before(twilio.SmsApiTwilio, "_sms_twilio_send_request", "core_request_sent")
    _after(twilio.SmsApiTwilio, "_sms_twilio_send_request", "core_answer_read")
    _after(twilio.SmsApiTwilio, "_send_sms_batch", "core_batch_sent")
    _poison(GatewayClient)
