"""Unit tests of the pure packages: they run in a process of their own, without Odoo.

``gateway`` and ``policy`` are imported from the addon's folder, the simulator from the
folder of all tests.
"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

_TESTS = Path(__file__).resolve().parent.parent
for folder in (_TESTS, _TESTS.parent / "sms_gateway_hub"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# A busy machine makes nothing wrong: only the cases count, not how long they take.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
