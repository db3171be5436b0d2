"""What a number's consent is, followed from its entries, one after the other."""

from datetime import datetime
from typing import NamedTuple

from ..policy.consent import Consent

#: The scope of entries that are about every text.
EVERYTHING = "all"
#: What agreeing once is worth until it is refused, released or expires.
_AGREED = (Consent.GRANTED, Consent.UNPROVEN)


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
    What was never granted cannot expire.

    :param states: ``{scope: ConsentState}``, left as it is
    :return: the new dict
    """
    now = states.get(scope)
    value = _NEXT[action](now.value if now else Consent.NONE, proven)
    if value is None:
        return states
    result = {**states, scope: ConsentState(value, since, source)}
    if action == "refused" and scope == EVERYTHING:
        for other, state in states.items():
            if other != EVERYTHING and state.value is not Consent.REFUSED:
                result[other] = ConsentState(Consent.NONE, since, source)
    return result


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
