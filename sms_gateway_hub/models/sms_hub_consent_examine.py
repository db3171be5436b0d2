import hashlib
from datetime import timedelta
from typing import NamedTuple

from odoo import models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..policy.identity import canonical, same_numbers
from ..tools.consent_chain import SEAL_FIELDS, Pin, Problem, as_text, digest, examine
from ..tools.consent_clock import misdated, windows
from ..tools.consent_state import EVERYTHING, follow

#: Seals are made every hour; whoever waits longer than this keeps entries from them.
_SEALED_WITHIN = timedelta(days=2)


class Kept(NamedTuple):
    """What is kept of one number at a company, part by part.

    :param rows: its entries, as texts
    :param counter: length and last hash of the chain
    :param sealed: how many entries the chain counts as sealed
    :param pins: what the seals say
    :param states: ``{scope: texts of a state}``
    :param blacklisted: whether the phone blacklist names it
    """

    rows: list
    counter: Pin | None
    sealed: int
    pins: list
    states: dict
    blacklisted: bool


class SmsHubConsentChain(models.Model):
    """What a verification compares, number by number."""

    _inherit = "sms.hub.consent.chain"

    def _examine(self, company, numbers):
        """Examine the chains of numbers, their files and their states.

        :return: ``{number: problems}`` of those with problems, and how many entries
            were read
        """
        chains = self.env["sms.hub.consent.event"]._texts_of(company, numbers)
        counters = self._counters(company, numbers)
        pins = self._pins(company, numbers)
        times = self._windows(company)
        states = self._stored_states(company, numbers)
        blacklisted = self._blacklisted(numbers)
        hashes = self._file_hashes(chains)
        due = as_text(self.env.cr.now() - _SEALED_WITHIN)
        found = {}
        for number in numbers:
            counter, sealed = counters.get(number, (None, 0))
            kept = Kept(
                rows=chains.get(number, []),
                counter=counter,
                sealed=sealed,
                pins=pins.get(number, []),
                states=states.get(number, {}),
                blacklisted=number in blacklisted,
            )
            problems = _examine_chain(kept)
            if not problems and (places := misdated(kept.rows, kept.pins, times)):
                problems = [Problem("misdated", tuple(places))]
            problems = problems or _examine_sealing(kept, due)
            problems += _examine_files(kept.rows, hashes)
            if problems := problems or _examine_states(kept):
                found[number] = problems
        return found, sum(map(len, chains.values()))

    def _counters(self, company, numbers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash, sealed_count
                  FROM sms_hub_consent_chain
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                company.id,
                numbers,
            )
        )
        return {
            number: (Pin(count, last), sealed) for number, count, last, sealed in rows
        }

    def _stored_states(self, company, numbers):
        """Return the states as they stand, whatever stands there."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, scope, value, since, source, spellings
                  FROM sms_hub_consent
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                company.id,
                numbers,
            )
        )
        states = {}
        for number, scope, *state in rows:
            states.setdefault(number, {})[scope] = tuple(map(as_text, state))
        return states

    def _blacklisted(self, numbers):
        """Return those numbers that the phone blacklist names, however spelled."""
        spelled = [one for number in numbers for one in same_numbers(number)]
        rows = self.env.execute_query(self.env["phone.blacklist"]._hub_among(spelled))
        return {canonical(number) for (number,) in rows}

    def _pins(self, company, numbers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash, seal
                  FROM sms_hub_consent_seal_line
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                company.id,
                numbers,
            )
        )
        pins = {}
        for number, *pin in rows:
            pins.setdefault(number, []).append(Pin(*pin))
        return pins

    def _windows(self, company):
        """Return when the entries were recorded that each seal took first.

        A seal that was changed says nothing about time.
        """
        columns = (*SEAL_FIELDS, "root")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM sms_hub_consent_seal WHERE company_id = %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                company.id,
            )
        )
        seals = [dict(zip(columns, map(as_text, row), strict=True)) for row in rows]
        return windows(
            (int(seal["seq"]), seal["sealed_at"], int(seal["line_count"]))
            for seal in seals
            if digest(seal, SEAL_FIELDS) == seal["root"]
        )

    def _file_hashes(self, chains):
        """Return the hashes of the files that are kept with entries: ``{id: {…}}``."""
        ids = [
            int(row["id"])
            for rows in chains.values()
            for row in rows
            if row["attachment_sha256"]
        ]
        if not ids:
            return {}
        found = {}
        attachments = self.env["ir.attachment"].sudo()
        for one in attachments.search(
            [("res_model", "=", "sms.hub.consent.event"), ("res_id", "in", ids)]
        ):
            content = hashlib.sha256(one.raw or b"").hexdigest()
            found.setdefault(str(one.res_id), set()).add(content)
        return found


def _examine_chain(kept):
    """Compare the entries with their counter and the seals.

    Of a number of which there is nothing but a state, that state is what is wrong.
    """
    if not (kept.rows or kept.counter or kept.pins):
        return []
    return examine(kept.rows, kept.counter, kept.pins)


def _examine_sealing(kept, due):
    """Find what was taken out of a seal, and what was kept from being sealed.

    :param due: entries recorded before this moment have to be sealed
    """
    sealed = max((pin.length for pin in kept.pins), default=0)
    problems = []
    if kept.counter and kept.sealed != sealed:
        problems.append(Problem("sealed"))
    waiting = tuple(
        int(row["seq"])
        for row in kept.rows
        if int(row["seq"]) > sealed and row["recorded_at"] < due
    )
    if waiting:
        problems.append(Problem("unsealed", waiting))
    return problems


def _examine_files(rows, hashes):
    """Compare the files that are kept with what was recorded of them."""
    problems = []
    for row in rows:
        wanted = row["attachment_sha256"]
        if wanted and wanted not in hashes.get(row["id"], ()):
            kind = "file_changed" if row["id"] in hashes else "file_missing"
            problems.append(Problem(kind, (int(row["seq"]),)))
    return problems


def _examine_states(kept):
    """Compare the states, and the blacklist, with what follows from the entries."""
    derived = _derived(kept.rows)
    if derived != kept.states:
        return [Problem("state")]
    refused = derived.get(EVERYTHING, ("",))[0] == "refused"
    return [Problem("blacklist")] if refused and not kept.blacklisted else []


def _derived(rows):
    """Return the states that the entries say, as texts; ``None`` if they say none."""
    states = {}
    for row in rows:
        moment = Datetime.to_datetime(row["happened_at"])
        proven = bool(row["proven"])
        said = (row["action"], row["scope"], moment, row["source"], proven)
        try:
            states = follow(states, *said)
        except KeyError:  # no such action
            return None
    spellings = " ".join(same_numbers(rows[0]["number"])) if rows else ""
    return {
        scope: (state.value.value, as_text(state.since), state.source, spellings)
        for scope, state in states.items()
    }
