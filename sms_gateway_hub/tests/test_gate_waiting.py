"""What changes while a text waits: its hour, its number, the will of its reader."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import InboundSms
from ..policy.hours import Hours, Schedule
from ..tools.dispatch import DispatchSettings
from .common import MOBILE
from .dispatch_common import OTHER, DispatchCommon


@tagged("post_install", "-at_install")
class TestPlannedHour(DispatchCommon):
    """A text that is asked for at an hour never leaves before it."""

    def setUp(self):
        super().setUp()
        self.hour = fields.Datetime.now().replace(microsecond=0) + timedelta(days=7)

    def schedule(self, hour=None):
        post = self.lead._message_sms("Later", scheduled_date=hour or self.hour)
        return post, post._hub_messages()

    def test_a_hold_that_a_manager_lifts_still_waits_for_the_hour(self):
        self.company.hub_user_daily_limit = 1
        lead = self.lead.with_user(self.hub_user)
        lead._message_sms("Now")
        row = lead._message_sms("Later", scheduled_date=self.hour)._hub_messages()
        self.assertEqual((row.state, row.reason), ("held", "user_limit"))
        row.with_user(self.hub_manager)._release("Agreed")
        self.assertEqual((row.state, row.not_before), ("queued", self.hour))
        self.dispatch()
        self.assertNotIn("Later", [one.text for one in self.provider.sent])

    def test_a_gateway_that_leaves_test_mode_keeps_the_hour(self):
        self.gateway.test_mode = True
        _post, row = self.schedule()
        self.assertEqual((row.state, row.reason), ("held", "test_mode"))
        self.gateway.test_mode = False
        self.dispatch()
        self.assertEqual((row.state, row.not_before), ("queued", self.hour))
        self.assertFalse(self.provider.sent)

    def test_what_is_held_is_released_at_once_where_its_hour_is_over(self):
        row = self.enqueue()
        row._move("hold", reason="cap", not_before=None)
        row._move("release")
        self.dispatch()
        self.assertEqual(row.state, "accepted")

    def test_what_waits_for_a_person_moves_with_its_post(self):
        self.gateway.test_mode = True
        post, row = self.schedule()
        other = self.hour + timedelta(days=3)
        self.env["mail.message.schedule"]._update_message_scheduled_datetime(
            post, other
        )
        self.assertEqual((row.state, row.reason), ("held", "test_mode"))
        self.assertEqual(row.planned_at, other)
        self.assertEqual(row.expires_at, other + timedelta(days=1))
        row._move("release")
        self.assertEqual(row.not_before, other)

    def test_what_is_held_until_an_hour_is_judged_anew_at_the_new_one(self):
        post, row = self.schedule()
        later = self.hour + timedelta(hours=10)
        row._move("hold", reason="quiet_hours", not_before=later)
        self.env["mail.message.schedule"]._send_message_notifications(post)
        self.assertEqual((row.state, row.reason), ("queued", False))
        self.dispatch()
        self.assertEqual(row.state, "accepted")


@tagged("post_install", "-at_install")
class TestUnreadReply(DispatchCommon):
    """A STOP that could not be carried out holds its number until it was."""

    def reply(self, text="STOP"):
        events = self.env["sms.hub.event"]
        reply = InboundSms(
            message_id="", from_number=MOBILE, to_number="HUB", text=text
        )
        events._insert_all(self.gateway, [reply], "push", raw="{}")
        return events.search([("number", "=", MOBILE)], limit=1)

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_event_apply")
    def test_a_stop_that_fails_holds_what_waits_and_what_is_asked_for(self):
        waiting = self.enqueue(number=MOBILE)
        inbound = self.env.registry["sms.hub.inbound"]
        event = self.reply()
        with patch.object(inbound, "_obey", side_effect=RuntimeError("broken")):
            for _turn in range(5):
                self.env["sms.hub.event"]._run()
                self.assertEqual(event.unread, True)
                self.dispatch()
                asked = self.enqueue(number=MOBILE, body="Another")
                self.assertEqual(asked.reason, "inbound_pending")
                event.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
                self.env.flush_all()
        self.assertEqual(event.state, "dead")
        self.assertEqual(waiting.state, "queued")
        self.assertFalse(self.provider.sent)
        event.action_apply_again()
        self.env["sms.hub.event"]._run()
        self.assertFalse(event.unread)
        self.assertEqual(
            (waiting.state, waiting.reason), ("cancelled", "cancelled_by_stop")
        )

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_event_apply")
    def test_a_reply_that_was_obeyed_holds_nobody_where_it_cannot_be_posted(self):
        waiting = self.enqueue(number=MOBILE)
        inbound = self.env.registry["sms.hub.inbound"]
        event = self.reply("Thank you")
        with patch.object(inbound, "_receive", side_effect=RuntimeError("broken")):
            self.env["sms.hub.event"]._run()
        self.assertEqual((event.state, event.unread), ("parked", False))
        self.dispatch()
        self.assertEqual(waiting.state, "accepted")

    def test_the_numbers_of_a_batch_are_locked_at_once_and_first(self):
        """One after the other, two who apply and store replies would block."""
        asked, locks = [], self.env.registry["sms.hub.number.lock"]
        self.reply()
        events = self.env["sms.hub.event"]
        theirs = InboundSms(
            message_id="", from_number=OTHER, to_number="HUB", text="STOP"
        )
        events._insert_all(self.gateway, [theirs], "push", raw="{}")
        lock = locks._lock

        def noted(model, numbers):
            asked.append(set(numbers))
            return lock(model, asked[-1])

        with patch.object(locks, "_lock", noted):
            events._run()
        self.assertEqual(asked[0], {MOBILE, OTHER})


@tagged("post_install", "-at_install")
class TestClaim(DispatchCommon):
    """What a claim refuses, and for what time it asks."""

    def test_what_would_leave_after_closing_waits_for_the_next_opening(self):
        self.company.hub_quiet_hours = True
        closing = datetime.now(timezone.utc).replace(
            hour=12, minute=0, second=0, microsecond=0
        ) + timedelta(days=1)
        schedule = Schedule("t", "Test", ((8 * 60, 12 * 60),) * 7)
        hours = Hours.of(("Etc/UTC",), (schedule,))
        gate = self.env.registry["sms.hub.gate"]
        self.patch(self.env.registry["sms.hub.hours"], "_hours_for", lambda *a: hours)
        expiry = fields.Datetime.now() + timedelta(days=4)
        for seconds, state in ((60, "accepted"), (1, "held")):
            with patch.object(
                gate, "_now", lambda _g, s=seconds: closing - timedelta(seconds=s)
            ):
                row = self.enqueue(
                    purpose="marketing", body=f"{seconds}", expires_at=expiry
                )
                self.assertEqual(row.state, "queued", "it is open")
                self.dispatch()
            self.assertEqual(row.state, state)
        opening = closing.replace(tzinfo=None) + timedelta(hours=20)
        self.assertEqual((row.reason, row.not_before), ("quiet_hours", opening))

    def test_nothing_is_refused_because_of_what_stays_in_the_queue(self):
        texts = (("+33612346001", "Zoë ż"), (OTHER, "plain"), (OTHER, "plain"))
        rows = self.messages().union(
            *(
                self.enqueue(number=number, body=body, purpose="marketing")
                for number, body in texts
            )
        )
        self.assertEqual(set(rows.mapped("state")), {"queued"})
        self.env.flush_all()
        settings = DispatchSettings(self.gateway)
        claim = self.dispatcher._claim(settings, "marketing", 1, 3)
        self.env.invalidate_all()
        [batch] = claim.work
        self.assertEqual(batch.ids(), rows[0].ids)
        self.assertEqual(rows.mapped("state"), ["claimed", "queued", "queued"])
        claim = self.dispatcher._claim(settings, "marketing", 1, 3)
        self.env.invalidate_all()
        self.assertEqual(rows.mapped("state"), ["claimed", "claimed", "blocked"])
        self.assertEqual(claim.refused, 1)


@tagged("post_install", "-at_install")
class TestLeftList(DispatchCommon):
    """Who leaves the list of a mailing while its text waits does not get it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._new_subscriber()

    def send(self, lists):
        mailing = self.env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": "Offer",
                "body_plaintext": "Half price",
                "hub_company_id": self.company.id,
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": lists.ids,
            }
        )
        mailing.action_send_sms()
        return self.messages(("mailing_id", "=", mailing.id))

    def subscription(self, which):
        return self.contact.subscription_ids.filtered(lambda one: one.list_id == which)

    def test_leaving_refuses_at_once_what_waits(self):
        row, other = self.send(self.news), self.send(self.offers)
        self.subscription(self.news).opt_out = True
        self.assertEqual((row.state, row.reason), ("blocked", "opted_out"))
        self.assertEqual(other.state, "queued")

    def test_who_is_still_on_one_of_its_lists_gets_a_mailing(self):
        row = self.send(self.news + self.offers)
        self.subscription(self.news).opt_out = True
        self.dispatch()
        self.assertEqual(row.state, "accepted")

    def test_the_claim_asks_again(self):
        row = self.send(self.news)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mailing_subscription SET opt_out = TRUE WHERE id = %s",
            [self.subscription(self.news).id],
        )
        self.dispatch()
        self.assertEqual((row.state, row.reason), ("blocked", "opted_out"))
        self.assertFalse(self.provider.sent)


