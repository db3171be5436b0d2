from dataclasses import replace

from odoo import models
from odoo.tools import SQL, ormcache

from ..policy import (
    NO_SENDER_ID,
    Candidate,
    NoRoute,
    RouteFacts,
    RouteReason,
    choose,
    country_of,
    same_numbers,
    usable_for,
)
from .sms_hub_doors import DOORS

#: A conversation goes on through the sender it used within this time.
STICKY_DAYS = 30
#: Doors whose texts ask for an answer.
_ASKING = ("question",)
#: The account itself, without a sender of its own, carries everything.
_EVERYTHING = frozenset(("marketing", "transactional", "otp", "notice", "test"))
#: What a choice rests on, of a message that has a sender.
_ROUTED = ("number", "purpose", "sender_id", "sender_reason", "tried")
_NOBODY = {"sender_id": False, "sender": False, "sender_reason": False}


class SmsHubRouter(models.AbstractModel):
    """Chooses the sender of each message: gathers what ``policy.routing`` asks for.

    For a batch in a number of queries that is constant, and none at all for a company
    with one sender.
    """

    _name = "sms.hub.router"
    _description = "Choice of SMS senders"

    # === CHOOSING === #

    def _assign(self, company, values):
        """Fill in who sends each message of one company, and through which gateway.

        Sets ``gateway_id``, ``sender_id``, ``sender``, ``sender_reason``,
        ``country_code``, and for later steps, which are no columns, ``no_sender`` (the
        code of what is missing), ``no_replies`` (whoever gets it cannot answer) and
        ``stop_text``. A ``sender_id`` that is there already was chosen by somebody;
        where it is another company's, the choice is for that company's texts only.

        :param values: columns of messages, changed in place: ``number``, ``purpose``,
            ``door``, ``sender_id``
        """
        candidates = self._candidates(company)
        ours = self._ours(company, candidates, values)
        fallback = self.env["sms.hub.gateway"]._for_company(company).id
        last = self._last_senders(company, candidates, values)
        excluded = self._unavailable(candidates)
        routes = {}
        for vals in values:
            country = country_of(vals["number"] or "")
            facts = RouteFacts(
                purpose=vals["purpose"],
                country=country,
                explicit=vals["sender_id"] if vals["sender_id"] in ours else None,
                last=last.get(vals["number"]),
                reply_expected=vals["door"] in _ASKING,
                excluded=excluded(country, vals["purpose"]),
            )
            if facts not in routes:
                route = _choose(candidates, facts)
                routes[facts] = {
                    "gateway_id": fallback,
                    **_columns(route),
                    **_next_steps(route, country),
                    "country_code": country or False,
                }
            vals.update(routes[facts])

    def _ours(self, company, candidates, values):
        """Return the ids of the chosen senders that belong to the company."""
        chosen = {vals["sender_id"] for vals in values if vals["sender_id"]}
        usable = {one.sender_id for one in candidates}
        others = self.env["sms.hub.sender"].sudo().browse(chosen - usable).exists()
        return usable | set(others.filtered(lambda one: one.company_id == company).ids)

    def _senders_for(self, company, purpose):
        """Return the senders that somebody may choose for texts of this purpose."""
        usable = usable_for(self._candidates(company), RouteFacts(purpose=purpose))
        return self.env["sms.hub.sender"].browse(
            [one.sender_id for one in usable if one.sender_id]
        )

    def _takes_replies(self, company, number, door="confirmation"):
        """Tell whether somebody whom we text by ourselves could answer.

        :param door: the door of ours through which the text would go
        """
        purpose = DOORS[door].purpose
        vals = {"number": number, "purpose": purpose, "door": door, "sender_id": False}
        self._assign(company, [vals])
        return not (vals["no_sender"] or vals["no_replies"])

    # === CHOOSING AGAIN === #

    def _alternatives(self, company, rows, exclude=()):
        """Return for each row the columns of another sender; ``None`` without one.

        What somebody chose for a message stays: no other sender may stand in for it.
        Nor does one whose marketing needs another way out than the text has.

        :param rows: dicts of one company with ``id``, ``number``, ``purpose``,
            ``sender_id``, ``sender_reason``, ``tried`` (ids of senders, or ``None``)
        :param exclude: ids of further senders that may not be chosen
        :return: ``{row id: {gateway_id, sender_id, sender, sender_reason} or None}``
        """
        candidates = self._candidates(company)
        unavailable = self._unavailable(candidates)
        old_ids = {row["sender_id"] for row in rows if row["sender_id"]}
        senders = self.env["sms.hub.sender"].sudo().browse(old_ids)
        by_id = {one.id: one._to_candidate() for one in senders}
        found = {}
        for row in rows:
            country = country_of(row["number"] or "")
            old = row["sender_id"] or NO_SENDER_ID
            facts = RouteFacts(
                purpose=row["purpose"],
                country=country,
                excluded=frozenset((old, *exclude, *(row["tried"] or ())))
                | unavailable(country, row["purpose"]),
            )
            fitting = [
                one
                for one in candidates
                # to wait there would be no better
                if not one.waits
                and (
                    row["purpose"] != "marketing"
                    or same_way_out(by_id.get(old), one, country)
                )
            ]
            chosen = row["sender_reason"] == RouteReason.EXPLICIT.value
            route = choose(() if chosen else fitting, facts)
            reason = RouteReason.FALLBACK.value
            found[row["id"]] = (
                None
                if isinstance(route, NoRoute)
                else {**_columns(route), "sender_reason": reason}
            )
        return found

    def _reassign(self, messages, exclude=()):
        """Give waiting messages another sender, where there is one.

        :param messages: rows of the ledger; those that do not wait stay as they are
        :param exclude: ids of senders that may not be chosen, besides their own
        :return: the messages that have another sender now
        """
        moved = messages.browse()
        waiting = messages.filtered(lambda one: one._is_waiting())
        for company, group in waiting.grouped("company_id").items():
            rows = group.read(_ROUTED, load=None)
            found = self._alternatives(company, rows, exclude)
            by_columns = {}
            for row_id, columns in found.items():
                if columns:
                    by_columns.setdefault(tuple(columns.items()), []).append(row_id)
            for columns, ids in by_columns.items():
                moved |= messages.browse(ids)
                messages.browse(ids).write(dict(columns))
        return moved

    def _readdress(self, message):
        """Choose again for a waiting message whose number changed.

        Where nobody may text the new number, the gate says so when it is its turn.
        """
        chosen = message.sender_reason == RouteReason.EXPLICIT.value
        vals = {
            "number": message.number,
            "purpose": message.purpose,
            "door": message.door,
            "sender_id": chosen and message.sender_id.id,
        }
        self._assign(message.company_id, [vals])
        names = ["country_code"]
        if not vals["no_sender"]:
            names += ["gateway_id", *_NOBODY]
        message.write({name: vals[name] for name in names})

    # === WHO COULD === #

    def _candidates(self, company):
        """Return the senders of a company as plain values, the preferred first.

        :return: a tuple of :class:`Candidate`
        """
        return self._candidates_of(company.id)

    @ormcache("company_id")
    def _candidates_of(self, company_id):
        gateways = self.env["sms.hub.gateway"].with_context(active_test=True).sudo()
        gateways = gateways.search(
            [("company_id", "=", company_id), ("state", "!=", "draft")]
        )
        places = {gateway: place for place, gateway in enumerate(gateways)}
        senders = gateways.sender_ids._usable().sorted(
            lambda one: (one.sequence, places[one.gateway_id], one.id)
        )
        return (
            *(one._to_candidate() for one in senders),
            *(
                Candidate(
                    sender_id=NO_SENDER_ID,
                    gateway_id=gateway.id,
                    purposes=_EVERYTHING,
                    waits=gateway._makes_wait(),
                )
                for gateway in gateways
                if not gateway.sender_ids and not gateway._needs_api_key()
            ),
        )

    def _misfits(self, company):
        """Return a function that tells whether a message's sender may not carry it.

        It takes dicts with ``sender_id``, ``purpose`` and ``number``. Asked in the
        claim too: what was allowed when a message was made may have ended.
        """
        by_id = {one.sender_id: one for one in self._candidates(company)}
        known = {}

        def misfits(item):
            if not item.get("sender_id"):
                return False
            country = country_of(item["number"] or "")
            kind = item["sender_id"], item["purpose"], country
            if kind not in known:
                one = by_id.get(item["sender_id"])
                facts = RouteFacts(purpose=item["purpose"], country=country)
                known[kind] = not one or not usable_for([one], facts)
            return known[kind]

        return misfits

    def _unavailable(self, candidates):
        """Hook: return a function to the ids of senders that cannot send now.

        Asked once for a batch; the function takes country and purpose, and asks no
        query.
        """
        return lambda country, purpose: frozenset()

    def _last_senders(self, company, candidates, values):
        """Return ``{number: sender id}`` of the conversations with these numbers.

        The sender that was answered last, else the one that was used last.
        """
        if len(candidates) < 2:
            return {}
        numbers = {vals["number"] for vals in values if vals["number"]}
        spelled = {one: number for number in numbers for one in same_numbers(number)}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT asked.number, last.sender_id
                  FROM unnest(%(numbers)s::text[]) AS asked(number),
                       LATERAL (
                           SELECT m.sender_id FROM sms_hub_message AS m
                            WHERE m.number = asked.number
                              AND m.company_id = %(company)s
                              AND m.create_date > NOW() AT TIME ZONE 'UTC'
                                                - %(days)s * INTERVAL '1 day'
                              AND m.sender_id IS NOT NULL
                              AND m.state IN ('received', 'claimed', 'unknown',
                                              'accepted', 'delivered')
                            ORDER BY m.direction, m.id DESC LIMIT 1
                       ) AS last
                """,
                numbers=list(spelled),
                company=company.id,
                days=STICKY_DAYS,
            )
        )
        return {spelled[number]: sender_id for number, sender_id in rows}


def _choose(candidates, facts):
    """Choose a sender; where all that could do it rest, the message waits for one."""
    route = choose(candidates, facts)
    if isinstance(route, NoRoute) and facts.excluded:
        return choose(candidates, replace(facts, excluded=frozenset()))
    return route


def _columns(route):
    """Return a route as columns of the ledger."""
    if isinstance(route, NoRoute):
        return _NOBODY
    one = route.candidate
    return {
        "gateway_id": one.gateway_id,
        "sender_id": one.sender_id or False,
        "sender": one.name or False,
        "sender_reason": route.reason.value if one.sender_id else False,
    }


def _next_steps(route, country):
    """Return what later steps have to know of a route."""
    one = None if isinstance(route, NoRoute) else route.candidate
    return {
        "no_sender": not one and route.reason.value,
        "no_replies": bool(one and one.sender_id) and not one.takes_replies(country),
        "stop_text": one.stop_text if one else "",
    }


def same_way_out(old, new, country):
    """Tell whether marketing of one sender may leave from another as it is written."""
    if new.stop_text and (not old or new.stop_text != old.stop_text):
        return False
    if old and old.stop_text and old.stop_text != new.stop_text:
        return False
    told = bool(old) and not old.takes_replies(country)
    return told or new.takes_replies(country)
