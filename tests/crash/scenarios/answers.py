"""A platform that answers late, wrongly, or not at all."""

from __future__ import annotations

import math

from tests.system.hub import rest

from ..lab import POOL, Lab, Site, waited
from ..results import Result
from ..scenario import Scenario

#: What may befall the answer to a request that was accepted.
LOST_ANSWERS = (
    "accept_then_timeout",
    "accept_then_reset",
    "accept_then_500",
    "accept_then_502",
    "accept_truncated_json",
    "accept_html",
    "null_fields",
)
#: Seconds that an account is left alone that is out of service.
PAUSE = 30


def report(
    site: Site,
    name: str,
    trials: int,
    unit: str,
    *,
    breaches: list[str],
    recovered: float | None = None,
    note: str = "",
    refused: bool = True,
) -> Result:
    """Return the result of a scenario whose texts have settled.

    :param refused: whether anybody may have refused a text.
    """
    audit = site.audit(refused=refused)
    return Result(
        name,
        trials,
        unit,
        audit.lost,
        audit.duplicated,
        audit.unknown,
        recovered,
        note,
        (*breaches, *audit.findings),
    )


def not_all(site: Site, label: str, state: str, count: int) -> list[str]:
    """Return a breach unless all texts with the label are in this state."""
    found = site.states(label)
    return [] if found == {state: count} else [f"{label}: {found}, not {state}"]


def lost_answers(lab: Lab) -> Result:
    """Let the platform take texts and say so in a way nobody understands."""
    count = lab.scale(10, 100)
    with lab.site("lost_answers") as site:
        site.control(
            faults=[
                {"match": {"text_contains": fault}, "fault": fault}
                for fault in LOST_ANSWERS
            ]
        )
        for fault in LOST_ANSWERS:
            site.text(fault, count)
        taken = site.settling(limit=120)
        # a slice later, and a minute's housekeeping: whoever sends again does it now
        rest(lab.scale(5, 75))
        breaches = [
            breach
            for fault in LOST_ANSWERS
            for breach in not_all(site, fault, "unknown", count)
        ]
        return report(
            site,
            "lost_answers",
            count * len(LOST_ANSWERS),
            "texts",
            breaches=breaches,
            recovered=taken,
            note=f"{len(LOST_ANSWERS)} kinds of answer, all texts shown as unknown",
        )


def early_reports(lab: Lab) -> Result:
    """Report each text before its request is answered, and while it is written."""
    count = lab.scale(60, 1000)
    # the answer waits for our webhook, however long that takes on a busy machine
    patient = {"read_timeout": 20}
    with lab.site("early_reports", ("--latency-ms", "50"), gateway=patient) as site:
        site.share_the_work(2)
        site.control(faults=[{"fault": "push_before_answer"}], dlr_after=0)
        site.text("early", count)
        taken = site.settling(limit=180)
        breaches = not_all(site, "early", "delivered", count)
        slow = site.world.database.query(
            "SELECT count(*) FROM sms_hub_message "
            "WHERE delivered_at > accepted_at + interval '60 s'"
        )
        if slow != [["0"]]:
            breaches.append(f"{slow[0][0]} reports took more than 60 s to be matched")
        return report(
            site,
            "early_reports",
            count,
            "reports",
            breaches=breaches,
            recovered=taken,
            note="each came before the answer to its text; all matched within 60 s",
        )


def storm(lab: Lab) -> Result:
    """Put the platform out of service, then half of it, then bring it back."""
    whole, half = lab.scale(8, 90), lab.scale(4, 60)
    count = lab.scale(100, 1000)
    out = "http_503"
    with lab.site("storm") as site:
        site.control(faults=[{"fault": out}])
        site.text("storm", count)
        waited(lambda: site.stats()["faults"].get(out), 30)
        rest(whole)
        asked = site.stats()["faults"].get(out, 0)
        some = {"probability": 0.5, "seed": lab.seeds[0]}
        site.control(faults=[{"match": some, "fault": out}])
        rest(half)
        site.control(faults=[])
        taken = site.settling("storm", 360)
        breaches = not_all(site, "storm", "delivered", count)
        # those on their way when it began, each tried twice at most, and the probes
        allowed = 2 * POOL + math.ceil(whole / PAUSE)
        if asked > allowed:
            breaches.append(f"{asked} requests during the storm, {allowed} are enough")
        return report(
            site,
            "storm",
            count,
            "texts",
            breaches=breaches,
            recovered=taken,
            note=f"{asked} requests in {whole} s of 503, {POOL} threads; then half of "
            f"all refused for {half} s",
        )


