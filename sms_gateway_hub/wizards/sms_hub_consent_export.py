import base64
import tempfile
import zipfile
from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..policy.zones import clock_of
from ..tools.consent_chain import FIELDS, GENESIS, SEAL_FIELDS, as_text
from ..tools.consent_files import write_companions, write_csv

_SEAL_COLUMNS = (*SEAL_FIELDS, "root", "signature", "public_key")
_RANGE_COLUMNS = ("begin", "end", "seal_before", "root_before", "company_id")
_PLACE_COLUMNS = ("kind", "seal", "number", "entry_count", "head_hash")
#: Numbers that are read at once.
_NUMBERS = 2000


class SmsHubConsentExport(models.TransientModel):
    """Takes the ledger out of Odoo, with all that is needed to verify it elsewhere."""

    _name = "sms.hub.consent.export"
    _description = "Export of the Consent Ledger"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date("From", help="Empty: from the first entry.")
    date_to = fields.Date("To", help="Empty: up to now.")
    archive = fields.Binary(readonly=True)
    archive_name = fields.Char(readonly=True)
    event_count = fields.Integer("Entries", readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for export in self:
            if export.date_to and (export.date_from or export.date_to) > export.date_to:
                raise ValidationError(
                    self.env._("The range ends before it begins. Swap the dates.")
                )

    def action_export(self):
        """Make the archive and offer it."""
        self.ensure_one()
        self._check_right()
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                count = self.sudo()._fill(archive)
            file.seek(0)
            content = base64.b64encode(file.read())
        self.write(
            {
                "archive": content,
                "archive_name": f"consent-{fields.Date.context_today(self)}.zip",
                "event_count": count,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export the Consent Ledger"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_right(self):
        user = self.env.user
        for group in ("group_manager", "group_export"):
            if not user.has_group(f"sms_gateway_hub.{group}"):
                raise AccessError(
                    self.env._(
                        "Exporting the consent ledger is for managers with the right "
                        "“Export SMS logs”. Ask an administrator for it."
                    )
                )
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("This is not one of your companies."))

    # === CONTENT === #

    def _fill(self, archive):
        """Write the files; return how many entries they hold."""
        begin, end = self._span()
        count = write_csv(
            archive, "events.csv", (*FIELDS, "hash"), self._events(begin, end)
        )
        write_csv(archive, "range.csv", _RANGE_COLUMNS, [self._range(begin, end)])
        write_csv(archive, "seals.csv", _SEAL_COLUMNS, self._seals(begin, end))
        write_csv(archive, "places.csv", _PLACE_COLUMNS, self._places(begin, end))
        write_companions(archive, self.env["sms.hub.consent.key"]._public_keys())
        return count

    def _span(self):
        """Return the first instant and the one after the last, naive UTC.

        An open end is one that no entry has reached.
        """
        zone = clock_of(self.env.user.tz)
        begin = self.date_from or datetime(1900, 1, 1, tzinfo=timezone.utc).date()
        end = self.date_to or datetime(9000, 1, 1, tzinfo=timezone.utc).date()
        return tuple(
            datetime.combine(day, time(), zone)
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
            for day in (begin, end + timedelta(days=1))
        )

    def _range(self, begin, end):
        """Return what the archive covers, and the seal that its first one continues."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seq, root FROM sms_hub_consent_seal
                 WHERE company_id = %s AND sealed_at < %s ORDER BY seq DESC LIMIT 1
                """,
                self.company_id.id,
                begin,
            )
        )
        seal, root = rows[0] if rows else (0, GENESIS)
        open_ends = begin if self.date_from else None, end if self.date_to else None
        return tuple(map(as_text, (*open_ends, seal, root, self.company_id.id)))

    def _numbers(self):
        """Yield all numbers of the company, some at a time."""
        chains = self.env["sms.hub.consent.chain"]
        after = ""
        while numbers := chains._next_numbers(self.company_id, after, _NUMBERS):
            yield numbers
            after = numbers[-1]

    def _events(self, begin, end):
        """Yield the entries from the first to the last of a number in the range.

        By their places, so that one whose date was changed does not stay behind.
        """
        columns = (*FIELDS, "hash")
        for numbers in self._numbers():
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT %s FROM sms_hub_consent_event AS event
                      JOIN (SELECT number, MIN(seq) AS first, MAX(seq) AS last
                              FROM sms_hub_consent_event
                             WHERE company_id = %s AND number = ANY(%s)
                               AND recorded_at >= %s AND recorded_at < %s
                             GROUP BY number) AS span USING (number)
                     WHERE company_id = %s AND seq BETWEEN first AND last
                     ORDER BY number, seq, id
                    """,
                    SQL(", ").join(map(SQL.identifier, columns)),
                    self.company_id.id,
                    numbers,
                    begin,
                    end,
                    self.company_id.id,
                )
            )
            yield from (tuple(map(as_text, row)) for row in rows)

    def _seals(self, begin, end):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM sms_hub_consent_seal
                 WHERE company_id = %s AND sealed_at >= %s AND sealed_at < %s
                 ORDER BY seq, id
                """,
                SQL(", ").join(map(SQL.identifier, _SEAL_COLUMNS)),
                self.company_id.id,
                begin,
                end,
            )
        )
        return (tuple(map(as_text, row)) for row in rows)

    def _places(self, begin, end):
        """Yield what the entries have to fit: starts, sealed places, and counts.

        What is counted now says nothing about a range that ended before.
        """
        company = self.company_id.id
        starts = SQL(
            """
            SELECT DISTINCT ON (number) 'start', NULL::int, number, seq, hash
              FROM sms_hub_consent_event
             WHERE company_id = %s AND recorded_at < %s
             ORDER BY number, seq DESC
            """,
            company,
            begin,
        )
        sealed = SQL(
            """
            SELECT 'seal', line.seal, line.number, line.entry_count, line.head_hash
              FROM sms_hub_consent_seal_line AS line
              LEFT JOIN sms_hub_consent_seal AS seal
                ON seal.company_id = line.company_id AND seal.seq = line.seal
             WHERE line.company_id = %s
               AND COALESCE(seal.sealed_at >= %s AND seal.sealed_at < %s, %s)
             ORDER BY line.seal, line.number COLLATE "C", line.id
            """,
            company,
            begin,
            end,
            not self.date_to,
        )
        counts = SQL(
            """
            SELECT 'count', NULL::int, number, entry_count, head_hash
              FROM sms_hub_consent_chain WHERE company_id = %s ORDER BY number
            """,
            company,
        )
        for query in (starts, sealed, *([] if self.date_to else [counts])):
            for row in self.env.execute_query(query):
                yield tuple(map(as_text, row))
