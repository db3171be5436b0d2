import json
from ast import literal_eval
from uuid import uuid4

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.sms_hub_doors import DOORS
from ..models.sms_hub_terms import CHOICES, Terms


class SmsComposer(models.TransientModel):
    """The doors of the composer: one record, a selection, free numbers."""

    _inherit = "sms.composer"

    hub_gateway_id = fields.Many2one(
        "sms.hub.gateway", compute="_compute_hub_gateway_id", compute_sudo=True
    )
    hub_notice = fields.Char(compute="_compute_hub_notice", compute_sudo=True)
    hub_purpose = fields.Selection(
        CHOICES,
        "Purpose",
        compute="_compute_hub_purpose",
        store=True,
        readonly=False,
        precompute=True,
        help="Marketing promotes something. Everything a customer expects from you, "
        "like an answer, a reminder or an invoice, is transactional.",
    )

    hub_scope_id = fields.Many2one(
        "sms.hub.scope",
        "Topic",
        domain=[("purpose", "=", "marketing")],
        help="Whose consent counts. Empty: consent to marketing in general.",
    )

    @api.depends("composition_mode")
    def _compute_hub_purpose(self):
        for composer in self:
            door = {"numbers": "numbers", "mass": "mass"}.get(
                composer.composition_mode, "chatter"
            )
            composer.hub_purpose = DOORS[door].purpose

    @api.constrains("hub_scope_id")
    def _check_hub_scope_id(self):
        """A consent to something else is none to marketing."""
        self.hub_scope_id._check_for_marketing()

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
        default = self._hub_mailing().sudo().hub_company_id or self.env.company
        if not record:
            return default
        return record.sudo()._mail_get_companies(default=default)[record.id]

    def _hub_is_mailing(self):
        """Tell whether it is the mailing itself that sends."""
        return bool(self.mailing_id) and Terms.of(self.env).get("hub_door") == "mailing"

    def _hub_mailing(self):
        """Return the mailing whose company and topic count, or none.

        Anybody may name one who makes a composer: it counts where the mailing itself
        sends, and for those who may change it and work in its company.
        """
        mailing = self.mailing_id
        if not mailing or self._hub_is_mailing() or self._hub_may_use(mailing):
            return mailing
        return mailing.browse()

    def _hub_may_use(self, mailing):
        return (
            mailing.has_access("write") and mailing.hub_company_id in self.env.companies
        )

    # === RECORDS === #

    @api.depends("res_model", "res_id", "res_ids")
    def _compute_res_ids_count(self):
        """Override of `sms`: count selections of any size."""
        for composer in self:
            composer.res_ids_count = len(composer._hub_res_ids())

    def _hub_res_ids(self):
        """Return the selected ids; core's parser gives up at 100 KiB of them."""
        if not self.res_ids:
            return []
        try:
            return json.loads(self.res_ids)
        except ValueError:
            return literal_eval(self.res_ids)  # a tuple, as some callers write it

    def _get_records(self):
        """Override of `sms`: read selections of any size."""
        if not self.res_model or not self.res_ids:
            return super()._get_records()
        return (
            self.env[self.res_model]
            .browse(self._hub_res_ids())
            .with_context(mail_notify_author=True)
        )

    # === A PERSON'S MISTAKES === #

    @api.depends("numbers", "res_model", "res_id")
    def _compute_sanitized_numbers(self):  # pylint: disable=missing-return
        """Override of `sms`: say how numbers are to be written."""
        for composer in self:
            try:
                super(SmsComposer, composer)._compute_sanitized_numbers()
            except UserError as error:
                if not composer.hub_gateway_id:
                    raise
                raise UserError(
                    self.env._(
                        "These are not all phone numbers: %(numbers)s. Separate "
                        "numbers by commas and write each with its country code, "
                        "like +33 6 12 34 56 78.",
                        numbers=composer.numbers,
                    )
                ) from error

    def action_send_sms(self):
        """Override of `sms`: say what is wrong with recipients, and what comes next."""
        self._hub_check_recipients()
        result = super().action_send_sms()
        if self.hub_gateway_id and self.composition_mode == "numbers":
            return self._hub_acknowledge()
        return result

    def _hub_check_recipients(self):
        if (
            self.hub_gateway_id
            and self.composition_mode == "comment"
            and not self.comment_single_recipient
            and self.recipient_invalid_count
        ):
            raise UserError(
                self.env._(
                    "%(count)s of the recipients have no phone number that can be "
                    "texted. Correct their numbers or leave them out, then send again.",
                    count=self.recipient_invalid_count,
                )
            )

    def _hub_acknowledge(self):
        """Free numbers have no chatter that would show the text: say it is queued."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Your text is queued. SMS Hub shows what becomes of it."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === DOORS === #

    def _hub_terms(self, **terms):
        """Return what the ledger shall know of texts that pass through core's code."""
        own = {
            "hub_purpose": self.hub_purpose,
            "hub_template_ref": self.template_id.hub_template_ref,
            "hub_scope_id": self._hub_topic().id,
            "hub_sender_id": self.hub_sender_id.id,
            **self._hub_batch(),
        }
        return Terms({**own, **Terms.of(self.env), **terms})

    def _hub_topic(self):
        """Return the topic of marketing; other purposes have none."""
        if mailing := self._hub_mailing():
            return mailing.sudo().hub_scope_id
        if self.hub_purpose == "marketing":
            return self.hub_scope_id
        return self.hub_scope_id.browse()

    def _hub_batch(self):
        """Return how many are texted at once, and a name for that sending.

        What runs by itself is nobody's sending; its rules were approved when made.
        """
        if self.env.uid == SUPERUSER_ID:
            return {}
        numbers = (self.sanitized_numbers or "").split(",")
        records = self._hub_res_ids()
        if self.composition_mode == "comment":
            # each number is texted on each record
            size = max(len(records), 1) * len(numbers)
        else:
            size = max(len(records), len(numbers))
        return {
            "hub_batch_size": size,
            "hub_batch_ref": uuid4().hex if size > 1 else False,
        }

    def _action_send_sms(self):
        """Override of `sms`: nobody texts in the name of somebody else's mailing."""
        for composer in self:
            hub = composer.hub_gateway_id or composer.mailing_id.sudo()._hub_ours()
            if hub and composer.mailing_id != composer._hub_mailing():
                raise AccessError(
                    self.env._("You may not send texts of somebody else's mailing.")
                )
        return super()._action_send_sms()

    def _action_send_sms_comment(self, records=None):
        """Override of `sms`: tell the purpose and the registered template."""
        records = records if records is not None else self._get_records()
        return super()._action_send_sms_comment(
            records=records.with_context(hub_terms=self._hub_terms())
        )

    def _action_send_sms_numbers(self):
        """Override of `sms`: tell the record, and never wait for the network."""
        composer = self.with_context(hub_terms=self._hub_number_terms())
        return super(SmsComposer, composer)._action_send_sms_numbers()

    def _hub_number_terms(self):
        """Return what the ledger shall know of texts to free numbers."""
        record = self._hub_record()
        if record and not record.has_access("read"):
            # nobody texts in the name of a record, and its company, they do not see
            record = None
        return self._hub_terms(
            hub_door="numbers",
            hub_company_id=self._hub_company(record).id,
            hub_res_model=record._name if record else None,
            hub_res_id=record.id if record else None,
        )

    def _prepare_mass_sms_values(self, records):
        """Override of `sms`: every message knows its record and its company."""
        values = super()._prepare_mass_sms_values(records)
        terms = self._hub_terms()
        door = terms.pop("hub_door", None) or "mass"
        if self._hub_mailing():
            terms["hub_purpose"] = DOORS["mailing"].purpose
        default = self._hub_company(None)
        companies = records.sudo()._mail_get_companies(default=default)
        for record in records:
            values[record.id].update(
                terms,
                hub_door=door,
                hub_company_id=companies[record.id].id,
                hub_res_model=record._name,
                hub_res_id=record.id,
            )
        return values

    def _filter_out_and_handle_revoked_sms_values(self, sms_values_all):
        """Override of `mass_mailing_sms`: what core drops gets a row and a reason."""
        kept = super()._filter_out_and_handle_revoked_sms_values(sms_values_all)
        self.env["sms.sms"]._hub_record_refused(
            [
                dict(values)
                for res_id, values in sms_values_all.items()
                if res_id not in kept
            ]
        )
        return kept

    def _prepare_mass_sms(self, records, sms_record_values):
        """Override of `sms`: a text with a note in the chatter shows its own result."""
        all_sms = super()._prepare_mass_sms(records, sms_record_values)
        noted = all_sms.filtered(lambda sms: sms.hub_managed and sms.mail_message_id)
        if noted:
            self.env["mail.notification"].sudo().create(
                [
                    {
                        "author_id": sms.mail_message_id.author_id.id,
                        "mail_message_id": sms.mail_message_id.id,
                        "res_partner_id": sms.partner_id.id,
                        "sms_number": sms.number,
                        "notification_type": "sms",
                        "sms_id_int": sms.id,
                        "is_read": True,
                        "notification_status": "ready",
                    }
                    for sms in noted
                ]
            )
            messages, mirror = noted._hub_messages(), self.env["sms.hub.mirror"]
            mirror._track(messages)
            mirror._mirror(messages.filtered("mirror_pending"))
        return all_sms
