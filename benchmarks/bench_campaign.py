"""Preparing a mailing: ours with every rule, beside core without our addon.

Both sides go through core's composer, on the same server, in the same process, with
the same contacts and text. The peer's database has the same apps but not our addon,
which is what an administrator has before installing it.
"""

from __future__ import annotations

from typing import Any

from . import campaign
from .figures import Row, side_by_side


def run(hub: Any, core: Any) -> list[Row]:
    """Measure recipients per second on both sides."""
    for env in (hub, core):
        campaign.make_recipients(env)
    campaign.activate(hub)
    for env in (hub, core):
        campaign.analyse(env)
    ours, peer = side_by_side(
        lambda: campaign.prepare(hub), lambda: campaign.prepare(core)
    )
    return [
        Row(
            f"preparing a mailing to {campaign.RECIPIENTS:,}",
            "recipients/s",
            ours,
            0.75,
            peer,
            at_most=False,
        )
    ]
