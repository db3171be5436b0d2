"""Every way to send of the registry, as people and other apps walk it."""

from datetime import timedelta

from odoo import fields

from .common import HubCommon


class DoorsCommon(HubCommon):
    """Sends one text through any door: ``self.through("mailing", leads, "Hello")``."""

    def through(self, door, records, body):
        """Send to records of one company, and return the rows of the ledger.

        :param door: a code of ``DOORS``
        :param records: leads or mailing contacts, with a number or not
        """
        known = self.messages()
        getattr(self, f"_through_{door}")(records, body)
        return self.messages() - known

    # === PEOPLE === #

    def _through_chatter(self, records, body):
        for record in records:
            record._message_sms(body)

    def _through_scheduled(self, records, body):
        hour = fields.Datetime.now() + timedelta(minutes=5)
        for record in records:
            record._message_sms(body, scheduled_date=hour)

    def _through_numbers(self, records, body):
        for record in records:
            self._composer(
                record,
                composition_mode="numbers",
                res_id=record.id,
                numbers=record.phone,
                body=body,
            )._action_send_sms()

    def _through_mass(self, records, body):
        self._composer(
            records,
            composition_mode="mass",
            res_ids=repr(records.ids),
            body=body,
        )._action_send_sms()

    def _composer(self, records, **values):
        return records.env["sms.composer"].create(
            {"res_model": records._name, **values}
        )

    # === APPS === #

    def _through_reminder(self, records, body):
        for record in records:
            record._message_sms_with_template(template_fallback=body)

    def _through_automation(self, records, body):
        model = self.env["ir.model"]._get_id(records._name)
        template = self.env["sms.template"].create(
            {"name": "Rule", "model_id": model, "body": body}
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Text",
                "model_id": model,
                "state": "sms",
                "sms_method": "sms",
                "sms_template_id": template.id,
                "hub_purpose": "marketing",
            }
        )
        action.with_env(records.env).with_context(
            active_model=records._name, active_ids=records.ids
        ).run()

    def _through_queue(self, records, body):
        self.env["sms.sms"].with_company(records.env.company).sudo().create(
            [
                {
                    "number": record.phone,
                    "body": body,
                    "partner_id": record.partner_id.id,
                }
                for record in records
            ]
        )

    # === MAILINGS === #

    def _mailing(self, records, body):
        to_list = records._name == "mailing.contact"
        model = "mailing.list" if to_list else records._name
        target = (
            {"contact_list_ids": [(6, 0, records.subscription_ids.list_id.ids)]}
            if to_list
            else {"mailing_domain": repr([("id", "in", records.ids)])}
        )
        return self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id(model),
                "body_plaintext": body,
                "hub_company_id": records.env.company.id,
                **target,
            }
        )

    def _through_mailing(self, records, body):
        mailing = self._mailing(records, body)
        mailing.action_put_in_queue()
        mailing._process_mass_mailing_queue()

    def _through_mailing_test(self, records, body):
        records.env["mailing.sms.test"].create(
            {
                "mailing_id": self._mailing(records, body).id,
                "numbers": "\n".join(record.phone or "" for record in records),
            }
        ).action_send_sms()

    # === OURS === #

    def _through_confirmation(self, records, body):
        self._ask("confirmation", records, body)

    def _through_question(self, records, body):
        self._ask("question", records, body)

    def _ask(self, door, records, body):
        self.env["sms.hub.message"]._enqueue(
            [
                {
                    "company": records.env.company,
                    "door": door,
                    "number": record.phone,
                    "body": body,
                    "partner_id": record.partner_id.id,
                }
                for record in records
            ]
        )
