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

        :param values: dicts of columns: ``uuid`` in each, the others where they matter
        :return: the ids, in order
        """
        if not values:
            return []
        equal, own = self._columns_of(values)
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
        messages._tell_inserted([*equal, *own])
        return messages.ids

    def _columns_of(self, values):
        """Return the columns as the database takes them, defaults included.

        Most columns are equal in all rows, and need to travel only once.

        :return: ``{name: cell}`` of those columns, and ``{name: cells}`` of the others,
            among them ``uuid``
        """
        fields = {
            name: field
            for name, field in self._fields.items()
            if field.store and field.column_type and name != "id"
        }
        equal = self._defaults_of(fields)
        own = {}
        for name in dict.fromkeys(name for vals in values for name in vals):
            default = equal.pop(name, False)
            cells = [vals.get(name, default) for vals in values]
            if name != "uuid" and all(cell == cells[0] for cell in cells):
                equal[name] = cells[0]
            elif fields[name].type == "json":
                own[name] = [cell or None for cell in cells]
            else:
                convert = fields[name].convert_to_column_insert
                own[name] = [convert(cell, self) for cell in cells]
        return {
            name: fields[name].convert_to_column_insert(cell, self)
            for name, cell in equal.items()
        }, own

    def _defaults_of(self, fields):
        """Return what a new row has where nobody says anything."""
        # the context of a click says nothing about the ledger
        model = self.with_env(self.env(context=clean_context(self.env.context)))
        user, now = self.env.uid, self.env.cr.now()
        return {
            **model.default_get(list(fields)),
            "create_uid": user,
            "write_uid": user,
            "create_date": now,
            "write_date": now,
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
            json.dumps(rows, default=str),
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
