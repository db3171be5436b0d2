import re

from odoo import models

from ..policy import canonical, classify_number, same_numbers

#: What people put between the digits of a number.
_BETWEEN_DIGITS = re.compile(r"[\s./()-]")


class SmsComposer(models.TransientModel):
    """Looks recipients up in a time that does not depend on the lists' lengths.

    Core reads whole lists, walks through them for every recipient, and parses every
    number anew. The answers here are the same.
    """

    _inherit = "sms.composer"

    def _hub_may_send(self):
        return bool(self.env["sms.hub.gateway"]._id_by_company())

    # === NUMBERS === #

    def _prepare_recipient_values(self, records):
        """Override of `sms`: do not parse what Odoo formatted already."""
        known = self._hub_known_recipients(records) if self._hub_may_send() else {}
        others = records.filtered(lambda one: one.id not in known)
        return {**known, **super()._prepare_recipient_values(others)}

    def _hub_known_recipients(self, records):
        """Return core's values of the records whose number is stored as it is texted.

        The stored form is taken only where it has the very digits of the number,
        country code included: it may stem from another number or country.
        """
        fields = (
            [self.number_field_name]
            if self.number_field_name
            else (records._phone_get_number_fields())
        )
        name = next((name for name in fields if name in records), None)
        if not name or not isinstance(records, self.pool["mail.thread.phone"]):
            return {}
        partners = records._mail_get_partners()
        return {
            record.id: {
                "partner": partners[record.id][:1],
                "sanitized": record.phone_sanitized,
                "number": record[name],
                "partner_store": False,
                "field_store": name,
            }
            for record in records
            if record[name]
            and record[name].startswith("+")
            and _BETWEEN_DIGITS.sub("", record[name]) == record.phone_sanitized
        }

    # === WHO GETS NOTHING === #

    def _get_blacklist_record_ids(self, records, recipients_info):
        """Override of `sms`: look these numbers up instead of reading the blacklist."""
        if not self.use_exclusion_list or not self._hub_may_send():
            return super()._get_blacklist_record_ids(records, recipients_info)
        people = _people(recipients_info)
        suppressed = self.env["sms.hub.gate"]._suppressed(_spellings(people))
        return [record.id for record in records if people[record.id] in suppressed]

    def _get_optout_record_ids(self, records, recipients_info):
        """Override of `mass_mailing_sms`: name only the recipients among them."""
        left = super()._get_optout_record_ids(records, recipients_info)
        return list(set(left).intersection(records.ids))

    def _get_done_record_ids(self, records, recipients_info):
        """Override of `mass_mailing_sms`: nobody gets a mailing twice.

        Recipients are prepared in chunks, and core looks for equal numbers only among
        those it prepares together; and it takes two spellings for two people.
        """
        if not self.mailing_id._hub_ours():
            return super()._get_done_record_ids(records, recipients_info)
        composer = self.with_context(hub_recipients=records.ids)
        people = _people(recipients_info)
        # whoever cannot be reached by one spelling is reached by the other
        texted = {
            one: {"sanitized": people[one] if _is_textable(info) else info["sanitized"]}
            for one, info in recipients_info.items()
        }
        done = super(SmsComposer, composer)._get_done_record_ids(records, texted)
        mailing = self.mailing_id.sudo()
        served = set(map(canonical, mailing._hub_served_numbers(_spellings(people))))
        return done + [record.id for record in records if people[record.id] in served]


def _is_textable(info):
    number = info["sanitized"]
    return bool(number) and not classify_number(number, number, has_country=True)


def _people(recipients_info):
    """Return the canonical number of each record, ``False`` where there is none."""
    return {
        record: info["sanitized"] and canonical(info["sanitized"])
        for record, info in recipients_info.items()
    }


def _spellings(people):
    """Return all numbers under which these people may be known."""
    return {
        spelling
        for number in people.values()
        if number
        for spelling in same_numbers(number)
    }
