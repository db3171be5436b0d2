"""The written transition table: every way in which a ledger row changes its state."""

from typing import NamedTuple

WAITING = ("queued", "held")
#: Handed over, or perhaps so: nobody may change or cancel these any more.
OUT = ("claimed", "unknown", "accepted")


class Transition(NamedTuple):
    """From which states, to which one, and which timestamp records it."""

    sources: tuple
    target: str
    stamp: str | None = None


TRANSITIONS = {
    # the gate and people, before anything is handed over; what a worker has claimed is
    # held only where the platform refused the whole account
    "hold": Transition(("queued", "claimed"), "held"),
    "release": Transition(("held",), "queued"),
    # to another sender, while it waits
    "reroute": Transition(WAITING, "queued"),
    "block": Transition(WAITING, "blocked", "closed_at"),
    "cancel": Transition(WAITING, "cancelled", "closed_at"),
    "expire": Transition(WAITING, "expired", "closed_at"),
    # a manager's word on a text whose answer got lost, until a report contradicts it
    "settle_delivered": Transition(("unknown",), "delivered", "delivered_at"),
    "settle_failed": Transition(("unknown",), "failed", "closed_at"),
    "reopen": Transition(("delivered", "failed"), "unknown"),
    # the worker that owns the row; guarded by its epoch
    "accept": Transition(("claimed", "unknown"), "accepted", "accepted_at"),
    "reject": Transition(("claimed", "unknown"), "failed", "closed_at"),
    "retry": Transition(("claimed", "unknown"), "queued"),
    "too_late": Transition(("claimed", "unknown"), "expired", "closed_at"),
    "lose": Transition(("claimed",), "unknown"),
    # evidence that arrives later: a late answer, a poll, a push; it lifts ``unknown``,
    # and nothing takes a row back that was delivered
    "evidence": Transition(("claimed", "unknown"), "accepted", "accepted_at"),
    # between two reports of failure the later one counts
    "report_failed": Transition(
        ("claimed", "unknown", "accepted", "failed", "expired"), "failed", "closed_at"
    ),
    "report_expired": Transition(
        ("claimed", "unknown", "accepted", "failed", "expired"), "expired", "closed_at"
    ),
    "deliver": Transition(
        ("queued", "held", "claimed", "unknown", "accepted", "failed", "expired"),
        "delivered",
        "delivered_at",
    ),
}
