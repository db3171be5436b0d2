"""What long lists cost: a mailing with a million refusals known, and with none.

A million numbers are on the phone blacklist of Odoo and among the refusals of the
company. None of them belongs to a recipient, so that both sides prepare the same texts.
"""

from __future__ import annotations

from typing import Any

from . import campaign
from .figures import Row, side_by_side

#: Numbers that refused everything, and are nobody's in the campaigns.
REFUSED = 1_000_000


def run(full: Any, empty: Any) -> list[Row]:
    """Measure the time that preparing takes with both lists."""
    for env in (full, empty):
        campaign.make_people(env)
        campaign.activate(env)
        campaign.consent(env)
    _refuse(full)
    for env in (full, empty):
        campaign.tidy(env)
    ours, peer = campaign.campaigns(full), campaign.campaigns(empty)
    rates = side_by_side(lambda: next(ours), lambda: next(peer))
    took, beside = ([campaign.RECIPIENTS / rate for rate in side] for side in rates)
    return [
        Row(
            f"the same with {REFUSED:,} numbers suppressed, beside none",
            "s",
            took,
            1.05,
            beside,
        )
    ]


def _refuse(env: Any) -> None:
    """Let numbers that are nobody's here refuse everything."""
    campaign.consent(env, REFUSED, begin="+337", wish=("all", "refused"))
    env.cr.execute(
        "INSERT INTO phone_blacklist (number, active) "
        "SELECT number, TRUE FROM sms_hub_consent WHERE value = 'refused'"
    )
    campaign.settle(env)
