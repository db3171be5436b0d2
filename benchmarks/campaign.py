"""A campaign to measure: recipients, a mailing, and what preparing it takes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count
from typing import Any

from .figures import seconds

#: Recipients of a campaign.
RECIPIENTS = 10_000
_turns = count(1)


def numbers(amount: int, first: int = 0) -> Iterator[str]:
    """Return different French mobile numbers, in E.164."""
    return (f"+336{first + turn:08d}" for turn in range(amount))


def make_recipients(env: Any, amount: int = RECIPIENTS) -> None:
    """Make contacts in one country, each with a number of their own."""
    france = env.ref("base.fr").id
    for start in range(0, amount, 1000):
        env["res.partner"].create(
            [
                {"name": f"Recipient {number}", "phone": number, "country_id": france}
                for number in numbers(1000, start)
            ]
        )
    settle(env)


def activate(env: Any) -> None:
    """Let the company of the environment text by a gateway that texts nobody."""
    env.company.country_id = env.ref("base.fr")
    gateway = env["sms.hub.gateway"].create({"name": "Benchmark"})
    gateway.action_activate()
    settle(env)


def prepare(env: Any) -> float:
    """Prepare a new campaign to everybody as core's cron does; return its rate.

    :return: recipients per second, the commit included.
    """
    mailing = env["mailing.mailing"].create(
        {
            "mailing_type": "sms",
            "subject": "Benchmark",
            "mailing_model_id": env["ir.model"]._get("res.partner").id,
            "mailing_domain": [("name", "=like", "Recipient %")],
            "body_plaintext": f"Offer {next(_turns)} for {{{{ object.name }}}}: -20 %",
        }
    )
    settle(env)

    def work() -> None:
        mailing.action_send_sms()
        env.cr.commit()

    took = seconds(work)
    made = env["mailing.trace"].search_count([("mass_mailing_id", "=", mailing.id)])
    if made != RECIPIENTS:
        raise AssertionError(f"{made} traces instead of {RECIPIENTS}")
    return RECIPIENTS / took


def settle(env: Any) -> None:
    """Start the next step as a worker would: committed, nothing cached, no garbage."""
    env.cr.commit()
    env.invalidate_all()
    gc.collect()


def analyse(env: Any) -> None:
    """Let the planner know what was filled in, as autovacuum would after a while."""
    env.cr.execute("ANALYZE")
    settle(env)
