import hashlib

from odoo import models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.consent_chain import SEAL_FIELDS, Pin, Problem, as_text, digest, examine
from ..tools.consent_clock import misdated, windows
from ..tools.consent_state import follow


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
        states = self.env["sms.hub.consent"]._states(company, numbers)
        hashes = self._file_hashes(chains)
        found = {}
        for number in numbers:
            rows = chains.get(number, [])
            seals = pins.get(number, [])
            problems = examine(rows, counters.get(number), seals)
            if not problems and (places := misdated(rows, seals, times)):
                problems = [Problem("misdated", tuple(places))]
            problems += _examine_files(rows, hashes)
            if not problems and _derived(rows) != _values(states.get(number, {})):
                problems = [Problem("state")]
            if problems:
                found[number] = problems
        return found, sum(map(len, chains.values()))

    def _counters(self, company, numbers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash FROM sms_hub_consent_chain
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                company.id,
                numbers,
            )
        )
        return {number: Pin(count, last) for number, count, last in rows}

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


def _examine_files(rows, hashes):
    """Compare the files that are kept with what was recorded of them."""
    problems = []
    for row in rows:
        wanted = row["attachment_sha256"]
        if wanted and wanted not in hashes.get(row["id"], ()):
            kind = "file_changed" if row["id"] in hashes else "file_missing"
            problems.append(Problem(kind, (int(row["seq"]),)))
    return problems


def _derived(rows):
    """Return the value of each scope as the entries say."""
    states = {}
    for row in rows:
        moment = Datetime.to_datetime(row["happened_at"])
        proven = bool(row["proven"])
        said = (row["action"], row["scope"], moment, row["source"], proven)
        states = follow(states, *said)
    return _values(states)


def _values(states):
    return {scope: state.value for scope, state in states.items()}
