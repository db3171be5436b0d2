from odoo import models
from odoo.tools import SQL

#: The function that the triggers call; it goes when the addon is uninstalled.
GUARD = "sms_hub_consent_guard"
_REFUSAL = """
BEGIN
    RAISE EXCEPTION 'Rows of % are written once and never change.',
        TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END """
#: Triggers by the end of their names: what they answer to, and the same as PostgreSQL
#: keeps it (1 each row, 2 before, 8 delete, 16 update, 32 truncate).
_TRIGGERS = {
    "row": (SQL("UPDATE OR DELETE"), SQL("ROW"), 1 + 2 + 8 + 16),
    "table": (SQL("TRUNCATE"), SQL("STATEMENT"), 2 + 32),
}


class SmsHubConsentGuard(models.AbstractModel):
    """Rows that are written once: by no means of Odoo, nor by SQL, can they change.

    They refer to nothing that may be deleted, so they store names and ids as values,
    and they have no columns of Odoo's own that would need an update.
    """

    _name = "sms.hub.consent.guard"
    _inherit = ["sms.hub.consent.kept"]
    _description = "Rows that never change"

    def init(self):
        """Let the database refuse every change, also to its owner."""
        super().init()
        if self._abstract:
            return
        cr = self.env.cr
        cr.execute(
            SQL(
                "CREATE OR REPLACE FUNCTION %s() RETURNS trigger AS %s"
                " LANGUAGE plpgsql",
                SQL.identifier(GUARD),
                _REFUSAL,
            )
        )
        for name, (events, level, _type) in _TRIGGERS.items():
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
        self._enable_guard()

    def _enable_guard(self):
        """Switch the triggers on.

        ``ALWAYS``, because a replication role would otherwise switch them off.
        """
        table = SQL.identifier(self._table)
        for name in _TRIGGERS:
            trigger = SQL.identifier(f"{self._table}_guard_{name}")
            self.env.cr.execute(
                SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", table, trigger)
            )

    def _is_guarded(self):
        """Tell whether the triggers stand as they were made, and are switched on."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT tgname, tgtype FROM pg_trigger
                  JOIN pg_proc ON pg_proc.oid = tgfoid
                 WHERE tgrelid = %s::regclass AND tgenabled = 'A' AND tgqual IS NULL
                   AND proname = %s AND prosrc = %s
                """,
                self._table,
                GUARD,
                _REFUSAL,
            )
        )
        return {
            (f"{self._table}_guard_{name}", kind)
            for name, (_events, _level, kind) in _TRIGGERS.items()
        } <= set(rows)

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
