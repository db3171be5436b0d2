from odoo import models
from odoo.tools import SQL

from .sms_hub_transitions import TRANSITIONS, WAITING


class SmsHubMessage(models.Model):
    """Changes of state, by the written transition table and in few statements."""

    _inherit = "sms.hub.message"

    def _move(self, transition, **values):
        """Carry out a transition of the table for those rows that allow it.

        :param transition: name in ``TRANSITIONS``
        :param values: columns to store along with it
        :return: the rows that moved
        """
        if not self:
            return self
        self.flush_recordset()
        assignments = [
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        ]
        return self._carry_out(
            transition, assignments, SQL(), SQL("m.id IN %s", tuple(self.ids))
        )

    def _move_each(self, transition, values, owners=None):
        """Carry out a transition for many rows, each with columns of its own.

        :param transition: name in ``TRANSITIONS``
        :param values: ``{id: {column: value}}``, the same columns for each row; moments
            are naive UTC
        :param owners: ``{id: epoch}``: only rows that still belong to that claim move
        :return: the rows that moved
        """
        if not values:
            return self.browse()
        if owners is not None:
            values = {
                row_id: {**columns, "epoch": owners[row_id]}
                for row_id, columns in values.items()
            }
        names = list(next(iter(values.values())))
        rows = self.browse(values)
        rows.flush_recordset()
        cells = {name: [row[name] for row in values.values()] for name in names}
        table = SQL("FROM %s", self._as_table({"id": list(values), **cells}))
        assignments = [
            SQL("%s = given.%s", SQL.identifier(name), SQL.identifier(name))
            for name in names
            if name != "epoch"
        ]
        condition = SQL("m.id = given.id")
        if owners is not None:
            condition = SQL("%s AND m.epoch = given.epoch", condition)
        return self._carry_out(transition, assignments, table, condition)

    def _carry_out(self, transition, assignments, table, condition):
        """Update the rows of a condition that are in a state to start from."""
        spec = TRANSITIONS[transition]
        now = SQL("clock_timestamp() AT TIME ZONE 'UTC'")
        assignments = [
            SQL("state = %s, mirror_pending = TRUE", spec.target),
            *assignments,
        ]
        if spec.stamp:
            assignments.append(SQL("%s = %s", SQL.identifier(spec.stamp), now))
        if transition in ("release", "reroute"):
            # whatever held it, it still waits for the hour that was asked for
            assignments.append(
                SQL("reason = NULL, not_before = GREATEST(%s, m.planned_at)", now)
            )
        rows = self.env.execute_query(
            SQL(
                "UPDATE sms_hub_message AS m SET %s %s "
                "WHERE %s AND m.state IN %s RETURNING m.id",
                SQL(", ").join(assignments),
                table,
                condition,
                spec.sources,
            )
        )
        moved = self.browse(row[0] for row in rows)
        (self | moved).invalidate_recordset()
        if spec.target in ("blocked", "cancelled"):
            self.env["sms.hub.key"].sudo().search(
                [("message_id", "in", moved.ids)]
            ).unlink()
        return moved

    def _lock_waiting(self, numbers, condition=None):
        """Lock what waits for these numbers, and pass over what is being claimed.

        For those who hold the numbers' lock: a claim that was passed over cannot go on,
        and the next one reads the new facts and blocks the row by itself.

        :param numbers: E.164, as they are spelled
        :param condition: further :class:`SQL` on the ledger ``m``
        :return: the rows
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM sms_hub_message AS m
                 WHERE m.number IN %s AND m.direction = 'out' AND m.state IN %s
                   AND %s
                 ORDER BY m.id FOR NO KEY UPDATE SKIP LOCKED
                """,
                tuple(numbers),
                WAITING,
                condition or SQL("TRUE"),
            )
        )
        return self.browse(row[0] for row in rows)

    def _store_evidence(self, ids):
        """Store the platform's ids on a row that has moved on already."""
        self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_message
                   SET platform_ref = COALESCE(platform_ref, %s),
                       request_id = COALESCE(request_id, %s)
                 WHERE id IN %s
                """,
                ids["platform_ref"],
                ids["request_id"],
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()
