from typing import NamedTuple

from odoo import models

from ..policy import Decision
from .sms_hub_message_enqueue import by_company


class Preview(NamedTuple):
    """What would become of a message.

    :param decision: the gate's :class:`Decision`
    :param values: the columns that it would have, and ``stop_text`` (the way out of
        its sender)
    """

    decision: Decision
    values: dict


class SmsHubMessage(models.Model):
    """What would become of messages that nobody asked for yet."""

    _inherit = "sms.hub.message"

    def _forecast(self, asked):
        """Return what the gate says of messages at this moment, and store nothing.

        :param asked: as for :meth:`_enqueue`
        :return: a :class:`Decision` for each, in order
        """
        return [preview.decision for preview in self._preview(asked)]

    def _preview(self, asked):
        """Return what messages would be and what the gate says of them now.

        :param asked: as for :meth:`_enqueue`
        :return: a :class:`Preview` for each, in order
        """
        previews = [None] * len(asked)
        for company, positions in by_company(asked).items():
            gateway = self.env["sms.hub.gateway"]._for_company(company)
            group = [asked[place] for place in positions]
            values = self._values_for(gateway, group, binding=False)
            answers = self.env["sms.hub.gate"]._forecast(gateway, values)
            for place, answer, vals in zip(positions, answers, values, strict=True):
                previews[place] = Preview(answer, vals)
        return previews
