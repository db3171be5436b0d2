from odoo import api, models


class MailMessageSchedule(models.Model):
    """A scheduled post whose text waits in the ledger: both keep the same hour."""

    _inherit = "mail.message.schedule"

    @api.model
    def _update_message_scheduled_datetime(self, messages, new_datetime):
        """Override of `mail`: the text follows the post to its new hour."""
        messages._hub_reschedule(new_datetime)
        return super()._update_message_scheduled_datetime(messages, new_datetime)

    @api.model
    def _send_message_notifications(self, messages, default_notify_kwargs=None):
        """Override of `mail`: a post that goes out now takes its text along."""
        messages._hub_reschedule(None)
        return super()._send_message_notifications(
            messages, default_notify_kwargs=default_notify_kwargs
        )
