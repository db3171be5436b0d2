import json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .sms_hub_doors import DOORS
from .sms_hub_vocabulary import PURPOSES


class SmsComposer(models.TransientModel):
    """The doors of the composer: one record, a selection, free numbers."""

    _inherit = "sms.composer"

    hub_gateway_id = fields.Many2one(
        "sms.hub.gateway", compute="_compute_hub_gateway_id", compute_sudo=True
    )
    hub_sender = fields.Char("Sent From", related="hub_gateway_id.sender")
    hub_notice = fields.Char(compute="_compute_hub_notice", compute_sudo=True)
    hub_purpose = fields.Selection(
        [choice for choice in PURPOSES if choice[0] in ("transactional", "marketing")],
        "Purpose",
        compute="_compute_hub_purpose",
        store=True,
        readonly=False,
        precompute=True,
        help="Marketing promotes something. Everything a customer expects from you, like "
        "an answer, a reminder or an invoice, is transactional.",
    )

    @api.depends("composition_mode")
    def _compute_hub_purpose(self):
        for composer in self:
            door = {"numbers": "numbers", "mass": "mass"}.get(
                composer.composition_mode, "chatter"
            )
            composer.hub_purpose = DOORS[door].purpose

    @api.depends("res_model", "res_id")
    def _compute_hub_gateway_id(self):
        for composer in self:
            company = composer._hub_company(composer._hub_record())
            composer.hub_gateway_id = self.env["sms.hub.gateway"]._for_company(company)

    @api.depends("hub_gateway_id.state", "hub_gateway_id.test_mode")
    def _compute_hub_notice(self):
        """Say so when a text will not go out at once."""
        for composer in self:
            gateway = composer.hub_gateway_id
            if gateway.state == "paused":
                composer.hub_notice = self.env._(
                    "The gateway is paused: your text waits until it is resumed."
                )
            elif gateway.test_mode:
                composer.hub_notice = self.env._(
                    "The gateway is in test mode: only numbers on its list are texted."
                )
            else:
                composer.hub_notice = False

    def _hub_record(self):
        if self.res_model and self.res_id and self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id)
        return None

    def _hub_company(self, record):
        """The record's company, else the mailing's, else the user's."""
        own = record.sudo().company_id if record and "company_id" in record else None
        return own or self.mailing_id.sudo().hub_company_id or self.env.company

    # === RECORDS === #

    @api.depends("res_model", "res_id", "res_ids")
    def _compute_res_ids_count(self):
        """Override of `sms`: count selections of any size."""
        for composer in self:
            composer.res_ids_count = len(composer._hub_res_ids())

    def _hub_res_ids(self):
        """Return the selected ids; core's parser gives up at 100 KiB of them."""
        try:
            return json.loads(self.res_ids) if self.res_ids else []
        except ValueError as error:
            raise UserError(
                self.env._("The selection could not be read. Select the records again.")
            ) from error

    def _get_records(self):
        """Override of `sms`: read selections of any size."""
        if not self.res_model or not self.res_ids:
            return super()._get_records()
        return (
            self.env[self.res_model]
            .browse(self._hub_res_ids())
            .with_context(mail_notify_author=True)
        )

    # === DOORS === #

    def _action_send_sms_comment(self, records=None):
        """Override of `sms`: tell the purpose and the registered template."""
        composer = self.with_context(**self._hub_terms())
        return super(SmsComposer, composer)._action_send_sms_comment(records=records)

    def _hub_terms(self):
        return {
            "default_hub_purpose": self.hub_purpose,
            "default_hub_template_ref": self.template_id.hub_template_ref,
        }

    def _action_send_sms_numbers(self):
        """Override of `sms`: tell the record, and never wait for the network."""
        record = self._hub_record()
        composer = self.with_context(
            **self._hub_terms(),
            default_hub_door="numbers",
            default_hub_company_id=self._hub_company(record).id,
            default_hub_res_model=record and record._name,
            default_hub_res_id=record and record.id,
        )
        return super(SmsComposer, composer)._action_send_sms_numbers()

    def _prepare_mass_sms_values(self, records):
        """Override of `sms`: every message knows its record and its company."""
        values = super()._prepare_mass_sms_values(records)
        door = self.env.context.get("default_hub_door") or (
            "mailing" if self.mailing_id else "mass"
        )
        for record in records:
            values[record.id].update(
                hub_company_id=self._hub_company(record).id,
                hub_door=door,
                hub_purpose="marketing" if self.mailing_id else self.hub_purpose,
                hub_res_model=record._name,
                hub_res_id=record.id,
                hub_template_ref=self.template_id.hub_template_ref,
            )
        return values

    def _filter_out_and_handle_revoked_sms_values(self, sms_values_all):
        """Override of `mass_mailing_sms`: what core drops becomes a row with a reason."""
        kept = super()._filter_out_and_handle_revoked_sms_values(sms_values_all)
        dropped = [
            dict(values)
            for res_id, values in sms_values_all.items()
            if res_id not in kept
        ]
        self.env["sms.sms"]._hub_record_refused(dropped)
        return kept

    def _prepare_mass_sms(self, records, sms_record_values):
        """Override of `sms`: a text with a note in the chatter shows its own result."""
        all_sms = super()._prepare_mass_sms(records, sms_record_values)
        noted = all_sms.filtered(lambda sms: sms.hub_managed and sms.mail_message_id)
        self.env["mail.notification"].sudo().create(
            [
                {
                    "author_id": sms.mail_message_id.author_id.id,
                    "mail_message_id": sms.mail_message_id.id,
                    "res_partner_id": sms.partner_id.id,
                    "sms_number": sms.number,
                    "notification_type": "sms",
                    "sms_id_int": sms.id,
                    "sms_tracker_ids": self._hub_tracker(sms),
                    "is_read": True,
                    "notification_status": "ready",
                }
                for sms in noted
            ]
        )
        self.env["sms.hub.mirror"]._mirror(
            noted._hub_messages().filtered("mirror_pending")
        )
        return all_sms

    def _hub_tracker(self, sms):
        """A mailing's SMS has its tracker already; it then serves both."""
        tracker = self.env["sms.tracker"].sudo().search([("sms_uuid", "=", sms.uuid)])
        if tracker:
            return [Command.link(tracker.id)]
        return [Command.create({"sms_uuid": sms.uuid})]
