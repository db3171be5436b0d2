"""What a number's consent is, followed from its entries, one after the other."""

from datetime import datetime
from typing import NamedTuple

from ..policy.consent import Consent

#: The scope of entries that are about every text.
EVERYTHING = "all"
#: What agreeing once is worth until it is refused, released or expires.
_AGREED = (Consent.GRANTED, Consent.UNPROVEN)


class Refusal(NamedTuple):
    """A refusal that nothing lifted since.

    :param scope: code of the topic, or ``all``
    :param since: when the person said so (naive UTC)
    :param source: where that came from, a code
    :param ended: codes of the topics whose consent it ended, and nothing else since
    """

    scope: str
    since: datetime
    source: str
    ended: frozenset


class ConsentState(NamedTuple):
    """What is known about a number for one scope.

    :param value: the state
    :param since: when the person said so (naive UTC)
    :param source: where that came from, a code
    :param last_used_at: last text that rested on it, as far as it was looked up
    """

    value: Consent
    since: datetime
    source: str
    last_used_at: datetime | None = None


def standing(states, scopes):
    """Return the scope and state that count for a text.

    A refusal counts, however wide it is; otherwise the narrowest answer does.

    :param scopes: codes the text falls under, the narrowest first
    :return: ``(scope, ConsentState)``, or two ``None``
    """
    known = [(scope, states[scope]) for scope in scopes if scope in states]
    for scope, state in known:
        if state.value is Consent.REFUSED:
            return scope, state
    for scope, state in known:
        if state.value is not Consent.NONE:
            return scope, state
    return None, None


def follow(states, action, scope, since, source, proven):
    """Return the states of a number's scopes after one more entry.

    Refusing everything ends each consent given before, so that lifting the refusal
    later does not revive it. Asking changes nothing for who agreed or refused already.
    What was never granted cannot expire. Who agreed not later than they refused has
    refused, in whatever order that is taken down.

    :param states: ``{scope: ConsentState}``, left as it is
    :return: the new dict
    """
    now = states.get(scope)
    if action == "granted" and _refused_since(states, scope, since):
        return states
    value = _NEXT[action](now.value if now else Consent.NONE, proven)
    if value is None:
        return states
    state = ConsentState(value, since, source)
    if action == "refused" and now and now.value is Consent.REFUSED:
        # the later one stands, or a date in the past would make room for a consent
        state = max(now, state, key=lambda one: one.since)
    result = {**states, scope: state}
    if action == "refused" and scope == EVERYTHING:
        for other, state in states.items():
            if other != EVERYTHING and state.value is not Consent.REFUSED:
                result[other] = ConsentState(Consent.NONE, since, source)
    return result


def standing_refusals(entries):
    """Return the refusals of a number that nothing lifted, oldest first.

    A refusal on top of another one counts by itself: its source may be one that other
    people may not lift.

    :param entries: ``(action, scope, since, source, proven)`` of all entries, in order
    :return: list of :class:`Refusal`
    """
    refusals, states = [], {}
    for action, scope, since, source, proven in entries:
        before = states
        states = follow(before, action, scope, since, source, proven)
        if action == "refused":
            agreed = {s for s, state in before.items() if state.value in _AGREED}
            ended = agreed if scope == EVERYTHING else agreed & {scope}
            # what was refused by itself does not come back with the rest
            refusals = [r._replace(ended=r.ended - {scope}) for r in refusals]
            refusals.append(Refusal(scope, since, source, frozenset(ended)))
        elif scope in states and states[scope].value is not Consent.REFUSED:
            refusals = [r for r in refusals if r.scope != scope]
    return refusals


def _refused_since(states, scope, since):
    """Tell whether a refusal of the scope, or of everything, is not older than this."""
    known = (states[one] for one in (scope, EVERYTHING) if one in states)
    return any(one.value is Consent.REFUSED and one.since >= since for one in known)


def _granted(_value, proven):
    return Consent.GRANTED if proven else Consent.UNPROVEN


def _refused(_value, _proven):
    return Consent.REFUSED


def _requested(value, _proven):
    return None if value in (*_AGREED, Consent.REFUSED) else Consent.PENDING


def _expired(value, _proven):
    return Consent.EXPIRED if value in (*_AGREED, Consent.PENDING) else None


def _released(value, _proven):
    return Consent.NONE if value is Consent.REFUSED else None


_NEXT = {
    "granted": _granted,
    "refused": _refused,
    "requested": _requested,
    "expired": _expired,
    "released": _released,
}
