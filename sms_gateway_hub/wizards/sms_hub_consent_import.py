import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ..tools.consent_list import MAX_LINES, UnreadableFile, read_lines, write_lines

#: Lines that are looked up and recorded at once. A refusal locks its number until it
#: is committed, and nobody is texted meanwhile who shares the lock: for a moment only.
_CHUNK = 1000
#: Lines that are shown: enough to see whether the columns were understood, and enough
#: problems to know what is wrong. The file has all of them.
_SHOWN, _SHOWN_PROBLEMS = 10, 100
_ACTIONS = [("granted", "Agreed"), ("refused", "Refused")]


class SmsHubConsentImport(models.TransientModel):
    """Takes over consents from a file: first shown, then confirmed, then recorded.

    The same file imported twice changes nothing the second time, so an import that was
    interrupted goes on where it stopped. What a person said since the file was made
    counts more than the file.
    """

    _name = "sms.hub.consent.import"
    _description = "Import of Consents"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    file = fields.Binary("CSV or Excel File", attachment=False)
    file_name = fields.Char()
    action = fields.Selection(
        _ACTIONS,
        "Being on the List Means",
        required=True,
        default="granted",
        help="What it means to be on the list, if no column says so line by line.",
    )
    scope_id = fields.Many2one(
        "sms.hub.scope",
        "Topic",
        required=True,
        default=lambda self: self.env.ref("sms_gateway_hub.scope_marketing", False),
        help="What the consent is about, if no column says so line by line.",
    )
    country_id = fields.Many2one(
        "res.country",
        "Country of the Numbers",
        default=lambda self: self.env.company.country_id,
        help="Where numbers are from that are written without their country code.",
    )
    state = fields.Selection(
        [("draft", "File"), ("checked", "Preview"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
    )
    ready_count = fields.Integer("New", readonly=True)
    done_count = fields.Integer("Recorded", readonly=True)
    unproven_count = fields.Integer("Of Them Without Proof", readonly=True)
    known_count = fields.Integer("Known Already", readonly=True)
    problem_count = fields.Integer("Left Out", readonly=True)
    line_ids = fields.One2many(
        "sms.hub.consent.import.line",
        "import_id",
        "First Lines",
        domain=[("problem", "=", False)],
        readonly=True,
    )
    problem_ids = fields.One2many(
        "sms.hub.consent.import.line",
        "import_id",
        "Problems",
        domain=[("problem", "!=", False)],
        readonly=True,
    )
    problem_file = fields.Binary("Lines Left Out", readonly=True, attachment=False)
    problem_file_name = fields.Char(readonly=True)

    # === BUTTONS === #

    def action_check(self):
        """Read the file and show what would be recorded; record nothing."""
        self.ensure_one()
        rows = [row for chunk in self._judged() for row in chunk]
        problems = [row for row in rows if row.problem]
        ready = [row for row in rows if row.entry]
        self.write(
            {
                "state": "checked",
                "ready_count": len(ready),
                "done_count": 0,
                "unproven_count": sum(
                    row.entry["action"] == "granted" and not row.entry["proven"]
                    for row in ready
                ),
                "known_count": len(rows) - len(ready) - len(problems),
                "problem_count": len(problems),
                "line_ids": self._shown(ready[:_SHOWN]),
                "problem_ids": self._shown(problems[:_SHOWN_PROBLEMS]),
                "problem_file": problems and self._as_file(problems),
                "problem_file_name": problems and "lines-left-out.csv",
            }
        )
        return self._open()

    def action_import(self):
        """Record what the preview announced, and commit it part by part."""
        self.ensure_one()
        if self.state != "checked":
            raise UserError(self.env._("Look at the preview first."))
        for chunk in self._judged():
            entries = [row.entry for row in chunk if row.entry]
            self.env["sms.hub.consent"]._record(entries)
            self.done_count += len(entries)
            # lets go of the numbers; the next part is judged by what was said meanwhile
            self.env["ir.cron"]._commit_progress(len(entries))
        self.write({"state": "done", "file": False})
        return self._open()

    def action_back(self):
        """Choose another file or other settings."""
        self.ensure_one()
        self.write(
            {
                "state": "draft",
                "line_ids": [Command.clear()],
                "problem_ids": [Command.clear()],
                "problem_file": False,
            }
        )
        return self._open()

    def action_template(self):
        """Offer an empty list with the columns that are understood."""
        return {
            "type": "ir.actions.act_url",
            "url": "/sms_gateway_hub/static/import/consent.csv",
            "target": "download",
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Consents"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # === READING === #

    def _judged(self):
        """Yield what the lines of the file amount to, in order and part by part."""
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("This is not one of your companies."))
        lines = self._read()
        reader = self.env["sms.hub.consent.reader"].with_company(self.company_id)
        rows = reader._read_all(lines, self.action, self.scope_id, self.country_id)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            reader._compare(self.company_id, chunk)
            yield chunk

    def _read(self):
        if not self.file:
            raise UserError(self.env._("Choose a file first, one that is not empty."))
        try:
            return read_lines(base64.b64decode(self.file), self.file_name or "")
        except UnreadableFile as error:
            raise UserError(self._words_on_file(error)) from error

    def _words_on_file(self, error):
        words = {
            "type": self.env._("Choose a CSV file or an Excel file (.xlsx)."),
            "broken": self.env._(
                "The file cannot be read. Open it in a spreadsheet and save it again "
                "as an Excel file (.xlsx) or as CSV (UTF-8)."
            ),
            "empty": self.env._("There are no lines in the file."),
            "phone": self.env._(
                "The first line has to name the columns, and one of them has to be "
                "“Phone”. The template shows all of them."
            ),
            "twice": self.env._(
                "Two columns mean the same: “%(header)s” is one of them. Keep one.",
                header=error.detail,
            ),
            "long": self.env._(
                "The file has more than %(count)s lines. Split it into several.",
                count=formatLang(self.env, MAX_LINES, digits=0),
            ),
        }
        return words[error.code]

    # === SHOWING === #

    @api.model
    def _shown(self, rows):
        return [Command.clear()] + [Command.create(row.shown()) for row in rows]

    def _as_file(self, problems):
        """Return the lines that were left out, ready to be mended and imported."""
        columns = list(problems[0].line.values)
        table = [[*map(str.capitalize, columns), self.env._("Problem")]]
        for row in problems:
            cells = [str(row.line.values[column]) for column in columns]
            table.append([*cells, row.problem])
        return base64.b64encode(write_lines(table))


class SmsHubConsentImportLine(models.TransientModel):
    """A line of the file, as the preview shows it."""

    _name = "sms.hub.consent.import.line"
    _description = "Line of an Import of Consents"
    _order = "place"

    import_id = fields.Many2one(
        "sms.hub.consent.import", required=True, ondelete="cascade", index=True
    )
    place = fields.Integer("Line", readonly=True, aggregator=None)
    phone = fields.Char(readonly=True)
    action = fields.Selection(_ACTIONS, "Consent", readonly=True)
    scope_name = fields.Char("Topic", readonly=True)
    happened_at = fields.Datetime("Given On", readonly=True)
    proven = fields.Boolean(readonly=True)
    problem = fields.Char("What Is Wrong, and What to Do", readonly=True)
