from odoo import models
from odoo.tools import SQL

from ..tools import signing
from ..tools.consent_chain import GENESIS, SEAL_FIELDS, Problem, as_text, digest

#: What is found where the triggers of a model are off.
GUARDS = {
    "sms.hub.consent.event": "guard_event",
    "sms.hub.consent.seal": "guard_seal",
    "sms.hub.consent.seal.line": "guard_line",
}


class SmsHubConsentSeal(models.Model):
    """What a verification compares of the seals."""

    _inherit = "sms.hub.consent.seal"

    def _examine(self, company, only=None):
        """Examine the seals of a company.

        :param only: numbers of those whose content is examined too; all by default
        :return: the problems, and how many seals there are
        """
        columns = (*SEAL_FIELDS, "root", "signature", "public_key")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM sms_hub_consent_seal
                 WHERE company_id = %s ORDER BY seq, id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                company.id,
            )
        )
        keys = self.env["sms.hub.consent.key"]
        keys, closed = keys._public_keys(), keys._closed_keys()
        problems = []
        seq, root = 0, GENESIS
        for row in rows:
            seal = dict(zip(columns, map(as_text, row), strict=True))
            if seal["seq"] != str(seq + 1) or seal["prev_root"] != root:
                problems.append(Problem("seal_missing", (seq + 1,)))
            seq, root = int(seal["seq"]), seal["root"]
            if only is None or seq in only:
                problems += self._examine_content(company, seal, keys, closed)
        return problems + self._examine_loose_lines(company, seq), len(rows)

    def _examine_guards(self):
        """Find the tables whose rows the database would let anybody change."""
        return [
            Problem(kind)
            for model, kind in GUARDS.items()
            if not self.env[model]._is_guarded()
        ]

    def _examine_content(self, company, seal, keys, closed):
        """Compare what a seal says and covers with its root, and who signed that.

        :param keys: public keys that are ours
        :param closed: those of which nobody can tell, as their secret does not open
        """
        seq, root = int(seal["seq"]), seal["root"]
        count, lines_digest = self.env["sms.hub.consent.seal.line"]._digest(
            company.id, seq
        )
        seen = {**seal, "line_count": str(count), "lines_digest": lines_digest}
        signed = signing.is_signed(seal["public_key"], seal["signature"], root)
        if digest(seen, SEAL_FIELDS) != root or not signed:
            return [Problem("seal_changed", (seq,))]
        if seal["public_key"] in keys:
            return []
        kind = "seal_closed" if seal["public_key"] in closed else "seal_key"
        return [Problem(kind, (seq,))]

    def _examine_loose_lines(self, company, last):
        """Find what was sealed by a seal that is gone: the last ones leave no gap."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT seal FROM sms_hub_consent_seal_line
                 WHERE company_id = %s AND seal > %s ORDER BY seal
                """,
                company.id,
                last,
            )
        )
        return [Problem("seal_missing", (seal,)) for (seal,) in rows]