@tagged("post_install", "-at_install")
class TestSameText(DispatchCommon):
    """The same text is known again, whatever links its recipient got."""

    def send(self, body, **asked):
        message = self.enqueue(
            **{"purpose": "marketing", "number": OTHER, "body": body, **asked}
        )
        self.dispatch()
        return message.state, message.reason

    def test_the_way_out_of_each_recipient_makes_no_other_text(self):
        self.gateway.sender = "ACME"
        self.assertTrue(self.gateway.one_way)
        self.assertEqual(self.send("Big sale")[0], "accepted")
        self.assertEqual(self.send("Big sale"), ("blocked", "repeated"))
        self.assertEqual(self.send("New sale")[0], "accepted")

    def short(self, page):
        """Return a short link to a page that no other sending has."""
        source = self.env["utm.source"].create({"name": "A sending"})
        tracker = self.env["link.tracker"].create(
            {"url": page, "source_id": source.id, "title": page}
        )
        return tracker.short_url

    def test_short_links_are_told_apart_by_where_they_lead(self):
        sale, news = "https://example.com/sale", "https://example.com/news"
        links = self.short(sale), f"{self.short(sale)}/s/12", self.short(news)
        self.assertEqual(self.send(f"See {links[0]}")[0], "accepted")
        self.assertEqual(self.send(f"See {links[1]}"), ("blocked", "repeated"))
        self.assertEqual(self.send(f"See {sale}"), ("blocked", "repeated"))
        self.assertEqual(self.send(f"See {links[2]}")[0], "accepted")

    def test_a_mailing_that_goes_out_twice_reaches_nobody_twice(self):
        states = []
        for _turn in range(2):
            mailing = self.env["mailing.mailing"].create(
                {
                    "mailing_type": "sms",
                    "subject": "Offer",
                    "body_plaintext": "See https://example.com/sale",
                    "hub_company_id": self.company.id,
                    "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "mailing_domain": repr([("id", "=", self.lead.id)]),
                }
            )
            mailing.action_send_sms()
            self.dispatch()
            row = self.messages(("mailing_id", "=", mailing.id))
            self.assertIn("/r/", row.body)
            states.append((row.state, row.reason))
        self.assertEqual(states, [("accepted", False), ("blocked", "repeated")])

    def test_a_text_that_was_rewritten_is_another_one(self):
        message = self.enqueue(purpose="marketing", number=OTHER, body="Big sale")
        message._rewrite(body="New sale")
        self.dispatch()
        self.assertEqual(self.send("Big sale")[0], "accepted")
        self.assertEqual(self.send("New sale"), ("blocked", "repeated"))

    def test_a_changed_number_gets_the_link_of_its_own_choices(self):
        self.gateway.sender = "ACME"
        message = self.enqueue(purpose="marketing", number=MOBILE, body="Big sale")
        links = self.env["sms.hub.choice.link"].sudo()
        link = links.search([("message_uuid", "=", message.uuid)])
        self.assertEqual(link.number, MOBILE)
        message._rewrite(number=OTHER)
        self.assertEqual((message.number, link.number), (OTHER, OTHER))
