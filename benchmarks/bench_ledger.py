"""What a text costs in a ledger of ten thousand rows, a hundred thousand, a million.

Everything that a text goes through, without the time of a platform: it is asked for,
judged, claimed, judged again, handed to the sandbox, its answer stored and shown in
Odoo's own rows. The three databases take turns.
"""

from __future__ import annotations

from typing import Any

from . import campaign, plans
from .figures import ROUNDS, Row, seconds, sized
from .ledger import copies

#: Rows in the ledger of each database.
SIZES = sized((10_000, 100_000, 1_000_000), (100, 1000, 10_000))
#: Texts of a round.
TEXTS = sized(500, 50)


def run(*found: Any) -> list[Row]:
    """Measure milliseconds per text side by side, and look at the plans."""
    for env, size in zip(found, SIZES, strict=True):
        _fill(env, size)
    costs: list[list[float]] = [[] for _env in found]
    for turn in range(ROUNDS + 1):
        for side in range(len(found)) if turn % 2 else reversed(range(len(found))):
            costs[side].append(_cost(found[side], turn))
    least, *more = (samples[1:] for samples in costs)
    big = found[-1]
    read = plans.write(big, SIZES[-1])
    return [
        *(
            Row(
                f"a text in a ledger of {size:,} rows, beside {SIZES[0]:,}",
                "ms",
                samples,
                1.2,
                least,
            )
            for size, samples in zip(SIZES[1:], more, strict=True)
        ),
        Row(
            f"statements that read a table of {SIZES[-1]:,} rows from end to end",
            "statements",
            [len(read)],
            0,
            note=", ".join(read),
        ),
    ]


def _number(text: int) -> str:
    """Return a French number; its end tells the sandbox that nothing goes wrong."""
    return f"+336{text:06d}50"


def _fill(env: Any, size: int) -> None:
    """Let a company have texted a tenth as many people for a year."""
    gateway = campaign.activate(env)
    gateway.rate = 0
    env.company.hub_marketing_consent = "unless_refused"
    env.company.hub_quiet_hours = False
    partner = env["res.partner"].create({"name": "Reader", "phone": _number(0)})
    _ask(env, [partner.phone])
    env["sms.hub.dispatcher"]._run_slice()
    moment = f"now() AT TIME ZONE 'UTC' - interval '1 year' * n / {size}"
    env.cr.execute(copies("sms_hub_request", size // 10, next_poll_at="NULL"))
    env.cr.execute(
        copies(
            "sms_hub_message",
            size - 1,
            uuid="md5(n::text)",
            number=f"'+337' || lpad((n % {size // 10})::text, 8, '0')",
            text_hash="md5(n::text)",
            state="'delivered'",
            platform_ref="'bench-' || n",
            res_model="'res.partner'",
            res_id=f"n % {size // 10}",
            request_id=f"(SELECT max(id) FROM sms_hub_request) - n % {size // 10}",
            mirror_pending="FALSE",
            **dict.fromkeys(
                (
                    *("create_date", "planned_at", "not_before", "claimed_at"),
                    *("accepted_at", "delivered_at", "closed_at"),
                ),
                moment,
            ),
        )
    )
    campaign.tidy(env)


def _ask(env: Any, numbers: list[str]) -> None:
    """Ask for texts as any addon would."""
    env["sms.sms"].create(
        [
            {
                "number": number,
                "body": f"Your order {number} is on its way to you.",
                "hub_purpose": "marketing",
            }
            for number in numbers
        ]
    )
    env.cr.commit()


def _cost(env: Any, turn: int) -> float:
    """Return the milliseconds that a text takes from the request to its last row."""
    campaign.settle(env)
    first = 1 + turn * TEXTS
    numbers = [_number(text) for text in range(first, first + TEXTS)]
    dispatcher = env["sms.hub.dispatcher"]

    def work() -> None:
        _ask(env, numbers)
        dispatcher._run_slice()

    took = seconds(work)
    env.cr.commit()
    sent = [("number", "in", numbers), ("state", "=", "accepted")]
    if env["sms.hub.message"].search_count(sent) != TEXTS:
        raise AssertionError("Not every text was handed over.")
    return took / TEXTS * 1000
