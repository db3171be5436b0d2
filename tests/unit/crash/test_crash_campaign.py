"""How long codes take while a campaign breaks."""

import math
from types import SimpleNamespace

from tests.crash.scenarios.campaign import Codes


def test_a_code_that_no_platform_took_counts_as_endless():
    log = [{"text": "Your code is 000001", "at": 11.5}, {"text": "Sale", "at": 3.0}]
    codes = Codes(SimpleNamespace(accepted=lambda: log))
    codes.asked.update({"Your code is 000001": 11.0, "Your code is 000002": 12.0})
    assert codes.waits() == [0.5, math.inf]
