from psycopg2 import errors

from odoo import fields, models


class SmsHubKey(models.Model):
    """Idempotency: one key of a company stands for at most one message.

    A table of its own, so that the ledger stays free of business uniqueness, and so
    that a key can be given back when its message was refused or cancelled.
    """

    _name = "sms.hub.key"
    _description = "Idempotency key of an SMS"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    key = fields.Char(required=True)
    message_id = fields.Many2one(
        "sms.hub.message", required=True, ondelete="cascade", index=True
    )

    _key_unique = models.Constraint(
        "unique(company_id, key)", "This message was asked for already."
    )

    def _taken(self, company, keys):
        """Return the messages that already stand for the keys: ``{key: id}``."""
        found = self.search([("company_id", "=", company.id), ("key", "in", keys)])
        return {row.key: row.message_id.id for row in found}

    def _claim_keys(self, values):
        """Insert the keys; ``False`` when another transaction holds one of them.

        A conflict of snapshots is not caught: it belongs to Odoo's own retry.
        """
        try:
            with self.env.cr.savepoint():
                self.create(values)
        except errors.UniqueViolation:
            return False
        return True
