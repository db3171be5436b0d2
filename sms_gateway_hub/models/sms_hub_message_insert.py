import json

from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import clean_context


class SmsHubMessage(models.Model):
    """Inserts rows of the ledger, many in one statement.

    ``create`` fills the cache with every field of every row. Nobody reads them in the
    transaction that prepares a campaign, and it takes longer than all else that we do
    there.
    """

    _inherit = "sms.hub.message"

    def _insert_rows(self, values):
        """Insert rows with what ``create`` cares for, but for the cache.

        No rights are asked: nobody gets here from outside but through the doors.

        :param values: dicts of columns, not necessarily the same ones in each
        :return: the ids, in order
        """
        if not values:
            return []
        columns = self._columns_of(values)
        # most columns are equal in all rows, and need to travel only once
        equal = {name: cells[0] for name, cells in columns.items() if _are_equal(cells)}
        equal.pop("uuid", None)
        own = {name: cells for name, cells in columns.items() if name not in equal}
        selected = [
            *(
                SQL("%s::%s", cell, self._sql_type(name))
                for name, cell in equal.items()
            ),
            *(SQL.identifier("given", name) for name in own),
        ]
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, [*equal, *own])),
                SQL(", ").join(selected),
                self._as_table(own),
            )
        )
        messages = self.browse(row_id for (row_id,) in rows)
        messages._tell_inserted(columns)
        return messages.ids

    def _columns_of(self, values):
        """Return ``{name: value per row}`` as the database takes them.

        What a row does not name gets the field's default.
        """
        fields = {
            name: field
            for name, field in self._fields.items()
            if field.store and field.column_type and name != "id"
        }
        # the context of a click says nothing about the ledger
        model = self.with_env(self.env(context=clean_context(self.env.context)))
        now = self.env.cr.now()
        log = {
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }
        common = {**model.default_get(list(fields)), **log}
        names = dict.fromkeys([*common, *(name for vals in values for name in vals)])
        return {
            name: [
                fields[name].convert_to_column_insert(
                    vals.get(name, common.get(name, False)), self
                )
                for vals in values
            ]
            for name in names
        }

    def _as_table(self, columns):
        """Return columns as rows to select ``FROM``, named ``given``."""
        names = list(columns)
        rows = [
            dict(zip(names, cells, strict=True))
            for cells in zip(*columns.values(), strict=True)
        ]
        return SQL(
            "json_to_recordset(%s) AS given(%s)",
            json.dumps(rows, default=_to_json),
            SQL(", ").join(
                SQL("%s %s", SQL.identifier(name), self._sql_type(name))
                for name in names
            ),
        )

    def _sql_type(self, name):
        return SQL(self._fields[name].column_type[1])

    def _tell_inserted(self, names):
        """Let computed fields and the other ends of relations know of new rows."""
        for name in names:
            for inverse in self.pool.field_inverses[self._fields[name]]:
                self.env[inverse.model_name].invalidate_model(
                    [inverse.name], flush=False
                )
        self.modified(names, create=True)
        self._validate_fields(names)


def _are_equal(cells):
    return all(cell == cells[0] for cell in cells)


def _to_json(cell):
    """Return what JSON does not know in a form that PostgreSQL reads."""
    adapted = getattr(cell, "adapted", cell)
    return adapted if adapted is not cell else str(cell)
