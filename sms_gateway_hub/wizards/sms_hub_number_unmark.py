from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class SmsHubNumberUnmark(models.TransientModel):
    """Asks why texts to numbers that failed shall be tried again.

    Of marks that a manager chose, or of the contact or lead that somebody works on: who
    may change a record may text it again, and no number of others.
    """

    _name = "sms.hub.number.unmark"
    _description = "Text numbers again"

    mark_ids = fields.Many2many("sms.hub.number.mark", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    note = fields.Char("Reason")

    def action_clear(self):
        """Lift the marks, with the reason and who gave it."""
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        if self.res_model:
            marks = self._mark_of_record()
        else:
            marks = self.mark_ids
            marks.check_access("read")
        marks._clear(self.note, self.env.user)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _mark_of_record(self):
        """Return the mark on the number of a record that the user may change.

        :raise AccessError: when they may not
        """
        if "hub_number_marked" not in self.env[self.res_model]._fields:
            raise AccessError(self.env._("Nobody texts records of this kind."))
        record = self.env[self.res_model].browse(self.res_id)
        record.check_access("write")
        return record._hub_mark()
