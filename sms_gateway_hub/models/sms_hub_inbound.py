import re

from markupsafe import Markup, escape

from odoo import models
from odoo.tools import email_normalize, formataddr

from ..gateway.segments import count_segments
from ..policy.identity import same_numbers
from ..policy.keywords import is_start, is_stop, is_yes, readable
from ..policy.number import country_of
from ..tools.consent_state import EVERYTHING

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class SmsHubInbound(models.AbstractModel):
    """Leads a reply to the record it belongs to, and honours a STOP."""

    _name = "sms.hub.inbound"
    _description = "Replies by SMS"

    def _receive(self, event):
        """Store the reply in the ledger and post it on its record.

        :return: the ledger row of the reply
        """
        target = self.env["sms.hub.inbound.target"]
        inbound = self.with_company(event.company_id)
        record, partner, last = target._find(event)
        message = inbound._store(event, record, partner)
        if record:
            owner = target._owner(record, partner, last)
            inbound._in_language_of(owner, event)._post(
                message, event, record, partner, owner
            )
            inbound._show(record, owner | last.author_id)
        return message

    def _show(self, record, users):
        """Let these users see the reply at once where they have its record open."""
        for user in users:
            user._bus_send(
                "sms_gateway_hub.reply", {"model": record._name, "id": record.id}
            )

    def _in_language_of(self, owner, event):
        """Speak to the person in charge, else to the company."""
        lang = owner.lang or event.company_id.partner_id.lang
        return self.with_context(lang=lang or self.env.lang)

    # === STORING AND POSTING === #

    def _store(self, event, record, partner):
        parts = count_segments(event.text or "")
        return (
            self.env["sms.hub.message"]
            .sudo()
            .create(
                {
                    "uuid": self._uuid(event),
                    "direction": "in",
                    "state": "received",
                    "door": "inbound",
                    "company_id": event.company_id.id,
                    "gateway_id": event.gateway_id.id,
                    "sender": event.our_number,
                    "sender_id": self.env["sms.hub.sender"]
                    ._named(event.gateway_id, event.our_number)
                    .id,
                    "country_code": country_of(event.number or "") or False,
                    "number": event.number,
                    "partner_id": partner.id,
                    "res_model": record._name if record else False,
                    "res_id": record.id if record else False,
                    "body": readable(event.text),
                    "encoding": parts.encoding.value,
                    "segments": parts.count,
                    "platform_ref": event.platform_ref,
                    "author_id": False,
                    "not_before": False,
                    "delivered_at": event._happened_at(),
                }
            )
        )

    def _post(self, message, event, record, partner, owner):
        """Post the text as the customer's comment and tell the person in charge.

        A comment, never an ``sms`` message: that would text the followers, and pay for
        it. Followers are skipped, or the customer would be mailed their own words.
        """
        body = escape(message.body).replace("\n", Markup("<br>"))
        record = record.with_env(self.env).with_context(mail_post_autofollow=False)
        message.mail_message_id = record.message_post(
            body=body or self.env._("(empty text)"),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=partner.id or False,
            email_from=None if partner else self._name_number(event),
            partner_ids=owner.partner_id.ids,
            notify_skip_followers=True,
            hub_inbound_number=event.number,
        )
        if is_stop(event.text):
            record._message_log(
                body=self.env._(
                    "%(number)s asked not to be texted any more. Everything that was "
                    "waiting for this number is cancelled.",
                    number=event.number,
                )
            )

    def _name_number(self, event):
        """Return what the chatter shows as the author whom nobody knows.

        With an address of ours behind it, because a mail to the person in charge needs
        one.
        """
        company = event.company_id
        address = email_normalize(company.email or company.default_from_email or "")
        return formataddr((event.number, address)) if address else event.number

    # === WORDS THAT COUNT === #

    def _obey(self, event):
        """Carry out a word that refuses, asks for texts again, or agrees.

        Nobody else's number can be meant, and nothing but a whole message counts. A
        word that is applied again, or later than what the ledger took down since,
        changes nothing.
        """
        if not is_phone(event.number):
            return
        choice = self.env["sms.hub.choice"].with_company(event.company_id)
        company, number = event.company_id, event.number
        proof = self._proof(event)
        if is_stop(event.text):
            if not self._is_outdated(event):
                choice._refuse(company, number, [EVERYTHING], **proof)
                choice._confirm_stop(company, number)
        elif is_start(event.text):
            if not self._is_outdated(event):
                choice._come_back(company, number, **proof)
        elif is_yes(event.text):
            choice._agree(company, number, **proof)

    def _proof(self, event):
        """Return what the ledger says of a reply beside its meaning.

        By our clock, which orders what came in; the platform's may be wrong.
        """
        return {
            "source": "keyword",
            "proven": True,
            "wording": readable(event.text),
            "message_uuid": self._uuid(event),
            "happened_at": event.received_at,
        }

    def _uuid(self, event):
        """Return the uuid of the reply's row, which is stored after it was obeyed."""
        return event.dedupe[:32]

    def _is_outdated(self, event):
        """Tell whether the person's will about all texts is known from a later time."""
        states = self.env["sms.hub.consent"]._states(event.company_id, [event.number])
        known = next(iter(states.values()), {}).get(EVERYTHING)
        return bool(known) and known.since > event.received_at

    def _release(self, number):
        """Let go what waited only for a reply to be read."""
        held = (
            self.env["sms.hub.message"]
            .sudo()
            .search(
                [
                    ("number", "in", same_numbers(number)),
                    ("state", "=", "held"),
                    ("reason", "=", "inbound_pending"),
                ]
            )
        )
        if held._move("release"):
            self.env["sms.hub.dispatcher"]._wake()


def is_phone(number):
    """Tell whether a number is a phone: short codes and text senders are not."""
    return bool(_E164.fullmatch(number or ""))
