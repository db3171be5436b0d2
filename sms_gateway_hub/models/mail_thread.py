from odoo import models


class MailThread(models.AbstractModel):
    """The door of the chatter, and of every app that reminds by text."""

    _inherit = "mail.thread"

    def _get_notify_valid_parameters(self):
        """Override of `sms`: purpose and registered template travel with a post."""
        return super()._get_notify_valid_parameters() | {
            "hub_purpose",
            "hub_template_ref",
            "hub_door",
        }

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Override of `sms`: a scheduled text waits in the ledger, where it is seen.

        Core keeps no text for a bare number until the hour comes, and loses it.
        """
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        hour = self._is_notification_scheduled(kwargs.get("scheduled_date"))
        if hour and message.message_type == "sms" and self._hub_takes(message):
            kwargs.pop("scheduled_date")
            self.with_context(
                default_hub_door="scheduled", default_hub_not_before=hour
            )._notify_thread_by_sms(message, recipients, msg_vals=msg_vals, **kwargs)
        return recipients

    def _notify_thread_by_sms(self, message, recipients_data, msg_vals=False, **kwargs):
        """Override of `sms`: pass purpose and template on, and show refusals at once."""
        terms = {
            f"default_{name}": kwargs.pop(name)
            for name in ("hub_purpose", "hub_template_ref", "hub_door")
            if name in kwargs
        }
        if not self._hub_takes(message):
            return super()._notify_thread_by_sms(
                message, recipients_data, msg_vals=msg_vals, **kwargs
            )
        if message.message_type == "sms" and message._hub_messages():
            return True  # its hour came: the ledger has it since it was scheduled
        result = super(MailThread, self.with_context(**terms))._notify_thread_by_sms(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )
        refused = message._hub_messages().filtered(
            lambda one: one.state in ("blocked", "expired")
        )
        if refused:
            self.env["sms.hub.mirror"]._mirror(refused)
        return result

    def _hub_takes(self, message):
        company = message.record_company_id or self.env.company
        return bool(self.env["sms.hub.gateway"]._for_company(company))
