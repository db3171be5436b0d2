"""Lets the threads that send wake up late, as on a computer with too much to do."""

import random
import time
from functools import wraps

#: Seconds by which one of them oversleeps; half of them are in time.
_LATE = (0, 0, 0, 0.02, 0.1, 0.5)


def post_load():
    """Slow the threads down before the first of them starts."""
    from odoo.addons.sms_gateway_hub.models import sms_hub_dispatcher  # noqa: PLC0415

    hand_over = sms_hub_dispatcher.hand_over

    @wraps(hand_over)
    def late(client, batch, slot):
        time.sleep(max(0, slot.opens - time.monotonic()) + random.choice(_LATE))
        return hand_over(client, batch, slot)

    sms_hub_dispatcher.hand_over = late
