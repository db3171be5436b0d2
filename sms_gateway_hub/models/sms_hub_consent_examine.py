import hashlib

from odoo import models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools import signing
from ..tools.consent_chain import (
    GENESIS,
    SEAL_FIELDS,
    Pin,
    Problem,
    as_text,
    digest,
    examine,
)
from ..tools.consent_state import follow

#: Findings that are written down per verification; more would say nothing new.
_FINDINGS = 1000


class SmsHubConsentCheck(models.Model):
    """What a verification compares."""

    _inherit = "sms.hub.consent.check"

    # === NUMBERS === #

    def _examine_chains(self, numbers):
        """Examine the chains of numbers, their files and their states.

        :return: how many entries were read
        """
        company = self.company_id
        chains = self.env["sms.hub.consent.event"]._texts_of(company, numbers)
        counters, pins = self._counters(numbers), self._pins(numbers)
        states = self.env["sms.hub.consent"]._states(company, numbers)
        hashes = self._file_hashes(chains)
        for number in numbers:
            rows = chains.get(number, [])
            problems = examine(rows, counters.get(number), pins.get(number, []))
            problems += _examine_files(rows, hashes)
            if not problems and _derived(rows) != _values(states.get(number, {})):
                problems = [Problem("state")]
            self._find(problems, number)
        return sum(map(len, chains.values()))

    def _counters(self, numbers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash FROM sms_hub_consent_chain
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                self.company_id.id,
                numbers,
            )
        )
        return {number: Pin(count, last) for number, count, last in rows}

    def _pins(self, numbers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash, seal
                  FROM sms_hub_consent_seal_line
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                self.company_id.id,
                numbers,
            )
        )
        pins = {}
        for number, *pin in rows:
            pins.setdefault(number, []).append(Pin(*pin))
        return pins

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

    # === SEALS === #

    def _examine_seals(self):
        """Examine the seals of a company; return how many there are."""
        columns = (*SEAL_FIELDS, "root", "signature", "public_key")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM sms_hub_consent_seal
                 WHERE company_id = %s ORDER BY seq, id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                self.company_id.id,
            )
        )
        keys = self.env["sms.hub.consent.key"]._public_keys()
        lines = self.env["sms.hub.consent.seal.line"]
        seq, root = 0, GENESIS
        for row in rows:
            seal = dict(zip(columns, map(as_text, row), strict=True))
            if seal["seq"] != str(seq + 1) or seal["prev_root"] != root:
                self._find([Problem("seal_missing", (seq + 1,))])
            seq, root = int(seal["seq"]), seal["root"]
            count, lines_digest = lines._digest(self.company_id.id, seq)
            seen = {**seal, "line_count": str(count), "lines_digest": lines_digest}
            signed = signing.is_signed(seal["public_key"], seal["signature"], root)
            if digest(seen, SEAL_FIELDS) != root or not signed:
                self._find([Problem("seal_changed", (seq,))])
            elif seal["public_key"] not in keys:
                self._find([Problem("seal_key", (seq,))])
        self._examine_loose_lines(seq)
        return len(rows)

    def _examine_loose_lines(self, last):
        """Find what was sealed by a seal that is gone: the last ones leave no gap."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT seal FROM sms_hub_consent_seal_line
                 WHERE company_id = %s AND seal > %s ORDER BY seal
                """,
                self.company_id.id,
                last,
            )
        )
        self._find([Problem("seal_missing", (seal,)) for (seal,) in rows])

    # === FINDINGS === #

    def _find(self, problems, number=False):
        """Write down what is wrong."""
        room = _FINDINGS - len(self.finding_ids)
        self.env["sms.hub.consent.finding"].create(
            [
                {
                    "check_id": self.id,
                    "kind": problem.kind,
                    "number": number,
                    "places": ", ".join(map(str, problem.places)),
                    "seal": problem.seal,
                }
                for problem in problems[:room]
            ]
        )


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
