"""One row for each reason, and the page that explains them all."""

from ..models.sms_hub_message_release import FOUR_EYES
from ..policy import Reason
from ..policy.reasons import RELEASABLE

_HELD = {
    *RELEASABLE - {Reason.REPEATED},
    Reason.INBOUND_PENDING,
    Reason.TEST_MODE,
    Reason.SENDER_PAUSED,
    Reason.ACCOUNT,
    Reason.CAMPAIGN_PAUSED,
    Reason.SPEND_DAY,
    Reason.SPEND_CAMPAIGN,
}
_CANCELLED = {
    Reason.CANCELLED_BY_USER,
    Reason.CANCELLED_BY_STOP,
    Reason.RECORD_DELETED,
}
#: Environment variable that has the page written anew.
REWRITE = "SMS_HUB_REWRITE_DOCS"
_HEAD = f"""\
# Every reason in words

Why a text waits or was not sent, as people read it under *SMS Hub > Messages > Blocked
and Held*, in the composer before they send, and on the text itself. This page is made
from the addon's own words; a test fails when it differs, and rewrites it when the
environment has `{REWRITE}=1`.

![The list of what was blocked or held back](img/reasons.png)

| reason | what happened | what to do | becomes | a manager may release it |
| --- | --- | --- | --- | --- |
"""


def state_of(reason):
    """Return the state in which a text with this reason stays."""
    if reason in _HELD:
        return "held"
    if reason in _CANCELLED:
        return "cancelled"
    return "expired" if reason is Reason.EXPIRED else "blocked"


def make_rows(messages, gateway, author):
    """Put one text for each reason into the ledger and return them, in order."""
    rows = messages.browse()
    transitions = {
        "held": "hold",
        "cancelled": "cancel",
        "expired": "expire",
        "blocked": "block",
    }
    for number, reason in enumerate(Reason):
        row = messages._enqueue(
            [
                {
                    "company": gateway.company_id,
                    "door": "mass",
                    "purpose": "transactional",
                    "number": f"+14155550{number + 100:03}",
                    "body": "Open house this Saturday, 10 to 4.",
                    "author_id": author.id,
                }
            ]
        )
        # without an hour it stays as it is, also where texts are being sent
        row.write({"state": "queued", "reason": False, "not_before": False})
        rows |= row._move(transitions[state_of(reason)], reason=reason.value)
    return rows


def page(words, states):
    """Return the page of documentation.

    :param words: ``{reason: (label, what happened, what to do)}``
    :param states: ``{state: its label}``
    """
    lines = []
    for reason in Reason:
        label, what, todo = words[reason.value]
        release = "no"
        if reason in RELEASABLE:
            own = reason.value in FOUR_EYES
            release = "yes, not of their own" if own else "yes"
        state = states[state_of(reason)]
        lines.append(f"| {label} | {what} | {todo} | {state} | {release} |\n")
    return _HEAD + "".join(lines)