def throttled(lab: Lab) -> Result:
    """Refuse some requests with 429 and a time to come back."""
    count, pause = lab.scale(50, 400), 2
    with lab.site("throttled") as site:
        match = {"number_suffix": "7"}
        site.control(
            retry_after=pause,
            faults=[{"match": match, "fault": "http_429", "times_per_number": 1}],
        )
        site.text("throttled", count)
        taken = site.settling(limit=300)
        stats = site.stats()
        refused, early = stats["faults"].get("http_429", 0), stats["early_retries"]
        breaches = not_all(site, "throttled", "delivered", count)
        if early:
            breaches.append(f"{early} texts were tried again before their time")
        return report(
            site,
            "throttled",
            refused,
            "refusals",
            breaches=breaches,
            recovered=taken,
            note=f"{count} texts, Retry-After {pause} s, {early} early",
        )


def rates(lab: Lab) -> Result:
    """Send as fast as the account allows, and count at the platform."""
    length, peaks, breaches, total = lab.scale(4, 30), [], [], 0
    with lab.site("rates") as site:
        site.share_the_work(2)
        # the platform keeps the highest figure, so that the slowest comes first
        for rate in _rates(lab):
            label, count = f"rate {rate}", rate * length
            write = {"rate": rate}
            site.client.call("sms.hub.gateway", "write", [site.gateway], write)
            site.text(label, count)
            taken = site.settling(label, 5 * length + 60)
            peak = site.stats()["max_requests_per_second"]
            total += count
            peaks.append(f"{rate}/s: at most {peak}")
            breaches += not_all(site, label, "delivered", count)
            if peak > rate:
                breaches.append(f"{peak} requests within a second, {rate} are allowed")
            if taken is None:
                breaches.append(f"{label}: not settled")
        [[claims]] = site.world.database.query(
            "SELECT sum(epoch) FROM sms_hub_message WHERE direction = 'out'"
        )
        words = ", ".join(peaks)
        return report(
            site,
            "rates",
            total,
            "texts",
            breaches=breaches,
            note=f"requests in any second, two workers: {words}; "
            f"{int(claims) - total} times a text missed its moment and waited again",
        )


def _rates(lab: Lab) -> tuple[int, ...]:
    """Return the rates of an account, slowest first."""
    return (10,) if lab.short else (1, 10, 100)


SCENARIOS = (
    Scenario(
        "lost_answers",
        "The platform takes each text, and the answer gets lost: a timeout, a reset, "
        "500, 502, half a JSON, a page of HTML, empty fields.",
        "Every such text is shown as unknown, none is sent again.",
        lost_answers,
    ),
    Scenario(
        "early_reports",
        "The delivery report of every text arrives before the answer to its request, "
        "while other answers are being stored.",
        "Every report finds its text within 60 s, nothing is sent twice.",
        early_reports,
    ),
    Scenario(
        "storm",
        "The platform answers 503 to everything, then to every second request, then "
        "to none.",
        "Nothing is lost; while it is out of service it is asked once in "
        f"{PAUSE} s to see whether it is back.",
        storm,
        slow=True,
    ),
    Scenario(
        "throttled",
        "The platform refuses requests with 429 and a Retry-After.",
        "No text is tried again before that, and none is lost.",
        throttled,
    ),
    Scenario(
        "rates",
        "An account with a limit sends as fast as it may, by two workers.",
        "In no second does the platform see more requests than the account is allowed.",
        rates,
        alone=True,
        long_only=True,
    ),
)
