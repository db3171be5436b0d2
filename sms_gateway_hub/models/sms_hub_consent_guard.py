from odoo import models
from odoo.tools import SQL

#: The function that the triggers call; it goes when the addon is uninstalled.
GUARD = "sms_hub_consent_guard"


class SmsHubConsentGuard(models.AbstractModel):
    """Rows that are written once: by no means of Odoo, nor by SQL, can they change.

    They refer to nothing that may be deleted, so they store names and ids as values,
    and they have no columns of Odoo's own that would need an update.
    """

    _name = "sms.hub.consent.guard"
    _inherit = ["sms.hub.consent.kept"]
    _description = "Rows that never change"

    def init(self):
        """Let the database refuse every change, also to its owner.

        ``ALWAYS``, because a replication role would otherwise switch the triggers off.
        """
        super().init()
        if self._abstract:
            return
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION %s() RETURNS trigger AS $$
                BEGIN
                    RAISE EXCEPTION 'Rows of %% are written once and never change.',
                        TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
                END $$ LANGUAGE plpgsql
                """,
                SQL.identifier(GUARD),
            )
        )
        for name, events, level in (
            ("row", SQL("UPDATE OR DELETE"), SQL("ROW")),
            ("table", SQL("TRUNCATE"), SQL("STATEMENT")),
        ):
            trigger = SQL.identifier(f"{self._table}_guard_{name}")
            table = SQL.identifier(self._table)
            cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", trigger, table))
            cr.execute(
                SQL(
                    "CREATE TRIGGER %s BEFORE %s ON %s "
                    "FOR EACH %s EXECUTE FUNCTION %s()",
                    trigger,
                    events,
                    table,
                    level,
                    SQL.identifier(GUARD),
                )
            )
            cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", table, trigger))

    def _insert(self, columns, rows):
        """Insert rows by SQL and return their ids, in order.

        :param rows: tuples in the order of ``columns``
        """
        ids = []
        names = SQL(", ").join(map(SQL.identifier, columns))
        for start in range(0, len(rows), 1000):
            values = SQL(", ").join(
                SQL("%s", tuple(row)) for row in rows[start : start + 1000]
            )
            found = self.env.execute_query(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s RETURNING id",
                    SQL.identifier(self._table),
                    names,
                    values,
                )
            )
            ids += [row_id for (row_id,) in found]
        return ids
