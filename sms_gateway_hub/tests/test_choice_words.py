from datetime import timedelta

from odoo.tests import tagged

from ..gateway.messages import InboundSms
from ..policy.consent import Consent
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestChoiceWords(HubCommon):
    """STOP, START and YES by text, as a person sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consents = cls.env["sms.hub.consent"].sudo()

    def value(self, scope="all", company=None, number=MOBILE):
        states = self.consents._states(company or self.company, [number])
        state = states.get(number, {}).get(scope)
        return state.value if state else Consent.NONE

    def record(self, action, scope="marketing", source="form", **said):
        return self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": scope,
                    "action": action,
                    "source": source,
                    **said,
                }
            ]
        )

    def confirmations(self):
        return self.messages(("door", "=", "confirmation"))

    def entries(self, *domain):
        return (
            self.env["sms.hub.consent.event"]
            .sudo()
            .search([("number", "=", MOBILE), *domain], order="id")
        )

    def is_blacklisted(self, number=MOBILE):
        return bool(
            self.env["phone.blacklist"].sudo().search_count([("number", "=", number)])
        )

    # === STOP === #

    def test_a_stop_is_taken_down_with_the_reply_as_proof(self):
        reply = self.reply(MOBILE, " Stop! ")
        entry = self.entries()
        self.assertEqual(
            (entry.action, entry.scope, entry.source, entry.proven, entry.wording),
            ("refused", "all", "keyword", True, "Stop!"),
        )
        self.assertEqual(entry.message_uuid, reply.uuid)
        self.assertTrue(self.is_blacklisted())

    def test_one_confirmation_says_who_and_how_to_come_back(self):
        self.reply(MOBILE, "STOP")
        message = self.confirmations()
        self.assertEqual(
            (message.state, message.purpose, message.number),
            ("queued", "notice", MOBILE),
        )
        self.assertIn("Hub Company", message.body)
        self.assertIn("START", message.body)
        self.reply(MOBILE, "STOP", message_id="again")
        self.reply(MOBILE, "unsubscribe", message_id="and again")
        self.assertEqual(self.confirmations(), message)

    def test_it_really_goes_out_in_spite_of_the_stop(self):
        provider = self._use_script()
        self.reply(MOBILE, "STOP")
        self.dispatch()
        self.assertEqual([one.number for one in provider.sent], [MOBILE])

    def test_after_coming_back_a_stop_is_confirmed_once_more(self):
        for round_no in (1, 2):
            self.reply(MOBILE, "STOP", message_id=f"stop {round_no}")
            self.assertEqual(len(self.confirmations()), round_no)
            self.reply(MOBILE, "START", message_id=f"start {round_no}")

    def test_two_robots_are_not_confirmed_for_ever(self):
        for round_no in range(6):
            self.reply(MOBILE, "STOP", message_id=f"stop {round_no}")
            self.reply(MOBILE, "START", message_id=f"start {round_no}")
        self.assertEqual(len(self.confirmations()), 3)

    def test_no_confirmation_where_the_company_wants_none(self):
        self.company.hub_confirm_stop = False
        self.reply(MOBILE, "STOP")
        self.assertTrue(self.is_blacklisted())
        self.assertFalse(self.confirmations())

    def test_short_codes_and_text_senders_are_neither_obeyed_nor_answered(self):
        for sender in ("56767", "SHOP"):
            with self.subTest(sender=sender):
                self.reply(sender, "STOP")
                self.assertFalse(self.messages())
        self.assertFalse(self.entries())

    def test_it_is_in_the_words_of_the_company_and_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        self.company.hub_stop_text = "Bye."
        self.company.with_context(lang="fr_FR").hub_stop_text = "Au revoir."
        self.reply(MOBILE, "STOP")
        self.assertEqual(self.confirmations().body, "Au revoir.")

    def test_what_waits_is_cancelled_at_all_companies_in_all_spellings(self):
        other = self._new_company("Other Company")
        self._new_gateway(other)
        brazil = self.env.ref("base.br")
        (self.company + other).hub_country_ids = self.france + brazil
        theirs = self.enqueue(company=other, number="+551187654321")
        ours = self.enqueue(number="+5511987654321")
        self.assertEqual((theirs.state, ours.state), ("queued", "queued"))
        self.reply("+5511987654321", "STOP")
        for message in (theirs, ours):
            self.assertEqual(
                (message.state, message.reason), ("cancelled", "cancelled_by_stop")
            )

    def test_a_code_asked_for_just_now_still_arrives_if_the_company_says_so(self):
        for passes, state in ((True, "queued"), (False, "cancelled")):
            with self.subTest(passes=passes):
                self.company.hub_codes_pass_stop = passes
                code = self.enqueue(purpose="otp", body=f"12345{passes}")
                self.reply(MOBILE, "STOP", message_id=str(passes))
                self.assertEqual(code.state, state)
                self.reply(MOBILE, "START", message_id=f"start {passes}")

    # === START === #

    def test_start_lifts_what_the_person_refused_and_restores_the_consent(self):
        self.record("granted", wording="Yes please")
        self.reply(MOBILE, "STOP")
        self.assertEqual(self.value("marketing"), Consent.NONE)
        reply = self.reply(MOBILE, "Start")
        self.assertFalse(self.is_blacklisted())
        self.assertEqual(
            (self.value(), self.value("marketing")), (Consent.NONE, Consent.GRANTED)
        )
        last = self.entries()[-2:]
        self.assertEqual(last.mapped("action"), ["released", "granted"])
        self.assertEqual(set(last.mapped("message_uuid")), {reply.uuid})
        self.assertEqual(self.enqueue().state, "queued")

    def test_start_grants_nothing_that_was_never_agreed_to(self):
        self.record("granted")
        self.record("refused", source="agent")
        self.reply(MOBILE, "STOP")
        self.reply(MOBILE, "START")
        self.assertEqual(self.value("marketing"), Consent.REFUSED)
        self.assertEqual(self.value("transactional"), Consent.NONE)

    def test_start_lifts_nothing_that_others_entered(self):
        for source, enter in (
            ("blacklist", lambda: self.env["phone.blacklist"].add(MOBILE)),
            ("agent", lambda: self.record("refused", "all", "agent")),
            ("provider", lambda: self.record("refused", "all", "provider")),
        ):
            with self.subTest(source=source):
                enter()
                self.reply(MOBILE, "START", message_id=source)
                self.assertTrue(self.is_blacklisted())
                self.assertEqual(self.value(), Consent.REFUSED)
                self.env["phone.blacklist"].remove(MOBILE)

    def test_start_at_one_company_lifts_it_at_all(self):
        other = self._new_company("Other Company")
        self.env["sms.hub.choice"]._refuse(other, MOBILE, ["all"], source="page")
        self.assertTrue(self.is_blacklisted())
        self.reply(MOBILE, "START")
        self.assertFalse(self.is_blacklisted())
        self.assertEqual(self.value(company=other), Consent.NONE)
        note = self.entries(("company_id", "=", other.id))[-1].note
        self.assertIn("Hub Company", note)

    def test_start_of_somebody_who_never_refused_changes_nothing(self):
        self.reply(MOBILE, "START")
        self.assertFalse(self.entries())

    # === ORDER === #

    def unread(self, text, received_at):
        self.env["sms.hub.event"]._insert_all(
            self.gateway,
            [InboundSms("", MOBILE.lstrip("+"), "HUB", text)],
            "push",
            received_at=received_at,
        )

    def test_an_old_stop_that_is_applied_late_does_not_undo_a_start(self):
        self.reply(MOBILE, "STOP", message_id="first")
        self.reply(MOBILE, "START")
        since = self.consents._states(self.company, [MOBILE])[MOBILE]["all"].since
        count = len(self.entries())
        self.unread("STOP", since.replace(year=since.year - 1))
        self.env["sms.hub.event"]._run()
        self.assertEqual(self.value(), Consent.NONE)
        self.assertEqual(len(self.entries()), count)

    def test_a_stop_that_is_applied_again_is_taken_down_once(self):
        self.reply(MOBILE, "STOP")
        event = self.env["sms.hub.event"].sudo().search([], limit=1)
        self.env["sms.hub.inbound"]._obey(event)
        self.assertEqual(len(self.entries()), 1)

    # === YES === #

    def ask(self, **said):
        self.company.hub_double_opt_in = True
        entry = self.record("granted", wording="I want offers", **said)
        return entry, self.messages(("door", "=", "question"))

    def test_consent_to_confirm_is_a_request_and_one_question(self):
        entry, question = self.ask()
        self.assertEqual(entry.action, "requested")
        self.assertEqual(self.value("marketing"), Consent.PENDING)
        self.assertEqual(
            (question.state, question.purpose), ("queued", "transactional")
        )
        self.assertIn("Hub Company", question.body)
        self.assertIn("YES", question.body)
        hours = (question.expires_at - question.create_date).total_seconds() / 3600
        self.assertAlmostEqual(hours, 72, delta=0.1)
        self.ask()
        self.assertEqual(self.messages(("door", "=", "question")), question)

    def test_a_yes_grants_and_the_question_is_the_wording(self):
        _entry, question = self.ask()
        self.dispatch()
        reply = self.reply(MOBILE, "Oui !")
        self.assertEqual(self.value("marketing"), Consent.GRANTED)
        entry = self.entries()[-1]
        self.assertEqual(
            (entry.source, entry.proven, entry.wording, entry.message_uuid),
            ("keyword", True, question.body, reply.uuid),
        )

    def test_anything_else_leaves_it_open(self):
        self.ask()
        for text in ("No", "yes but later", "maybe", "👍"):
            with self.subTest(text=text):
                self.reply(MOBILE, text, message_id=text)
                self.assertEqual(self.value("marketing"), Consent.PENDING)

    def test_nobody_is_asked_for_an_answer_that_cannot_arrive(self):
        self.gateway.sender = "MYSHOP"
        entry, question = self.ask()
        self.assertEqual((entry.action, len(question)), ("requested", 0))
        self.reply(MOBILE, "STOP")
        self.assertNotIn("START", self.confirmations().body)

    def test_a_yes_to_nothing_grants_nothing(self):
        self.reply(MOBILE, "YES")
        self.assertFalse(self.entries())

    def test_a_stop_answers_the_question_too(self):
        _entry, question = self.ask()
        self.reply(MOBILE, "STOP")
        self.assertEqual(question.state, "cancelled")
        self.reply(MOBILE, "YES", message_id="late")
        self.assertNotEqual(self.value("marketing"), Consent.GRANTED)

    def test_a_yes_counts_only_for_the_question_that_went_out_last(self):
        """Each case leaves the consent open, whatever a yes is answered to."""

        def text_about_something_else(number):
            self.enqueue(number=number, body="Shall we come at nine?")
            self.dispatch()

        def cancelled(question):
            question._move("cancel")
            text_about_something_else(question.number)

        def not_sent_yet(_question):
            pass

        def failed(question):
            self.dispatch()
            self.report(question, "UNDELIV")

        def too_old(question):
            self.dispatch()
            self.age(question)

        def another_text_since(question):
            self.dispatch()
            text_about_something_else(question.number)

        cases = (cancelled, not_sent_yet, failed, too_old, another_text_since)
        for place, happens in enumerate(cases):
            number = f"+336123{place}5678"
            self.ask(number=number)
            question = self.messages(("number", "=", number))
            self.assertEqual((len(question), question.door), (1, "question"))
            happens(question)
            self.reply(number, "YES")
            with self.subTest(happens.__name__):
                self.assertEqual(
                    self.value("marketing", number=number), Consent.PENDING
                )

    def age(self, question):
        """Let a question have gone out eight days ago."""
        past = question.accepted_at - timedelta(days=8)
        question.write({"claimed_at": past, "accepted_at": past})

    def test_a_yes_is_to_the_last_question_only(self):
        self.env["sms.hub.scope"].create({"name": "Shoes", "code": "shoes"})
        self.ask()
        self.dispatch()
        self.ask(scope="shoes")
        self.dispatch()
        self.reply(MOBILE, "YES")
        self.assertEqual(self.value("shoes"), Consent.GRANTED)
        self.assertEqual(self.value("marketing"), Consent.PENDING)

    def test_who_did_not_answer_in_time_can_be_asked_again(self):
        _entry, question = self.ask()
        self.dispatch()
        self.age(question)
        _entry, questions = self.ask()
        self.assertEqual(len(questions), 2)
        self.dispatch()
        self.reply(MOBILE, "YES")
        self.assertEqual(self.value("marketing"), Consent.GRANTED)

    def test_whatever_is_told_has_to_be_confirmed_but_a_contract_on_file(self):
        self.company.hub_double_opt_in = True
        for source in ("form", "verbal", "agent", "customer", "contract", "api"):
            with self.subTest(source=source):
                entry = self.record("granted", source=source)
                self.assertEqual(entry.action, "requested")
        scan = self.env["ir.attachment"].create({"name": "c.pdf", "raw": b"%PDF"})
        entry = self.record("granted", source="contract", attachment=scan)
        self.assertEqual(entry.action, "granted")

    def test_the_lines_of_a_list_are_not_asked_one_by_one(self):
        self.company.hub_double_opt_in = True
        self.assertEqual(self.record("granted", source="import").action, "granted")
        self.assertFalse(self.messages())
