from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.sms_hub_forecast import MOST, Recipient
from ..models.sms_hub_terms import Terms

#: Recipients that are looked at without being asked: it takes half a second.
AT_ONCE = 1000
#: Stands for a text that is not written yet: the forecast is about recipients then.
_ANY_TEXT = "."


class SmsComposer(models.TransientModel):
    """Shows before sending who will get the text now, later, or not."""

    _inherit = "sms.composer"

    hub_forecast = fields.Json(compute="_compute_hub_forecast")
    hub_check_many = fields.Boolean(
        store=False, help="Somebody asked for the forecast of a long selection."
    )

    @api.onchange("body", "hub_purpose", "hub_scope_id", "hub_sender_id")
    def _onchange_hub_check_many(self):
        """What was said of a long selection holds for that text alone."""
        self.hub_check_many = False

    @api.depends(
        "body",
        "composition_mode",
        "hub_check_many",
        "hub_purpose",
        "hub_scope_id",
        "hub_sender_id",
        "number_field_name",
        "numbers",
        "recipient_single_number_itf",
        "res_id",
        "res_ids",
        "res_model",
        "template_id",
        "use_exclusion_list",
    )
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_hub_forecast(self):
        for composer in self:
            count = len(composer._hub_res_ids())
            if count > AT_ONCE and not composer.hub_check_many:
                waits = composer.hub_gateway_id and {"total": count, "pending": True}
                composer.hub_forecast = waits or False
            else:
                composer.hub_forecast = composer._hub_tell_forecast()

    def _hub_tell_forecast(self, total=0):
        """Return the forecast as plain JSON values, or ``False`` where there is none.

        Where a gateway takes none of the texts, the hub has nothing to say of them.

        :param total: recipients, if the composer has only the first of them
        """
        total = total or len(self._hub_res_ids())
        try:
            recipients = self.with_context(
                hub_terms=Terms({**Terms.of(self.env), "hub_preview": True})
            )._hub_recipients()
        except UserError as error:
            return {"problem": str(error)}
        if not recipients:
            return False
        return self.env["sms.hub.forecast"]._of(
            recipients, total if total > MOST else None
        )

    def _hub_recipients(self):
        """Return those who would be texted, as the doors would ask for them.

        :return: :class:`Recipient` of companies with a gateway
        :raise UserError: for a text that cannot be made from its template, and for
            numbers that are none
        """
        if self.composition_mode == "numbers":
            return self._hub_recipients_of_numbers()
        records = self._get_records()
        if not records:
            return []
        records = records[:MOST].exists()._filtered_access("read")
        if self.composition_mode == "mass":
            values = self._prepare_mass_sms_values(records)
        else:
            values = self._hub_comment_values(records)
        return [
            recipient
            for record in records
            if (recipient := self._hub_recipient(values[record.id], record))
        ]

    def _hub_recipients_of_numbers(self):
        numbers = (self.sanitized_numbers or "").split(",")
        terms = self._hub_number_terms()
        return [
            recipient
            for number in filter(None, numbers)
            if (recipient := self._hub_recipient({"number": number, **terms}))
        ]

    def _hub_comment_values(self, records):
        """Return the SMS that posts on these records would make, by record."""
        typed = self.comment_single_recipient and (
            self.recipient_single_number_itf or self.recipient_single_number
        )
        terms = self._hub_terms(hub_door="chatter")
        info = records._sms_get_recipients_info(force_field=self.number_field_name)
        return {
            record.id: {
                **terms,
                "hub_company_id": self._hub_company(record).id,
                "hub_res_model": record._name,
                "hub_res_id": record.id,
                "body": self.body,
                "number": (typed and (record._phone_format(number=typed) or typed))
                or info[record.id]["sanitized"]
                or info[record.id]["number"],
                "partner_id": info[record.id]["partner"].id,
            }
            for record in records
        }

    def _hub_recipient(self, values, record=None):
        """Return who gets an SMS of these values; ``None`` where core would send it."""
        if not (self.body or "").strip():
            values["body"] = _ANY_TEXT
        values.setdefault("body", self.body)
        asked = self.env["sms.sms"]._hub_asked(values)
        return asked and Recipient(asked, record, asked["number"] or "")
