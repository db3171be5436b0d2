import hashlib
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import vault
from ..tools.consent_chain import FORMAT, GENESIS, SEAL_FIELDS, as_text, digest
from ..tools.consent_clock import SEAL_LINES

_logger = logging.getLogger(__name__)


class SmsHubConsentSealLine(models.Model):
    """Length and last hash of one chain at the moment of a seal."""

    _name = "sms.hub.consent.seal.line"
    _inherit = ["sms.hub.consent.guard"]
    _description = "Sealed Consent Record"
    _order = "id"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    seal = fields.Integer(required=True, readonly=True, aggregator=None)
    number = fields.Char(required=True, readonly=True)
    entry_count = fields.Integer("Entries", required=True, readonly=True)
    head_hash = fields.Char("Last Hash", required=True, readonly=True)

    _number = models.Index("(company_id, number)")
    _seal = models.Index("(company_id, seal)")

    def _digest(self, company_id, seal):
        """Return how many chains a seal covers, and the hash over their lines.

        A line is number, entries and last hash, separated by spaces; lines end with a
        line feed and are sorted by number, byte by byte.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, entry_count, head_hash FROM sms_hub_consent_seal_line
                 WHERE company_id = %s AND seal = %s ORDER BY number COLLATE "C", id
                """,
                company_id,
                seal,
            )
        )
        text = "".join(f"{number} {count} {last}\n" for number, count, last in rows)
        return len(rows), hashlib.sha256(text.encode()).hexdigest()


class SmsHubConsentSeal(models.Model):
    """A signed root over the chains of a company, so that a cut end is seen.

    Each covers the chains that grew since the one before it, whose root it holds: the
    last root stands for everything.
    """

    _name = "sms.hub.consent.seal"
    _inherit = ["sms.hub.consent.guard", "sms.hub.transaction"]
    _description = "Consent Seal"
    _order = "id desc"
    _rec_name = "seq"
    _log_access = False

    format = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    seq = fields.Integer("Seal", required=True, readonly=True, aggregator=None)
    sealed_at = fields.Datetime("Sealed On", required=True, readonly=True)
    line_count = fields.Integer("Numbers", required=True, readonly=True)
    lines_digest = fields.Char("Hash of the Numbers", required=True, readonly=True)
    prev_root = fields.Char("Root Before", required=True, readonly=True)
    root = fields.Char(required=True, readonly=True)
    signature = fields.Char(required=True, readonly=True)
    public_key = fields.Char(required=True, readonly=True)

    _seq = models.Index("(company_id, seq)")

    @api.depends("seq")
    def _compute_display_name(self):
        for seal in self:
            seal.display_name = self.env._("Seal %s", seal.seq)

    # === SEALING === #

    @api.model
    def _seal_all(self):
        """Seal what was added, company by company, each in a transaction of its own."""
        self.env["sms.hub.consent.witness"]._catch_up()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT company_id FROM sms_hub_consent_chain
                 WHERE entry_count > sealed_count ORDER BY company_id
                """
            )
        )
        for (company_id,) in rows:
            try:
                self._seal_company(company_id)
            except vault.VaultError as error:
                _logger.error("Consent is not sealed: %s", self.env._(error.sentence))
                return

    def _seal_company(self, company_id):
        """Seal everything of one company.

        :raise VaultError: when the signing key cannot be opened
        """
        while found := self._hub_run(lambda seals: seals._seal_some(company_id)):
            seal, root, line_count = found
            # the log and the file are out of the database's reach
            _logger.info(
                "Consent seal %s of company %s: root %s", seal, company_id, root
            )
            self.env["sms.hub.consent.witness"]._catch_up(company_id)
            if line_count < SEAL_LINES:
                return

    def _seal_some(self, company_id):
        """Seal chains that grew, but those that somebody is appending to right now.

        :return: number of the seal, its root and how many chains; ``None`` when no
            chain grew
        """
        # two seals at once would take the same place
        lock = "SELECT pg_advisory_xact_lock(hashtext('sms_hub_consent_seal'), %s)"
        self.env.execute_query(SQL(lock, company_id))
        seq, prev_root = self._last(company_id)
        if not self._take_lines(company_id, seq + 1):
            return None
        lines = self.env["sms.hub.consent.seal.line"]
        line_count, lines_digest = lines._digest(company_id, seq + 1)
        [(now,)] = self.env.execute_query(
            SQL("SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')")
        )
        values = {
            "format": FORMAT,
            "company_id": company_id,
            "seq": seq + 1,
            "sealed_at": now,
            "prev_root": prev_root,
            "line_count": line_count,
            "lines_digest": lines_digest,
        }
        texts = {name: as_text(values[name]) for name in SEAL_FIELDS}
        values["root"] = digest(texts, SEAL_FIELDS)
        key, signature = self.env["sms.hub.consent.key"]._sign(values["root"])
        values |= {"public_key": key, "signature": signature}
        self._insert(tuple(values), [tuple(values.values())])
        return values["seq"], values["root"], line_count

    def _last(self, company_id):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seq, root FROM sms_hub_consent_seal
                 WHERE company_id = %s ORDER BY seq DESC LIMIT 1
                """,
                company_id,
            )
        )
        return rows[0] if rows else (0, GENESIS)

    def _take_lines(self, company_id, seal):
        """Put chains that grew under a seal; return how many."""
        self.env.cr.execute(
            SQL(
                """
                WITH grown AS (
                    SELECT id FROM sms_hub_consent_chain
                     WHERE company_id = %(company)s AND entry_count > sealed_count
                     LIMIT %(limit)s FOR UPDATE SKIP LOCKED
                ), taken AS (
                    UPDATE sms_hub_consent_chain AS chain
                       SET sealed_count = chain.entry_count
                      FROM grown WHERE chain.id = grown.id
                    RETURNING chain.number, chain.entry_count, chain.head_hash
                )
                INSERT INTO sms_hub_consent_seal_line
                            (company_id, seal, number, entry_count, head_hash)
                SELECT %(company)s, %(seal)s, number, entry_count, head_hash FROM taken
                """,
                company=company_id,
                seal=seal,
                limit=SEAL_LINES,
            )
        )
        return self.env.cr.rowcount

    def action_seal(self):
        """Seal now what was added to the ledger of this company."""
        self.check_access("read")
        try:
            self.sudo()._seal_company(self.env.company.id)
        except vault.VaultError as error:
            raise UserError(self.env._(error.sentence)) from error
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_lines(self):
        """Open the numbers that this seal covers."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "sms.hub.consent.seal.line",
            "view_mode": "list",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("seal", "=", self.seq),
            ],
        }
