"""Which text is sent on trial, and what may be concluded from it."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.vocabulary import ErrorClass
from .dispatch_common import OTHER
from .fallback_common import FIRST, SECOND, FallbackCommon


@tagged("post_install", "-at_install")
class TestTrials(FallbackCommon):
    """A pause that began by itself, and the texts that wait meanwhile."""

    def begin_pause(self):
        later = fields.Datetime.now() + timedelta(minutes=15)
        return self.pause(self.first, self.france, "unregistered", until=later)

    def make_due(self, pause):
        pause.sudo().until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def test_a_text_that_was_moved_away_can_come_back_as_the_trial(self):
        message = self.enqueue()
        pause = self.begin_pause()
        self.keep_house()
        self.assertEqual((message.sender, len(message.sudo().hops)), (SECOND, 1))
        self.make_due(pause)
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", FIRST))
        self.watch_senders()
        self.assertEqual((pause.state, pause.probe_id), ("probing", message))
        self.report(message)
        self.watch_senders()
        self.assertEqual(pause.state, "over")

    def test_what_the_sender_was_refused_for_is_not_its_trial(self):
        message = self.enqueue()
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        self.answer(*self.claim())
        message.invalidate_recordset()
        self.assertEqual((message.state, message.sender), ("queued", SECOND))
        self.make_due(self.begin_pause())
        self.assertFalse(self.pauses._start_probes())
        self.assertEqual(message.sender, SECOND)

    def test_texts_of_a_chosen_sender_do_not_stand_in_the_way(self):
        pause = self.begin_pause()
        for turn in range(25):
            self.enqueue(f"+336123400{turn:02}", sender_id=self.second.id)
        free = self.enqueue(OTHER)
        self.make_due(pause)
        self.assertTrue(self.pauses._start_probes())
        self.assertEqual(pause.probe_id, free)

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_sender_pause_probe")
    def test_a_trial_that_cannot_begin_keeps_no_text_waiting(self):
        self.make_due(self.begin_pause())
        message = self.enqueue()
        self.patch(type(self.pauses), "_choose_probe", lambda pause: 1 / 0)
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", SECOND))

    def test_an_archived_sender_is_not_waited_for(self):
        self.second.active = False
        self.second_gateway.action_deactivate()
        pause, message = self.begin_pause(), self.enqueue()
        self.assertEqual(message.reason, "sender_paused")
        self.first.active = False
        self.assertEqual(pause.state, "over")
        self.keep_house()
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", False))
        self.assertFalse(message.sender_id, "by the account itself")

    def test_where_nothing_but_codes_wait_for_the_sender_one_is_the_trial(self):
        self.second.active = False
        self.second_gateway.action_deactivate()
        pause = self.begin_pause()
        codes = self.enqueue(purpose="otp") | self.enqueue(OTHER, purpose="otp")
        self.assertEqual(set(codes.mapped("state")), {"held"})
        self.make_due(pause)
        self.dispatch()
        self.assertEqual(sorted(codes.mapped("state")), ["accepted", "held"])
        self.report(pause.probe_id)
        self.watch_senders()
        self.assertEqual(pause.state, "over")
