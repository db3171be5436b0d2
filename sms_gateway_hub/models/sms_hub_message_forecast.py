from odoo import models

from .sms_hub_message_enqueue import by_company


class SmsHubMessage(models.Model):
    """What would become of messages that nobody asked for yet."""

    _inherit = "sms.hub.message"

    def _forecast(self, asked):
        """Return what the gate says of messages at this moment, and store nothing.

        :param asked: as for :meth:`_enqueue`
        :return: a :class:`Decision` for each, in order
        """
        decisions = [None] * len(asked)
        for company, positions in by_company(asked).items():
            gateway = self.env["sms.hub.gateway"]._for_company(company)
            group = [asked[place] for place in positions]
            values = self._values_for(gateway, group, binding=False)
            answers = self.env["sms.hub.gate"]._forecast(gateway, values)
            for place, answer in zip(positions, answers, strict=True):
                decisions[place] = answer
        return decisions
