from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..policy import classify_number
from .sms_hub_vocabulary import REASON_WORDS

#: Problem of a phone field → the reason for which the gate would refuse it.
_REASONS = {
    "invalid": "number_invalid",
    "two_numbers": "number_two",
    "no_country": "number_no_country",
    "landline": "number_landline",
    "special": "number_special",
}
#: Names said in a notification; of the rest only the number is told.
_NAMED = 3


class SmsHubPhoneRepair(models.Model):
    """A phone field that cannot be texted, and what it was probably meant to be.

    Rows are found by the check. Everything that a row does to its contact or lead is
    done with the rights of whoever presses the button.
    """

    _name = "sms.hub.phone.repair"
    _description = "Phone Number to Repair"
    _order = "certainty, id"
    _rec_name = "phone"

    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one(
        "crm.lead", "Lead", readonly=True, index=True, ondelete="cascade"
    )
    record_name = fields.Char("Contact or Lead", compute="_compute_record_name")
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    phone = fields.Char("Phone Field", readonly=True, help="As it stands now.")
    problem = fields.Selection(
        [(code, REASON_WORDS[reason][0]) for code, reason in _REASONS.items()],
        required=True,
        readonly=True,
    )
    explanation = fields.Char(compute="_compute_explanation")
    proposal = fields.Char(
        "Repaired Number", help="What the phone field becomes. You may correct it here."
    )
    way = fields.Selection(
        [
            ("mobile", "Keep the mobile number"),
            ("country", "Add the country code"),
            ("spelling", "Write it as a mobile number"),
            ("extract", "Take it out of the text"),
            ("contact", "Take the contact's number"),
        ],
        "Repair",
        readonly=True,
    )
    #: alphabetical, so that what needs a look comes after, and what has none last
    certainty = fields.Selection(
        [("certain", "Sure"), ("guess", "Look First")],
        readonly=True,
        help="A repair may rest on a guess, as on the country of your company.",
    )
    state = fields.Selection(
        [("open", "To Repair"), ("applied", "Repaired"), ("ignored", "Ignored")],
        "Status",
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    applied_at = fields.Datetime("Repaired On", readonly=True)
    applied_by_id = fields.Many2one("res.users", "Repaired by", readonly=True)

    _one_record = models.Constraint(
        "check (num_nonnulls(partner_id, lead_id) = 1)",
        "A number to repair belongs to one contact or one lead.",
    )
    _unique_partner = models.Constraint(
        "unique (partner_id)", "This contact is on the list already."
    )
    _unique_lead = models.Constraint(
        "unique (lead_id)", "This lead is on the list already."
    )

    # === WORDS === #

    @api.depends("partner_id", "lead_id")
    def _compute_record_name(self):
        for row in self:
            # whoever may see the row may know whose number it is
            record = row.sudo()._record()
            row.record_name = record.display_name

    @api.depends("partner_id.company_id", "lead_id.company_id")
    def _compute_company_id(self):
        for row in self:
            row.company_id = row._record().company_id

    @api.depends("problem")
    def _compute_explanation(self):
        for row in self:
            words = REASON_WORDS.get(_REASONS.get(row.problem))
            row.explanation = str(words[1]) if words else False

    @api.constrains("proposal")
    def _check_proposal(self):
        for row in self.filtered("proposal"):
            number = self._phone_format_number(row.proposal, self.env["res.country"])
            if not number or classify_number(number, number, has_country=True):
                raise ValidationError(
                    self.env._(
                        "%(number)s cannot be texted. Write a mobile number with its "
                        "country code, such as +33 6 12 34 56 78.",
                        number=row.proposal,
                    )
                )

    def write(self, vals):
        """Override of `base`: people correct the repaired number, nothing else."""
        if not self.env.su and set(vals) - {"proposal"}:
            raise AccessError(
                self.env._("Only the repaired number can be changed by hand.")
            )
        return super().write(vals)

    # === BUTTONS === #

    def action_apply(self):
        """Write the repaired numbers into their contacts and leads."""
        rows = self.filtered(lambda row: row.state == "open" and row.proposal)
        done, left = rows._put("phone", "proposal")
        done.sudo().write(
            {
                "state": "applied",
                "applied_at": fields.Datetime.now(),
                "applied_by_id": self.env.uid,
            }
        )
        return self._say(done, left, self.env._("%(count)s repaired.", count=len(done)))

    def action_undo(self):
        """Put the fields back as they were, where nobody changed them since."""
        rows = self.filtered(lambda row: row.state == "applied")
        done, left = rows._put("proposal", "phone")
        done.sudo().write(
            {"state": "open", "applied_at": False, "applied_by_id": False}
        )
        return self._say(done, left, self.env._("%(count)s put back.", count=len(done)))

    def action_ignore(self):
        """Leave these fields as they are, also after the next check."""
        self._turn("open", "ignored")

    def action_reconsider(self):
        """Take ignored fields back onto the list."""
        self._turn("ignored", "open")

    def action_open_record(self):
        """Open the contact or lead."""
        self.ensure_one()
        record = self._record()
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _turn(self, before, after):
        """Change the state of rows; the right to change the list is enough for it."""
        self.check_access("write")
        rows = self.filtered(lambda row: row.state == before)
        rows.sudo().write({"state": after})

    # === REPAIRING === #

    def _record(self):
        """Return the contact or lead of one row."""
        return self.partner_id or self.lead_id

    def _put(self, expected, wanted):
        """Replace what stands in the phone fields.

        :param expected: field of the row that tells what has to stand there now
        :param wanted: field of the row that tells what will stand there
        :return: rows that were carried out, and the others with why not
        """
        self.check_access("write")
        done, left = self.browse(), {}
        for field in ("partner_id", "lead_id"):
            rows = self.filtered(field)
            records = rows[field]
            writable = records._filtered_access("write")
            notes = {}
            for row in rows:
                record = row[field]
                if record not in writable:
                    left[row] = self.env._("you may not change it")
                elif record.phone != row[expected]:
                    left[row] = self.env._("its number was changed meanwhile")
                else:
                    # the note below says more than a tracked value would
                    record.with_context(mail_notrack=True).phone = row[wanted]
                    notes[record.id] = row._note(row[expected], row[wanted])
                    done += row
            records.browse(notes)._message_log_batch(bodies=notes)
        return done, left

    def _note(self, before, after):
        """Return what the record's history says; it keeps all of the old field."""
        return Markup("<p>%s</p>") % self.env._(
            "Number doctor: the phone field was “%(before)s” and is now “%(after)s”.",
            before=before,
            after=after,
        )

    def _say(self, done, left, summary):
        """Return a notification of what was carried out, and what was not and why."""
        if not (done or left):
            summary = self.env._("There is nothing to do for these.")
        lines = [summary]
        for row, why in list(left.items())[:_NAMED]:
            lines.append(
                self.env._(
                    "%(name)s was left alone: %(why)s.", name=row.record_name, why=why
                )
            )
        if len(left) > _NAMED:
            lines.append(
                self.env._("%(count)s more were left alone.", count=len(left) - _NAMED)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if done and not left else "warning",
                "sticky": bool(left),
                "message": " ".join(lines),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
