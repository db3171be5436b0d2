from odoo import models

from .sms_hub_doors import DOORS
from .sms_hub_terms import Terms, sayable

#: What anybody who posts may say about its text, beyond what core knows.
_TERMS = ("hub_purpose", "hub_template_ref", "hub_sender_id")
#: What only code of ours may say: it travels as terms of our making.
_OWN_TERMS = ("hub_door", "hub_scope_id", "hub_batch_size", "hub_batch_ref")


class MailThread(models.AbstractModel):
    """The doors of the chatter, of posts for later, and of apps that remind by text."""

    _inherit = "mail.thread"

    # === REMINDERS === #

    def _message_sms_with_template(
        self,
        template=False,
        template_xmlid=False,
        template_fallback="",
        partner_ids=False,
        **kwargs,
    ):
        """Override of `sms`: reminders are known as such, with their template."""
        if not template and template_xmlid:
            template = self.env.ref(template_xmlid, raise_if_not_found=False)
        terms = {
            "hub_door": "reminder",
            "hub_template_ref": template.hub_template_ref if template else False,
        }
        return super()._message_sms_with_template(
            template=template,
            template_fallback=template_fallback,
            partner_ids=partner_ids,
            **{**terms, **kwargs},
        )

    def _message_sms_schedule_mass(self, body="", template=False, **composer_values):
        """Override of `sms`: apps that text many people at once remind them, too."""
        thread = self.with_context(hub_terms=Terms(hub_door="reminder"))
        purpose = {"hub_purpose": DOORS["reminder"].purpose}
        return super(MailThread, thread)._message_sms_schedule_mass(
            body=body, template=template, **{**purpose, **composer_values}
        )

    # === POSTS === #

    def _message_sms(
        self,
        body,
        subtype_id=False,
        partner_ids=False,
        number_field=False,
        sms_numbers=None,
        sms_pid_to_number=None,
        **kwargs,
    ):
        """Override of `sms`: what the composer says holds for this text alone.

        Posting may set off automations, whose own texts must not inherit it.
        """
        terms = Terms.of(self.env)
        names = (*_TERMS, *_OWN_TERMS)
        asked = Terms({name: terms[name] for name in names if name in terms})
        asked.update((name, kwargs.pop(name)) for name in names if name in kwargs)
        thread = self.with_context(hub_terms=None) if terms else self
        return super(MailThread, thread)._message_sms(
            body,
            subtype_id=subtype_id,
            partner_ids=partner_ids,
            number_field=number_field,
            sms_numbers=sms_numbers,
            sms_pid_to_number=sms_pid_to_number,
            **({"hub_terms": asked} if asked else {}),
            **kwargs,
        )

    def _get_notify_valid_parameters(self):
        """Override of `sms`: purpose and registered template travel with a post."""
        return super()._get_notify_valid_parameters() | {"hub_terms", *_TERMS}

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Override of `sms`: a scheduled text waits in the ledger, where it is seen.

        Core keeps no text for a bare number until the hour comes, and loses it.
        """
        # not among what core stores with the hour: it would outlive this addon
        asked = sayable({name: kwargs.pop(name) for name in _TERMS if name in kwargs})
        own = kwargs.pop("hub_terms", None)
        # a caller from outside can bring a value of this name, but none of this class
        asked.update(own if isinstance(own, Terms) else {})
        thread = self.with_context(hub_terms=Terms(asked)) if asked else self
        recipients = super(MailThread, thread)._notify_thread(
            message, msg_vals=msg_vals, **kwargs
        )
        hour = self._is_notification_scheduled(kwargs.pop("scheduled_date", None))
        if hour and message.message_type == "sms" and self._hub_takes(message):
            later = Terms({**asked, "hub_door": "scheduled", "hub_not_before": hour})
            self.with_context(hub_terms=later)._notify_thread_by_sms(
                message, recipients, msg_vals=msg_vals, **kwargs
            )
        return recipients

    def _notify_thread_by_sms(self, message, recipients_data, msg_vals=False, **kwargs):
        """Override of `sms`: send once, and show at once what is refused."""
        # core sets this when the hour of a scheduled post has come
        if kwargs.get("skip_existing") and message._hub_messages():
            return True
        result = super()._notify_thread_by_sms(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )
        if message.message_type == "sms" and self._hub_takes(message):
            message._hub_show_refusals()
        return result

    def _hub_takes(self, message):
        gateways = self.env["sms.hub.gateway"]
        if not gateways._anybody_sends():
            return False
        company = message._hub_companies()[message.id] or self.env.company
        return bool(gateways._for_company(company))
