"""Preparing a mailing: ours with every rule, beside core without our addon.

Both sides go through core's composer, on the same server, in the same process, to the
same contacts with the same text. The peer's database has the same apps but not our
addon: that is what an administrator has before installing it.
"""

from __future__ import annotations

from typing import Any

from . import campaign
from .figures import Row, side_by_side


def run(hub: Any, core: Any) -> list[Row]:
    """Measure recipients per second on both sides."""
    for env in (hub, core):
        campaign.make_people(env)
    campaign.activate(hub)
    campaign.consent(hub)
    for env in (hub, core):
        campaign.tidy(env)
    ours, peer = campaign.campaigns(hub), campaign.campaigns(core)
    rates = side_by_side(lambda: next(ours), lambda: next(peer))
    return [
        Row(
            f"preparing a mailing to {campaign.RECIPIENTS:,}",
            "recipients/s",
            rates[0],
            0.75,
            rates[1],
            at_most=False,
            note=campaign.verdicts(hub),
        )
    ]
