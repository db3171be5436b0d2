from odoo import api, fields, models
from odoo.exceptions import UserError


class SmsHubSenderSwitch(models.TransientModel):
    """Asks a manager why a sender shall rest, or may work again."""

    _name = "sms.hub.sender.switch"
    _description = "Pause or resume an SMS sender"

    what = fields.Selection(
        [("pause", "Pause"), ("resume", "Resume")], required=True, readonly=True
    )
    sender_id = fields.Many2one(
        "sms.hub.sender", required=True, readonly=True, ondelete="cascade"
    )
    pause_id = fields.Many2one(
        "sms.hub.sender.pause",
        "Which Pause",
        domain="[('sender_id', '=', sender_id), ('state', '!=', 'over')]",
        ondelete="cascade",
    )
    pause_reason = fields.Char("Why It Rests", related="pause_id.reason")
    country_id = fields.Many2one("res.country", "Country")
    until = fields.Datetime()
    note = fields.Char("Reason")
    waiting_count = fields.Integer("Texts Waiting", compute="_compute_waiting_count")

    @api.depends("sender_id", "country_id", "pause_id")
    def _compute_waiting_count(self):
        for wizard in self:
            country = wizard.pause_id.country_id or wizard.country_id
            domain = [
                ("sender_id", "=", wizard.sender_id.id),
                ("state", "in", ("queued", "held")),
            ]
            if country:
                domain.append(("country_code", "=", country.code))
            messages = self.env["sms.hub.message"]
            wizard.waiting_count = messages.search_count(domain)

    def action_switch(self):
        """Do it, and close."""
        self.ensure_one()
        self.env["sms.hub.sender.pause"]._check_may_switch()
        self.sender_id.check_access("read")
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        if self.what == "pause":
            self._pause()
        else:
            self._resume()
        return {"type": "ir.actions.act_window_close"}

    def _pause(self):
        if self.until and self.until <= fields.Datetime.now():
            raise UserError(self.env._("The end of a pause has to be in the future."))
        pauses = self.env["sms.hub.sender.pause"]
        pause = pauses._begin(
            self.sender_id,
            self.country_id,
            "manual",
            note=self.note,
            until=self.until,
            paused_by_id=self.env.uid,
        )
        # one that began by itself would end by itself
        if pause.kind != "manual":
            pause._end(resumed_by_id=self.env.uid, resume_note=self.note)
            self._pause()

    def _resume(self):
        if self.pause_id.sender_id != self.sender_id or self.pause_id.state == "over":
            raise UserError(self.env._("This pause is over already."))
        self.pause_id._end(resumed_by_id=self.env.uid, resume_note=self.note)

    def _open(self):
        names = {
            "pause": self.env._("Pause %(sender)s", sender=self.sender_id.name),
            "resume": self.env._("Resume %(sender)s", sender=self.sender_id.name),
        }
        return {
            "type": "ir.actions.act_window",
            "name": names[self.what],
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
