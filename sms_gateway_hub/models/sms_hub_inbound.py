import re
import unicodedata

from markupsafe import Markup, escape

from odoo import models

from ..gateway.segments import count_segments

#: A plain STOP and its sisters, as a whole message: the seven words that the FCC names
#: (47 CFR 64.1200(a)(10)) and the ones networks treat alike in other languages.
STOP_WORDS = frozenset(
    """
    stop stopall unsubscribe cancel end quit revoke optout
    arret desabonner stopp abmelden baja parar sair basta afmelden
    """.split()
)
#: Invisible and direction-changing characters, which could hide or reverse a text.
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


class SmsHubInbound(models.AbstractModel):
    """Leads a reply to the record it belongs to, and honours a STOP."""

    _name = "sms.hub.inbound"
    _description = "Replies by SMS"

    def _receive(self, event):
        """Store the reply in the ledger, post it on its record, obey a STOP.

        :return: the ledger row of the reply
        """
        record, partner = self._find_target(event)
        message = self._store(event, record, partner)
        stopped = is_stop(event.text)
        if stopped:
            self._suppress(event.number)
        self._post(message, event, record, partner, stopped)
        return message

    # === WHERE IT BELONGS === #

    def _find_target(self, event):
        """Find the record: last conversation, open lead, contact, else a new lead.

        :return: the record and the customer (which may be empty)
        """
        last = self._last_outbound(event)
        record = last and last._get_record()
        partner = last.partner_id
        if not record:
            lead = self._open_lead(event)
            partner = partner or lead.partner_id or self._contact(event)
            record = lead or partner or self._new_lead(event)
        partner = partner or self._customer_of(record)
        return record.sudo(), partner

    def _last_outbound(self, event):
        """Return the last message to this number that is about a record."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search(
                [
                    ("number", "=", event.number),
                    ("company_id", "=", event.company_id.id),
                    ("direction", "=", "out"),
                    ("res_model", "!=", False),
                    ("state", "not in", ("blocked", "cancelled")),
                ],
                limit=1,
            )
        )

    def _company_domain(self, event):
        return [("company_id", "in", (False, event.company_id.id))]

    def _open_lead(self, event):
        leads = self.env["crm.lead"].sudo()
        if not event.number.startswith("+"):
            return leads
        domain = [("phone_sanitized", "=", event.number), ("won_status", "=", "pending")]
        return leads.search(
            domain + self._company_domain(event), order="write_date desc", limit=1
        )

    def _contact(self, event):
        partners = self.env["res.partner"].sudo()
        if not event.number.startswith("+"):
            return partners
        return partners.search(
            [("phone_sanitized", "=", event.number), *self._company_domain(event)],
            order="write_date desc",
            limit=1,
        )

    def _new_lead(self, event):
        """Make a lead for a number nobody knows, so that the text is not lost."""
        return (
            self.env["crm.lead"]
            .sudo()
            .with_company(event.company_id)
            .create(
                {
                    "name": self.env._("Text from %(number)s", number=event.number),
                    "phone": event.number,
                    "type": "lead",
                    "company_id": event.company_id.id,
                    "user_id": False,
                    "description": self._readable(event.text),
                }
            )
        )

    def _customer_of(self, record):
        partners = record.sudo()._mail_get_partners()[record.id]
        return partners[:1]

    # === STORING AND POSTING === #

    def _store(self, event, record, partner):
        parts = count_segments(event.text or "")
        return (
            self.env["sms.hub.message"]
            .sudo()
            .create(
                {
                    "direction": "in",
                    "state": "received",
                    "door": "inbound",
                    "company_id": event.company_id.id,
                    "gateway_id": event.gateway_id.id,
                    "sender": event.our_number,
                    "number": event.number,
                    "partner_id": partner.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "body": event.text,
                    "encoding": parts.encoding.value,
                    "segments": parts.count,
                    "platform_ref": event.platform_ref,
                    "author_id": False,
                    "not_before": False,
                    "delivered_at": event.occurred_at or event.received_at,
                }
            )
        )

    def _post(self, message, event, record, partner, stopped):
        """Post the text as the customer's comment and tell the person in charge.

        A comment, never an ``sms`` message: that would text the followers, and pay for
        it. Followers are skipped, or the customer would be mailed their own words.
        """
        owner = record.user_id.partner_id if "user_id" in record else None
        body = escape(self._readable(event.text)).replace("\n", Markup("<br>"))
        posted = record.with_context(mail_post_autofollow=False).message_post(
            body=Markup("%s") % body if body else self.env._("(empty text)"),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=partner.id or self.env.ref("base.public_partner").id,
            partner_ids=owner.ids if owner else [],
            notify_skip_followers=True,
        )
        message.mail_message_id = posted
        posted.sudo().hub_inbound_number = event.number
        if stopped:
            record._message_log(
                body=self.env._(
                    "%(number)s asked not to be texted any more. Everything that was "
                    "waiting for this number is cancelled.",
                    number=event.number,
                )
            )

    def _readable(self, text):
        """Return the text without characters that hide or reverse other text."""
        return _INVISIBLE.sub("", text or "").strip()

    # === STOP === #

    def _suppress(self, number):
        """Suppress the number everywhere, and cancel what waits for it, at once."""
        if not number.startswith("+"):
            return  # short codes and text senders are no phone
        self.env["phone.blacklist"].sudo()._add(
            [number], message=self.env._("Answered STOP by SMS.")
        )
        waiting = (
            self.env["sms.hub.message"]
            .sudo()
            .search(
                [
                    ("number", "=", number),
                    ("direction", "=", "out"),
                    ("state", "in", ("queued", "held")),
                    ("purpose", "!=", "notice"),
                ]
            )
        )
        waiting._move("cancel", reason="cancelled_by_stop")


def is_stop(text):
    """Tell whether the whole text is a plain word of refusal."""
    plain = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text or "").casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "", plain) in STOP_WORDS
