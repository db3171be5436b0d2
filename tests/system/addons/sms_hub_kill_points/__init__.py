"""Ends the worker at a chosen point, as a power cut would. Loaded server-wide by tests.

``SMS_HUB_KILL`` says where and at which pass: ``after_claim:3``.
"""

import os
import signal
from functools import wraps


def _die_at(owner, method, when, point):
    """Make the n-th call of a method the last thing the worker does."""
    name, _colon, passes = os.environ.get("SMS_HUB_KILL", "").partition(":")
    if name != point:
        return
    original, left = getattr(owner, method), [int(passes or 1)]

    @wraps(original)
    def dying(self, *args, **kwargs):
        left[0] -= 1
        if when == "before" and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(self, *args, **kwargs)
        # a pass that had nothing to do is no pass
        if not result and when == "after_work":
            left[0] += 1
        elif when != "before" and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, dying)


def post_load():
    """Arm the point before any registry is built."""
    from odoo.addons.sms_gateway_hub.models import (  # noqa: PLC0415
        sms_hub_claim,
        sms_hub_dispatcher,
        sms_hub_writeback,
    )

    dispatcher = sms_hub_dispatcher.SmsHubDispatcher
    writeback = sms_hub_writeback.SmsHubWriteback
    claim = sms_hub_claim.SmsHubDispatcher
    _die_at(claim, "_claim", "after_work", "before_claim_commit")
    _die_at(dispatcher, "_next_batches", "after_work", "after_claim")
    _die_at(writeback, "_store_all", "before", "answer_read")
    _die_at(writeback, "_store", "after", "before_result_commit")
    _die_at(writeback, "_store_all", "after", "after_commit")
