from odoo import models

from ..policy import same_numbers
from .sms_hub_inbound import is_phone

#: Entries of mailing lists: nobody works with them, so no reply belongs there.
_LIST_ENTRIES = ("mailing.contact",)


class SmsHubInboundTarget(models.AbstractModel):
    """Finds the record a reply belongs to, the customer, and the person in charge."""

    _name = "sms.hub.inbound.target"
    _description = "Where a reply by SMS belongs"

    def _find(self, event):
        """Return the record, the customer, and the message that is answered.

        The record of the last conversation, else an open lead, else the contact, else
        the last record although it is closed, else a new lead. Short codes and text
        senders, from which only operators and advertisers write, make no lead: their
        texts stand in the ledger alone. Each of the three may be missing.
        """
        last = self._last_outbound(event)
        about = self._conversation_record(last)
        contact = self._contact(event)
        record = about if about and self._is_open(about) else None
        if not record:
            record = self._open_lead(event) or contact or about
            record = record or self._new_lead(event)
        partner = last.partner_id if record == about else None
        partner = partner or self._customer_of(record) or contact
        return record, partner, last

    def _owner(self, record, partner, last):
        """Return the user who is told: in charge of the record, or who wrote last."""
        candidates = [
            record.user_id if "user_id" in record else None,
            last.author_id,
            partner.user_id,
            record.team_id.user_id if "team_id" in record else None,
        ]
        for user in candidates:
            if user and user.active and user._is_internal():
                return user
        return self.env["res.users"]

    # === RECORDS === #

    def _last_outbound(self, event):
        """Return the last message to this number that is about a record."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search(
                [
                    ("number", "in", same_numbers(event.number)),
                    ("company_id", "=", event.company_id.id),
                    ("direction", "=", "out"),
                    ("res_model", "not in", (False, *_LIST_ENTRIES)),
                    ("state", "not in", ("blocked", "cancelled")),
                ],
                limit=1,
            )
        )

    def _conversation_record(self, message):
        """Return the record of a message if it still exists and has a chatter."""
        record = message._get_record() if message else None
        if record is None or not isinstance(record, self.env.registry["mail.thread"]):
            return None
        return record.sudo()

    def _is_open(self, record):
        """Tell whether people still look at the record."""
        return not record._active_name or bool(record[record._active_name])

    def _company_domain(self, event):
        return [("company_id", "in", (False, event.company_id.id))]

    def _open_lead(self, event):
        leads = self.env["crm.lead"].sudo()
        if not is_phone(event.number):
            return leads
        domain = [
            ("phone_sanitized", "in", same_numbers(event.number)),
            ("won_status", "=", "pending"),
        ]
        return leads.search(
            domain + self._company_domain(event),
            order="write_date desc, id desc",
            limit=1,
        )

    def _contact(self, event):
        partners = self.env["res.partner"].sudo()
        if not is_phone(event.number):
            return partners
        return partners.search(
            [
                ("phone_sanitized", "in", same_numbers(event.number)),
                *self._company_domain(event),
            ],
            order="write_date desc, id desc",
            limit=1,
        )

    def _new_lead(self, event):
        """Make a lead for a number nobody knows, so that somebody answers."""
        if not is_phone(event.number):
            return None
        company = event.company_id
        leads = self.env["crm.lead"].sudo().with_company(company)
        leads = leads.with_context(lang=company.partner_id.lang)
        team = self.env["crm.team"].sudo().with_company(company)
        return leads.create(
            {
                "name": leads.env._("Text from %(number)s", number=event.number),
                "phone": event.number,
                "company_id": company.id,
                "team_id": team.search(self._company_domain(event), limit=1).id,
                "user_id": False,
            }
        )

    def _customer_of(self, record):
        if not record:
            return self.env["res.partner"].sudo()
        return record._mail_get_partners()[record.id][:1]
