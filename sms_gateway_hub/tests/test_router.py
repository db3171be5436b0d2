from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged, users

from ..gateway.errors import OutcomeUnknown
from ..gateway.messages import SenderId
from ..gateway.providers.sandbox import SandboxClient
from .common import MOBILE, HubCommon

GERMAN = "+4915112345678"
AMERICAN = "+12025550143"
INDIAN = "+919876543210"


class SendersCommon(HubCommon):
    """A company that texts several countries from several senders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.company.hub_country_ids = (
            cls.france | cls.germany | cls.env.ref("base.us") | cls.env.ref("base.in")
        )
        cls.header = cls._new_sender("MYSHOP")

    @classmethod
    def _new_sender(cls, name, gateway=None, **values):
        gateway = gateway or cls.gateway
        return cls.env["sms.hub.sender"].create(
            {"name": name, "gateway_id": gateway.id, **values}
        )


@tagged("post_install", "-at_install")
class TestRouter(SendersCommon):
    """Which sender a message leaves from, and what is stored about it."""

    def assert_sent_from(self, message, sender, reason):
        """Check who sends a message, and why."""
        self.assertEqual(message.sender_id, sender)
        self.assertEqual(message.sender, sender.name or False)
        self.assertEqual(message.sender_reason, reason)
        gateway = sender.gateway_id or message.gateway_id
        self.assertEqual(message.gateway_id, gateway)

    # === ORDER === #

    def test_a_country_has_its_sender_and_the_others_the_first(self):
        german = self._new_sender(
            "+4915199999999", country_ids=self.germany.ids, sequence=50
        )
        self.assert_sent_from(self.enqueue(), self.header, "default")
        message = self.enqueue(GERMAN)
        self.assert_sent_from(message, german, "rule")
        self.assertEqual(message.country_code, "DE")

    def test_a_sender_of_another_gateway_brings_its_gateway_along(self):
        second = self._new_gateway(self.company, sequence=20)
        german = self._new_sender("GERMAN", second, country_ids=self.germany.ids)
        provider = self._use_script()
        messages = self.enqueue() | self.enqueue(GERMAN)
        self.assert_sent_from(messages[1], german, "rule")
        self.dispatch()
        self.assertEqual(set(messages.mapped("state")), {"accepted"})
        self.assertEqual(
            {(one.sender, sms[0].number) for one, sms in provider.requests},
            {("MYSHOP", MOBILE), ("GERMAN", GERMAN)},
        )
        self.assertEqual(messages[1].request_id.gateway_id, second)

    def test_a_sender_of_another_entity_is_handed_over_as_such(self):
        self.gateway.entity_id = "1101000000000000001"
        self._new_sender(
            "OTHERS", country_ids=self.germany.ids, entity_id="1101000000000000002"
        )
        provider = self._use_script()
        self.enqueue()
        self.enqueue(GERMAN)
        self.dispatch()
        self.assertEqual(
            {one.sender: one.entity_id for one, _sms in provider.requests},
            {"MYSHOP": "1101000000000000001", "OTHERS": "1101000000000000002"},
        )

    def test_kinds_of_texts_are_kept_apart(self):
        self.header.write({"for_transactional": False, "for_otp": False})
        number = self._new_sender("+33639980010", for_marketing=False)
        for purpose, sender in (
            ("marketing", self.header),
            ("test", self.header),
            ("transactional", number),
            ("otp", number),
            ("notice", self.header),
        ):
            with self.subTest(purpose):
                message = self.enqueue(purpose=purpose)
                self.assertEqual(message.sender_id, sender)
        number.active = False
        message = self.enqueue()
        self.assertEqual((message.state, message.reason), ("blocked", "no_sender"))
        self.assertFalse(message.sender)
        said = message.with_user(self.hub_user).explanation
        self.assertEqual(said, "None of your senders is for this kind of text.")

    def test_a_text_without_a_number_is_refused_not_an_error(self):
        self._new_sender("+33639980010")
        message = self.enqueue(False)
        self.assertEqual((message.state, message.reason), ("blocked", "number_missing"))

    def test_a_name_is_not_used_where_it_does_not_pass(self):
        message = self.enqueue(AMERICAN)
        self.assertEqual((message.state, message.reason), ("blocked", "no_sender"))
        self.assertIn("may be used in this country", message.explanation)
        self.assertIn("Configuration, Senders", message.next_step)
        number = self._new_sender("+12025550100")
        self.assertEqual(self.enqueue(AMERICAN).reason, "no_sender")
        number.registration_state = "approved"
        self.assert_sent_from(self.enqueue(AMERICAN), number, "default")

    def test_a_refusal_of_the_person_is_told_before_a_missing_sender(self):
        self.env["phone.blacklist"].add(AMERICAN)
        self.assertEqual(self.enqueue(AMERICAN).reason, "suppressed")

    def test_a_sender_is_not_used_until_its_registration_is_approved(self):
        for state in ("pending", "rejected", "suspended"):
            with self.subTest(state):
                self.header.registration_state = state
                self.assertEqual(self.enqueue().reason, "no_sender")
        self.header.registration_state = "approved"
        self.assertEqual(self.enqueue().state, "queued")
        self.assertEqual(self.enqueue(INDIAN).sender_id, self.header)

    def test_the_sender_typed_on_a_gateway_is_registered(self):
        self.header.active = False
        self.gateway.sender = "DLTSHP"
        self.assertEqual(self.enqueue(INDIAN).sender_id.name, "DLTSHP")

    def test_a_paused_gateway_is_avoided_where_another_can_do_it(self):
        second = self._new_gateway(self.company, sequence=20)
        other = self._new_sender("OTHER", second)
        self.gateway.action_pause()
        self.assertEqual(self.enqueue().sender_id, other)
        second.action_pause()
        self.assertEqual(self.enqueue().sender_id, self.header)
        self.gateway.action_activate()
        self.assertEqual(self.enqueue().sender_id, self.header)

    def test_a_gateway_that_is_tried_out_takes_nothing_from_the_others(self):
        second = self._new_gateway(self.company, sequence=20)
        french = self._new_sender("FRENCH", second, country_ids=self.france.ids)
        second.test_mode = True
        self.assert_sent_from(self.enqueue(), self.header, "default")
        chosen = self.enqueue(sender_id=french.id)
        self.assertEqual((chosen.state, chosen.reason), ("held", "test_mode"))
        second.test_mode = False
        self.assert_sent_from(self.enqueue(), french, "rule")

    def test_companies_do_not_share_senders(self):
        other = self._new_company("Other Company")
        theirs = self._new_sender("THEIRS", self._new_gateway(other))
        self.assertEqual(theirs.company_id, other)
        message = self.enqueue(company=other)
        self.assert_sent_from(message, theirs, "default")
        chosen_here = self.enqueue(company=other, sender_id=self.header.id)
        self.assert_sent_from(chosen_here, theirs, "default")

    # === SOMEBODY'S CHOICE === #

    def test_what_somebody_chose_is_used_or_nothing(self):
        second = self._new_sender("SECOND", country_ids=self.germany.ids)
        message = self.enqueue(GERMAN, sender_id=self.header.id)
        self.assert_sent_from(message, self.header, "explicit")
        refused = self.enqueue(MOBILE, sender_id=second.id)
        self.assertEqual(refused.reason, "no_sender")
        self.assertIn("that was chosen", refused.explanation)

    def test_what_somebody_chose_holds_when_it_is_sent_again(self):
        self._new_sender("SECOND", sequence=1)
        message = self.enqueue(sender_id=self.header.id)
        message.action_cancel()
        message.action_send_again()
        self.assert_sent_from(message.retry_ids, self.header, "explicit")

    # === CONVERSATIONS === #

    def _send_one(self, **asked):
        message = self.enqueue(**asked)
        self._use_script()
        self.dispatch()
        self.assertEqual(message.state, "accepted")
        return message

    def test_a_conversation_goes_on_through_the_sender_it_used(self):
        first = self._new_sender("FIRST", sequence=1)
        self._send_one(sender_id=self.header.id)
        self.assert_sent_from(self.enqueue(body="And?"), self.header, "sticky")
        self.assert_sent_from(self.enqueue(GERMAN), first, "default")
        self.header.active = False
        self.assert_sent_from(self.enqueue(body="Hm"), first, "default")

    def test_the_sender_that_was_answered_goes_before_one_used_later(self):
        number = self._new_sender("+33639980010")
        inbound = self.reply(MOBILE, "Hello", to_number="33639980010")
        self.assertEqual(inbound.sender_id, number)
        self._send_one(sender_id=self.header.id)
        self.assert_sent_from(self.enqueue(body="And?"), number, "sticky")

    def test_a_conversation_of_long_ago_starts_anew(self):
        self._new_sender("FIRST", sequence=1)
        message = self._send_one(sender_id=self.header.id)
        self.env.cr.execute(
            "UPDATE sms_hub_message SET create_date = create_date - INTERVAL '31 days'"
            " WHERE id = %s",
            [message.id],
        )
        self.assertEqual(self.enqueue(body="And?").sender_reason, "default")

    def test_what_was_refused_is_no_conversation(self):
        self._new_sender("FIRST", sequence=1)
        message = self.enqueue(sender_id=self.header.id)
        message.action_cancel()
        self.assertEqual(self.enqueue(body="And?").sender_reason, "default")

    def test_a_question_leaves_from_a_sender_that_can_be_answered(self):
        number = self._new_sender("+33639980010", sequence=90)
        self.assertEqual(self.enqueue(door="question").sender_id, number)
        self.assertEqual(self.enqueue(body="Other").sender_id, self.header)

    # === MANY === #

    def test_a_batch_costs_as_many_queries_as_a_few(self):
        self._new_sender("+33639980010", country_ids=self.france.ids)
        router = self.env["sms.hub.router"]

        def assign(count):
            values = [
                {
                    "number": f"+336399{place:05}",
                    "purpose": "marketing",
                    "door": "mass",
                    "sender_id": False,
                }
                for place in range(count)
            ]
            router._assign(self.company, values)
            return values

        assign(1)  # what is kept in caches
        # conversations, and who is paused where
        with self.assertQueryCount(3):
            values = assign(500)
        self.assertEqual({vals["sender"] for vals in values}, {"+33639980010"})

    def test_a_company_with_one_sender_asks_no_query(self):
        self.enqueue()
        vals = {
            "number": MOBILE,
            "purpose": "otp",
            "door": "queue",
            "sender_id": False,
        }
        with self.assertQueryCount(0):
            self.env["sms.hub.router"]._assign(self.company, [vals])
        self.assertEqual(vals["sender_id"], self.header.id)

    # === WHAT CHANGES WHILE A TEXT WAITS === #

    def test_a_new_name_is_what_waiting_texts_leave_from(self):
        message = self.enqueue()
        self.header.name = "NEWSHOP"
        self.assertEqual(message.sender, "NEWSHOP")

    def test_what_waits_for_a_sender_out_of_use_leaves_from_another(self):
        second = self._new_sender("SECOND", sequence=90)
        message, chosen = self.enqueue(), self.enqueue(sender_id=self.header.id)
        self.header.active = False
        self._use_script()
        self.dispatch()
        self.assert_sent_from(message, second, "fallback")
        self.assertEqual(chosen.sender_id, self.header, "nobody replaces a choice")
        self.assertEqual(message.state, "accepted")
        self.assertEqual((chosen.state, chosen.reason), ("blocked", "no_sender"))
        self.assertIn("that it waited for", chosen.explanation)

    def test_a_new_name_reaches_texts_of_a_gateway_out_of_use_as_well(self):
        message = self.enqueue()
        self.gateway.action_deactivate()
        self.header.name = "NEWSHOP"
        self.assertEqual(message.sender, "NEWSHOP")

    def test_a_number_of_another_country_gets_another_sender(self):
        american = self._new_sender(
            "+12025550100", registration_state="approved", sequence=90
        )
        message = self.enqueue()
        message._rewrite(number=AMERICAN)
        self.assert_sent_from(message, american, "default")
        self.assertEqual(message.country_code, "US")

    def test_those_that_were_tried_are_not_tried_again(self):
        second = self._new_sender("SECOND", sequence=20)
        third = self._new_sender("THIRD", sequence=30)
        router, message = self.env["sms.hub.router"], self.enqueue()
        self.assertEqual(router._reassign(message, exclude=second.ids), message)
        self.assert_sent_from(message, third, "fallback")
        message.tried = self.header.ids
        self.assertEqual(router._reassign(message, exclude=third.ids), message)
        self.assertEqual(message.sender_id, second)
        message.tried = (self.header | third).ids
        self.assertFalse(router._reassign(message))

    def test_marketing_moves_only_where_its_way_out_is_right(self):
        french = self._new_sender(
            "+33639980010", stop_text="STOP au 36180", sequence=20
        )
        message = self.enqueue(purpose="marketing")
        self.assertIn("/sms/choices/", message.body)
        self.header.active = False
        self.assertEqual(message.sender_id, self.header)
        french.stop_text = False
        self.env["sms.hub.router"]._reassign(message)
        self.assert_sent_from(message, french, "fallback")


@tagged("post_install", "-at_install")
class TestSender(SendersCommon):
    """What can be entered, who may enter it, and what a platform tells."""

    def test_the_kind_is_read_from_the_name(self):
        for name, kind, one_way in (
            ("SHOP 24", "header", True),
            ("+33 6 39 98 00 11", "long_code", False),
            ("36180", "short_code", False),
            ("+18005550123", "toll_free", False),
            ("12025550155", "long_code", False),
        ):
            with self.subTest(name):
                sender = self._new_sender(name)
                self.assertEqual((sender.kind, sender.one_way), (kind, one_way))

    def test_a_number_has_digits(self):
        with self.assertRaisesRegex(ValidationError, "country code"):
            self._new_sender("SHOP", kind="long_code")

    def test_it_says_where_such_a_sender_passes(self):
        self.assertIn("Canada", self.header.advice)
        self.assertIn("India", self.header.advice)
        self.header.country_ids = self.france
        self.assertFalse(self.header.advice)
        self.header.country_ids |= self.env.ref("base.es")
        self.assertIn("Spain only once", self.header.advice)
        self.header.registration_state = "approved"
        self.assertFalse(self.header.advice)

    def test_a_sender_with_a_past_is_archived_not_deleted(self):
        self.enqueue()
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.header.unlink()
        other = self._new_sender("OTHER")
        other.unlink()
        self.assertFalse(other.exists())

    def test_a_sender_with_a_past_stays_at_its_gateway(self):
        """What waits for it at the old one would never be claimed."""
        second = self._new_gateway(self.company, sequence=20)
        fresh = self._new_sender("FRESH")
        fresh.gateway_id = second
        self.enqueue()
        with self.assertRaisesRegex(ValidationError, "has messages at another"):
            self.header.gateway_id = second

    @users("hub_user")
    def test_a_user_reads_senders_and_changes_none(self):
        sender = self.header.with_user(self.env.user)
        self.assertEqual(sender.name, "MYSHOP")
        for change in (
            lambda: sender.write({"for_marketing": False}),
            lambda: sender.create({"name": "X", "gateway_id": self.gateway.id}),
            sender.unlink,
            sender.gateway_id.action_import_senders,
        ):
            with self.assertRaises(AccessError):
                change()

    def test_senders_of_other_companies_are_not_seen(self):
        gateway = self._new_gateway(self._new_company("Other Company"))
        theirs = self._new_sender("THEIRS", gateway)
        senders = self.env["sms.hub.sender"].with_user(self.hub_user)
        self.assertNotIn(theirs, senders.search([]))
        self.assertIn(self.header, senders.search([]))

    # === IMPORT === #

    def _import(self, *listed):
        self.patch(SandboxClient, "fetch_senders", lambda client: listed)
        return self.gateway.action_import_senders()["params"]

    def test_an_import_adds_updates_and_never_deletes(self):
        answer = self._import(
            SenderId("NEWONE", active=True, raw_status="Active"),
            SenderId("WAITING", active=False, raw_status="Pending"),
        )
        self.assertEqual(answer["type"], "success")
        self.assertIn("New: NEWONE, WAITING.", answer["message"])
        self.assertIn("does not list MYSHOP", answer["message"])
        states = {one.name: one.registration_state for one in self.gateway.sender_ids}
        self.assertEqual(
            states, {"MYSHOP": "not_needed", "NEWONE": "approved", "WAITING": "pending"}
        )
        self.assertEqual(self.gateway.sender, "MYSHOP", "the first one stays the first")
        answer = self._import(
            SenderId("NEWONE", active=False, raw_status="Blocked"),
            SenderId("WAITING", active=True, raw_status="Active"),
            SenderId("MYSHOP", active=True, raw_status="Active"),
        )
        self.assertIn("NEWONE is Suspended now.", answer["message"])
        self.assertIn("WAITING is Approved now.", answer["message"])
        self.assertEqual(len(self.gateway.sender_ids), 3)

    def test_an_import_that_changes_nothing_says_so(self):
        self.header.registration_state = "approved"
        answer = self._import(SenderId("MYSHOP", active=True, raw_status="Active"))
        self.assertEqual(answer["message"], "Nothing has changed.")

    def test_a_platform_that_cannot_be_reached_is_told_in_words(self):
        def fail(client):
            raise OutcomeUnknown("The platform did not answer in time.")

        self.patch(SandboxClient, "fetch_senders", fail)
        params = self.gateway.action_import_senders()["params"]
        self.assertEqual(params["type"], "danger")
        self.assertIn("did not answer", params["message"])
