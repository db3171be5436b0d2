from odoo import fields, models
from odoo.tools import SQL

from ..tools.consent_chain import GENESIS

#: Whatever is kept of numbers, so that none is overlooked when others are removed.
KEPT_BY_NUMBER = (
    "sms.hub.consent.event",
    "sms.hub.consent.chain",
    "sms.hub.consent.seal.line",
    "sms.hub.consent",
)


class SmsHubConsentChain(models.Model):
    """How long the chain of a number is, and its last hash: locked while it grows."""

    _name = "sms.hub.consent.chain"
    _inherit = ["sms.hub.consent.kept"]
    _description = "Consent Record of a Number"
    _rec_name = "number"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Char(required=True, readonly=True)
    entry_count = fields.Integer("Entries", required=True, readonly=True, default=0)
    head_hash = fields.Char(required=True, readonly=True)
    sealed_count = fields.Integer(required=True, readonly=True, default=0)

    _unique_number = models.UniqueIndex("(company_id, number)")
    _unsealed = models.Index("(company_id, number) WHERE entry_count > sealed_count")

    def _lock(self, keys):
        """Lock the chains of numbers until the transaction ends, making new ones.

        Always in the same order, so that two transactions never wait for each other. A
        chain that grew since the caller's snapshot raises a serialization failure:
        Odoo's own retry answers it.

        :param keys: pairs of company id and number
        :return: ``{(company id, number): (entries, last hash)}``
        """
        keys = sorted(set(keys))
        if not keys:
            return {}
        self.env.execute_query(
            SQL(
                """
                INSERT INTO sms_hub_consent_chain
                            (company_id, number, entry_count, head_hash, sealed_count)
                VALUES %s ON CONFLICT (company_id, number) DO NOTHING RETURNING id
                """,
                SQL(", ").join(
                    SQL("(%s, %s, 0, %s, 0)", *key, GENESIS) for key in keys
                ),
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, number, entry_count, head_hash
                  FROM sms_hub_consent_chain
                 WHERE (company_id, number) IN %s
                 ORDER BY company_id, number COLLATE "C" FOR UPDATE
                """,
                tuple(keys),
            )
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def _advance(self, heads):
        """Write the new lengths and last hashes of locked chains.

        :param heads: as :meth:`_lock` returns them
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE sms_hub_consent_chain AS chain
                   SET entry_count = new.entry_count, head_hash = new.head_hash
                  FROM (VALUES %s) AS new (company_id, number, entry_count, head_hash)
                 WHERE chain.company_id = new.company_id
                   AND chain.number = new.number
                """,
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s)", *key, *head) for key, head in heads.items()
                ),
            )
        )
        self.invalidate_model(flush=False)

    def _next_numbers(self, company, after, limit):
        """Return the next numbers that have entries, a counter, a seal or a state.

        All of these, because somebody may have removed, or forged, any of them.

        :return: the numbers, in order
        """
        portions = [
            SQL(
                """
                (SELECT DISTINCT number FROM %s
                  WHERE company_id = %s AND number > %s ORDER BY number LIMIT %s)
                """,
                SQL.identifier(self.env[model]._table),
                company.id,
                after or "",
                limit,
            )
            for model in KEPT_BY_NUMBER
        ]
        union = SQL(" UNION ").join(portions)
        rows = self.env.execute_query(SQL("%s ORDER BY number LIMIT %s", union, limit))
        return [number for (number,) in rows]
