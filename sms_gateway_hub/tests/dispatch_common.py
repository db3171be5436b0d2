"""What the tests of the dispatcher share."""

import math
from datetime import timedelta

from odoo import fields

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..policy import Slot
from ..tools.dispatch import DispatchSettings, hand_over
from .common import HubCommon

OTHER = "+33612345679"
#: When a test lets a batch leave, unless it is about that.
ALWAYS = Slot(0, math.inf)
#: A moment that is over.
OVER = Slot(0, 0)


class DispatchCommon(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = cls.env["sms.hub.dispatcher"]

    def setUp(self):
        super().setUp()
        self.provider = self._use_script()

    def claim(self):
        """Claim what is due, as a worker does before it talks; return the batches."""
        settings = DispatchSettings(self.gateway)
        self.env.flush_all()
        return settings, self.dispatcher._claim_batches(settings, busy=0).work

    def answer(self, settings, batches, slot=ALWAYS):
        """Let the platform answer claimed batches, and store the answers."""
        answers = [hand_over(settings.client, batch, slot) for batch in batches]
        self.env["sms.hub.writeback"]._store(settings, answers)

    def end_lease(self, message):
        """Let the lease of a claim run out, and the sweeper find it."""
        message.sudo().lease_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()

    def end_pause(self):
        """Let the time be over for which the account is left alone."""
        account = (
            self.env["sms.hub.account"].sudo().search([("open_until", "!=", False)])
        )
        account.open_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def result(self, message, outcome, **values):
        return [SendResult(message.uuid, outcome, **values)]

    def due_now(self, message):
        message.sudo().not_before = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def throttled(self, message, seconds):
        """Answer that the platform asks to wait."""
        return self.result(
            message,
            Outcome.RETRYABLE,
            error_class=ErrorClass.THROTTLE,
            retry_after=seconds,
        )
