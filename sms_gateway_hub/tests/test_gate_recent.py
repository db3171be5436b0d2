"""What was sent before: the same text again, and caps within one batch."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import MOBILE
from .dispatch_common import OTHER, DispatchCommon
from .test_gate_facts import GateCommon


@tagged("post_install", "-at_install")
class TestRepeated(DispatchCommon, GateCommon):
    def send(self, **asked):
        message = self.enqueue(**{"purpose": "marketing", "body": "Offer", **asked})
        self.dispatch()
        return message

    def state(self, message):
        return message.state, message.reason

    def test_the_same_marketing_text_goes_to_a_number_once(self):
        self.assertEqual(self.send().state, "accepted")
        self.assertEqual(self.state(self.send()), ("blocked", "repeated"))
        self.assertEqual(self.send(body="Another").state, "accepted")
        self.assertEqual(self.send(number=OTHER).state, "accepted")

    def test_what_a_person_writes_may_be_said_twice(self):
        for door in ("chatter", "queue"):
            for _turn in range(2):
                asked = {"purpose": "transactional", "door": door}
                self.assertEqual(self.send(**asked).state, "accepted")

    def test_an_automation_that_fires_again_says_it_once(self):
        asked = {"purpose": "transactional", "door": "automation"}
        self.assertEqual(self.send(**asked).state, "accepted")
        self.assertEqual(self.state(self.send(**asked)), ("blocked", "repeated"))

    def test_two_that_wait_are_told_apart_by_the_claim(self):
        first, second = (
            self.enqueue(purpose="marketing", body="Offer") for _turn in range(2)
        )
        self.assertEqual((first.state, second.state), ("queued", "queued"))
        self.dispatch()
        self.assertEqual(first.state, "accepted")
        self.assertEqual(self.state(second), ("blocked", "repeated"))

    def test_it_may_be_said_again_after_the_companys_hours(self):
        sent = self.send()
        self.company.hub_repeat_hours = 5
        for hours, state in ((4, "blocked"), (6, "accepted")):
            earlier = fields.Datetime.now() - timedelta(hours=hours)
            sent.sudo().write({"claimed_at": earlier, "accepted_at": earlier})
            self.env.flush_all()
            self.assertEqual(self.send().state, state)

    def test_a_company_may_allow_it(self):
        self.company.hub_repeat_hours = 0
        for _turn in range(2):
            self.assertEqual(self.send().state, "accepted")

    def test_what_surely_did_not_go_out_is_no_repetition(self):
        sent = self.send()
        sent.sudo().write({"state": "failed", "accepted_at": False})
        self.env.flush_all()
        self.assertEqual(self.send().state, "accepted")

    def test_a_message_does_not_repeat_itself_when_it_is_tried_again(self):
        message = self.enqueue(purpose="marketing", body="Offer")
        self.claim()
        message._move("retry")
        self.due_now(message)
        self.dispatch()
        self.assertEqual(message.state, "accepted")


@tagged("post_install", "-at_install")
class TestCapsOfABatch(DispatchCommon, GateCommon):
    def setUp(self):
        super().setUp()
        self.env["sms.hub.cap"].create(
            {"name": "Two a day", "limit": 2, "period": "day", "purpose": "marketing"}
        )

    def verdicts(self, *items):
        judgements = self.gate._judge(
            self.gateway,
            [self.item(body=f"Text {n}", **i) for n, i in enumerate(items)],
        )
        return [one.decision.verdict.value for one in judgements]

    def test_what_may_go_out_counts_for_what_follows(self):
        found = self.verdicts({}, {"number": OTHER}, {}, {}, {"number": OTHER})
        self.assertEqual(found, ["allow", "allow", "allow", "hold", "allow"])

    def test_what_is_planned_for_other_days_does_not_count(self):
        now = fields.Datetime.now()
        days = [{"not_before": now + timedelta(days=n)} for n in (4, 3, 2, 1)]
        self.assertEqual(self.verdicts(*days, {}), ["allow"] * 5)

    def test_other_spellings_of_a_number_count(self):
        self.company.hub_country_ids = self.env.ref("base.br")
        new, old = {"number": "+5511987654321"}, {"number": "+551187654321"}
        self.assertEqual(self.verdicts(new, old, new), ["allow", "allow", "hold"])

    def test_other_companies_do_not_count(self):
        for turn in range(2):
            self.enqueue(purpose="marketing", body=f"Text {turn}")
        self.dispatch()
        other = self._new_company("Other Company")
        [judgement] = self.gate._judge(self._new_gateway(other), [self.item()])
        self.assertEqual(judgement.decision.verdict.value, "allow")
        self.assertEqual(self.verdict(), ("hold", "cap"))

    def test_it_ends_when_the_oldest_text_leaves_the_window(self):
        for turn in range(2):
            self.enqueue(purpose="marketing", body=f"Text {turn}")
        self.dispatch()
        held = self.enqueue(purpose="marketing", body="Text 3")
        self.assertEqual((held.state, held.reason), ("held", "cap"))
        first = min(self.messages(("state", "=", "accepted")).mapped("accepted_at"))
        wait = held.not_before - (first + timedelta(days=1))
        self.assertLessEqual(abs(wait), timedelta(seconds=1))
        self.assertEqual(
            held.sudo().evidence["caps"], [{"limit": 2, "hours": 24, "used": 2}]
        )
        self.assertEqual(self.enqueue(number=MOBILE).state, "queued")
