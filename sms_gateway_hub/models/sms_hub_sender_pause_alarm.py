from odoo import models


class SmsHubSenderPause(models.Model):
    """A pause that nobody asked for is an alarm; it is over with the pause."""

    _inherit = "sms.hub.sender.pause"

    def _raise_alarm(self, kind):
        """Tell the person in charge of a pause that began by itself.

        :param kind: ``sender_paused``
        """
        for pause in self.filtered(lambda one: one.kind != "manual"):
            self.env["sms.hub.alarm"]._raise_alarm(
                kind,
                pause.company_id,
                {"reason": pause.reason},
                **pause._alarm_subject(),
            )

    def _close_alarm(self, kind):
        """Nobody has to look any more."""
        for pause in self.filtered(lambda one: one.kind != "manual"):
            self.env["sms.hub.alarm"]._close_alarm(
                kind, pause.company_id, **pause._alarm_subject()
            )

    def _alarm_subject(self):
        self.ensure_one()
        return {"sender_id": self.sender_id, "country_id": self.country_id}
