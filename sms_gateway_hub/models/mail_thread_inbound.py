from odoo import models


class MailThread(models.AbstractModel):
    """Records on which replies by SMS are posted, and care when they go."""

    _inherit = "mail.thread"

    def _get_message_create_valid_field_names(self):
        """Override of `mail`: a comment can say from which number it was texted."""
        return super()._get_message_create_valid_field_names() | {"hub_inbound_number"}

    def _notify_thread_with_out_of_office(
        self, message, recipients_data, msg_vals=False, **kwargs
    ):
        """Override of `mail`: who texted is not answered by a mail."""
        if message.sudo().hub_inbound_number:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )

    def unlink(self):
        """Override of `mail`: cancel what waits for the records, keep their history."""
        self.env["sms.hub.message"]._leave_records(self)
        return super().unlink()
