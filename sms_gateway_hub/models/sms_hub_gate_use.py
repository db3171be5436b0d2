from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..policy import CapUse, canonical, country_of, same_numbers
from .sms_hub_gate_known import aware
from .sms_hub_message_text_hash import hash_of

#: What a cap of no particular purpose counts and binds.
_CAPPED = ("marketing", "transactional")
#: The scan finds texts by their claim; those handed over later than that are near it.
_SLACK = timedelta(hours=1)


class RecentTexts:
    """Who was texted lately, how often and with what; this batch included.

    :param caps: ``{country: ((id, purpose, sender, limit, period), …)}``
    :param repeat: how long the same text counts as a repetition
    """

    def __init__(self, caps, repeat):
        self._caps = caps
        self._repeat = repeat
        #: canonical number → [(when, purpose, sender, hash of the text)]
        self._texts = defaultdict(list)
        #: what is the same for thousands of messages: (country, purpose, sender) → …
        self._binding, self._unused = {}, {}

    def _kind(self, item):
        return country_of(item["number"] or ""), item["purpose"], item.get("sender")

    def binding(self, item):
        """Return the caps that bind a message."""
        if item["purpose"] not in _CAPPED:
            return ()
        kind = country, purpose, sender = self._kind(item)
        if kind not in self._binding:
            self._binding[kind] = tuple(
                cap
                for cap in self._caps[country]
                if (cap[1] or purpose) == purpose and (cap[2] or sender) == sender
            )
        return self._binding[kind]

    def repeats_count(self, item):
        """Tell whether it matters that the same text was sent before."""
        if not self._repeat or not item["number"]:
            return False
        return item["purpose"] == "marketing" or item.get("door") == "automation"

    def counts(self, item):
        """Tell whether earlier texts matter to a message."""
        return self.repeats_count(item) or bool(self.binding(item))

    def span(self):
        """Return how far back texts matter."""
        periods = [cap[4] for caps in self._caps.values() for cap in caps]
        return max([*periods, self._repeat])

    def add(self, number, at, purpose, sender, text_hash):
        """Note a text that was, or may have been, handed over; oldest first."""
        self._texts[canonical(number)].append((at, purpose, sender, text_hash))

    def count(self, item, at):
        """Let a message that may go out now count for those after it."""
        if self.counts(item):
            self.add(
                item["number"],
                at,
                item["purpose"],
                item.get("sender"),
                _hash(item),
            )

    def uses(self, item, at):
        """Return the :class:`CapUse` of every cap that binds a message at an instant.

        A batch may plan texts for several days, in any order: later ones do not count.
        """
        caps = self.binding(item)
        if not caps:
            return ()
        texts = self._texts.get(canonical(item["number"]))
        if texts:
            return tuple(_use(cap, texts, at) for cap in caps)
        kind = self._kind(item)
        if kind not in self._unused:
            self._unused[kind] = tuple(_use(cap, (), at) for cap in caps)
        return self._unused[kind]

    def repeated_until(self, item):
        """Return until when a message repeats an earlier one; ``None`` if it is new."""
        if not self.repeats_count(item):
            return None
        texts = self._texts.get(canonical(item["number"]))
        if not texts:
            return None
        text_hash = _hash(item)
        return max(
            (at + self._repeat for at, _p, _s, known in texts if known == text_hash),
            default=None,
        )


class SmsHubGate(models.AbstractModel):
    """What was sent to a number before: caps, and the same text again."""

    _inherit = "sms.hub.gate"

    def _counted_numbers(self, gateway, items):
        """Return the numbers for which it matters what was sent to them before."""
        recent = self._recent_texts(gateway, items)
        return {item["number"] for item in items if recent.counts(item)}

    def _recent_texts(self, gateway, items):
        """Return the limits that hold for these messages, without the texts so far."""
        company = gateway.company_id
        caps = self.env["sms.hub.cap"]
        countries = {
            country_of(item["number"] or "")
            for item in items
            if item["purpose"] in _CAPPED
        }
        return RecentTexts(
            {country: caps._caps_for(company, country) for country in countries},
            timedelta(hours=company.hub_repeat_hours),
        )

    def _with_texts(self, recent, company, items, now):
        """Note what was handed over to the numbers within the time that matters.

        That is what is on its way, what may have arrived, and whatever the platform
        took, whatever became of it.
        """
        numbers = {
            spelling
            for item in items
            if recent.counts(item)
            for spelling in same_numbers(item["number"])
        }
        if not numbers:
            return recent
        since = (now - recent.span()).replace(tzinfo=None)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, COALESCE(accepted_at, claimed_at) AS handed_over_at,
                       purpose, sender, COALESCE(text_hash, md5(body))
                  FROM sms_hub_message
                 WHERE direction = 'out' AND claimed_at > %(scan)s
                   AND number = ANY(%(numbers)s) AND company_id = %(company)s
                   AND (state IN ('claimed', 'unknown', 'accepted', 'delivered')
                        OR accepted_at IS NOT NULL)
                   AND COALESCE(accepted_at, claimed_at) > %(since)s
                   AND NOT id = ANY(%(asked)s)
                 ORDER BY handed_over_at
                """,
                scan=since - _SLACK,
                since=since,
                numbers=list(numbers),
                company=company.id,
                asked=[item["id"] for item in items if item.get("id")],
            )
        )
        for number, at, *text in rows:
            recent.add(number, aware(at), *text)
        return recent


def _use(cap, texts, at):
    """Return the :class:`CapUse` of a cap by the texts to one number."""
    _id, purpose, sender, limit, period = cap
    purposes = (purpose,) if purpose else _CAPPED
    times = sorted(
        when
        for when, text_purpose, text_sender, _hash in texts
        if when <= at
        and text_purpose in purposes
        and (not sender or text_sender == sender)
    )
    return CapUse(limit, period, tuple(times))


def _hash(item):
    """Return the hash of what a message says; of one in a preview, made now."""
    return item.get("text_hash") or hash_of(item["body"])
