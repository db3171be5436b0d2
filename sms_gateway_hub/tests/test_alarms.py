from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.vocabulary import Outcome
from ..models.sms_hub_alarm_words import WORDS
from .dispatch_common import DispatchCommon


@tagged("post_install", "-at_install")
class TestAlarms(DispatchCommon):
    """Raised by what is wrong, told once, closed by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alarms = cls.env["sms.hub.alarm"].sudo()
        cls.hub_admin = cls._new_user(
            "hub_admin", "sms_gateway_hub.group_administrator"
        )
        cls.company.hub_alarm_user_id = cls.hub_admin
        # what the demo data of other companies holds is not asked for here
        cls.env["sms.hub.message"].sudo().search(
            [("state", "=", "unknown"), ("company_id", "!=", cls.company.id)]
        )._move("settle_failed")

    def watch(self):
        """Let a minute's look happen."""
        self.env.flush_all()
        self.alarms._watch()

    def later(self, **span):
        """Let time pass for what was seen so far."""
        span = timedelta(**span)
        for alarm in self.ours():
            alarm.last_seen_at -= span
        last = self.company.hub_alarm_mailed_at
        if last:
            self.company.hub_alarm_mailed_at = last - span

    def ours(self, *domain):
        return self.alarms.search([("company_id", "=", self.company.id), *domain])

    def mails(self):
        """Return the e-mails to the person in charge, whoever wrote them."""
        person = self.hub_admin.partner_id
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    "|",
                    ("email_to", "like", self.hub_admin.email),
                    ("recipient_ids", "in", person.ids),
                ],
                order="id",
            )
        )

    def lose(self, count=1):
        """Let the answers to some texts get lost."""
        messages = self.messages().browse()
        for turn in range(count):
            messages |= self.enqueue(f"+336111111{turn:02d}")
        self.provider.answers += [Outcome.UNKNOWN] * count
        self.dispatch()
        self.assertEqual(set(messages.mapped("state")), {"unknown"})
        return messages

    # === THE LIFE OF AN ALARM === #

    def test_a_quiet_company_has_no_alarm(self):
        self.watch()
        self.assertFalse(self.ours())

    def test_an_alarm_opens_once_and_closes_by_itself(self):
        messages = self.lose(2)
        self.watch()
        alarm = self.ours()
        self.assertEqual(alarm.kind, "unknown")
        self.assertIn("lost: 2.", alarm.sentence)
        self.assertTrue(alarm.next_step)
        self.watch()
        self.assertEqual(self.ours(), alarm)
        messages._move("settle_failed")
        self.watch()
        self.assertEqual(alarm.state, "open", "it may just flicker")
        self.later(minutes=6)
        self.watch()
        self.assertEqual(alarm.state, "closed")
        self.assertTrue(alarm.closed_at)
        self.assertIn("known again", "".join(alarm.message_ids.mapped("body")))

    def test_it_opens_anew_when_the_trouble_comes_back(self):
        messages = self.lose()
        self.watch()
        messages._move("settle_failed")
        self.later(minutes=6)
        self.watch()
        self.lose()
        self.watch()
        self.assertEqual(self.ours().mapped("state"), ["open", "closed"])

    def test_one_activity_for_the_person_in_charge(self):
        messages = self.lose()
        for _turn in range(3):
            self.watch()
        activity = self.ours().activity_ids
        self.assertEqual(activity.user_id, self.hub_admin)
        self.assertEqual(len(activity), 1)
        self.assertIn("Unknown", activity.summary)
        messages._move("settle_failed")
        self.later(minutes=6)
        self.watch()
        self.assertFalse(activity.exists().filtered("active"))

    def test_without_a_choice_an_administrator_is_told(self):
        self.company.hub_alarm_user_id = False
        person = self.company._hub_responsible()
        self.assertTrue(person.has_group("sms_gateway_hub.group_administrator"))
        self.assertIn(self.company, person.company_ids)

    def test_who_left_the_company_is_not_told(self):
        other = self._new_company("Elsewhere")
        self.hub_admin.write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        self.assertNotEqual(self.company._hub_responsible(), self.hub_admin)

    def test_who_may_not_read_alarms_is_not_in_charge(self):
        with self.assertRaises(ValidationError):
            self.company.hub_alarm_user_id = self.hub_user
        self.hub_admin.group_ids = self.env.ref("sms_gateway_hub.group_user")
        self.assertNotEqual(self.company._hub_responsible(), self.hub_admin)

    def test_whoever_looks_at_it_ends_the_reminders(self):
        self.lose()
        self.watch()
        alarm = self.ours()
        alarm.with_user(self.hub_manager).action_note()
        self.assertEqual(alarm.state, "noted")
        self.assertEqual(alarm.noted_by_id, self.hub_manager)
        self.assertFalse(alarm.activity_ids)
        self.watch()
        self.assertFalse(alarm.activity_ids, "no reminder while somebody looks")

    # === E-MAIL === #

    def test_one_mail_an_hour_with_everything_that_is_open(self):
        self.lose()
        self.watch()
        self.assertEqual(len(self.mails()), 1)
        self.alarms._raise_alarm(
            "sender_paused", self.company, {"reason": "It is not registered."}
        )
        self.watch()
        self.assertEqual(len(self.mails()), 1, "the next one waits for its hour")
        self.later(minutes=61)
        self.watch()
        self.watch()
        mails = self.mails()
        self.assertEqual(len(mails), 2)
        for words in ("not registered", "answer got lost: 1."):
            self.assertIn(words, mails[1].body_html)
        self.later(minutes=61)
        self.watch()
        self.assertEqual(len(self.mails()), 2, "nothing is repeated")

    def test_mail_can_be_switched_off(self):
        self.company.hub_alarm_mail = False
        self.lose()
        self.watch()
        self.assertFalse(self.mails())
        self.assertTrue(self.ours().activity_ids)

    def test_a_mail_shows_no_number_and_no_text(self):
        message = self.lose()
        self.watch()
        self.assertTrue(self.mails())
        self.assertNotIn(message.number, self.mails().body_html)
        self.assertNotIn("Hello", self.mails().body_html)

    # === WHAT RAISES THEM === #

    def kinds(self):
        self.watch()
        return set(self.ours(("state", "!=", "closed")).mapped("kind"))

    def test_limits_decide_and_zero_is_never(self):
        self.lose(2)
        self.company.hub_alarm_unknown = 3
        self.assertEqual(self.kinds(), set())
        self.company.hub_alarm_unknown = 0
        self.assertEqual(self.kinds(), set())
        self.company.hub_alarm_unknown = 2
        self.assertEqual(self.kinds(), {"unknown"})
        for name, value in (
            ("hub_alarm_unknown", -1),
            ("hub_alarm_report_minutes", 1441),  # nobody looks back so far
        ):
            with (
                self.subTest(name),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.company[name] = value

    def test_reports_put_aside(self):
        self.env["sms.hub.event"]._insert_unreadable(self.gateway, "{", "Cut off.")
        self.assertEqual(self.kinds(), {"dead_letters"})

    def test_no_reports_while_sending(self):
        for turn in range(5):
            self.enqueue(f"+336111111{turn:02d}")
        self.dispatch()
        requests = self.env["sms.hub.request"].sudo()
        sent = requests.search([("gateway_id", "=", self.gateway.id)])
        self.assertEqual(self.kinds(), set(), "a moment ago is not long ago")
        ago = fields.Datetime.now() - timedelta(minutes=61)
        sent.write({"started_at": ago, "ended_at": ago})
        self.assertEqual(self.kinds(), {"no_reports"})
        self.report(self.messages()[-1])
        self.later(minutes=6)
        self.assertEqual(self.kinds(), set())

    def test_a_few_phones_that_are_off_are_no_alarm(self):
        self.enqueue()
        self.dispatch()
        requests = self.env["sms.hub.request"].sudo()
        ago = fields.Datetime.now() - timedelta(minutes=61)
        requests.search([("gateway_id", "=", self.gateway.id)]).write(
            {"started_at": ago, "ended_at": ago}
        )
        self.assertEqual(self.kinds(), set())

    def test_an_open_circuit(self):
        account = self.env["sms.hub.account"]
        key = self.gateway._account_key()
        account._note_unreachable(key, 300, "No credit left.", at_once=True)
        self.assertEqual(self.kinds(), {"circuit_open"})
        self.assertIn("No credit left.", self.ours().sentence)
        self.assertEqual(self.ours().gateway_id, self.gateway)

    def test_balances_that_are_low_or_run_out(self):
        balances = self.env["sms.hub.balance"].sudo()
        now = fields.Datetime.now()
        for days, amount in ((10, 1000), (5, 600), (0, 200)):
            balances.create(
                {
                    "gateway_id": self.gateway.id,
                    "name": "Promotional",
                    "amount": amount,
                    "checked_at": now - timedelta(days=days),
                }
            )
        self.assertEqual(self.kinds(), {"balance_ends"})
        self.assertIn("2 more days", self.ours().sentence)
        self.gateway.low_balance = 250
        self.later(minutes=6)
        self.assertEqual(self.kinds(), {"low_balance"})
        self.gateway.low_balance = 0
        self.company.hub_alarm_days = 0
        self.later(minutes=6)
        self.assertEqual(self.kinds(), set())

    def test_an_unused_balance_is_none(self):
        balances = self.env["sms.hub.balance"].sudo()

        def note(name, amount):
            balances.create(
                {
                    "gateway_id": self.gateway.id,
                    "name": name,
                    "amount": amount,
                    "checked_at": fields.Datetime.now(),
                }
            )
            return balances._latest(self.gateway)[self.gateway.id]

        note("Never Bought", 0)
        self.gateway.low_balance = 10
        self.assertEqual(self.kinds(), {"low_balance"}, "all of it is empty")
        found = note("Bought", 1234567.5)
        self.assertEqual(found, [("Bought", 1234567.5, None)])

    def test_refused_webhook_calls(self):
        refusals = self.env["sms.hub.refusal"].sudo()
        refusals._store({self.gateway.id: 19})
        self.assertEqual(self.kinds(), set())
        refusals._store({self.gateway.id: 1})
        self.assertEqual(self.kinds(), {"webhook_refused"})
        self.assertIn("an hour: 20.", self.ours().sentence)

    def test_calls_to_an_address_that_nobody_has(self):
        self.env["sms.hub.refusal"].sudo()._store({0: 25})
        self.assertEqual(self.kinds(), {"webhook_refused"})
        self.assertIn("an unknown address", self.ours().sentence)

    def test_findings_in_the_consent_ledger(self):
        checks = self.env["sms.hub.consent.check"].sudo()
        check = checks.create({"company_id": self.company.id, "state": "findings"})
        self.env["sms.hub.consent.finding"].sudo().create(
            {"check_id": check.id, "kind": "changed", "places": "3"}
        )
        self.assertEqual(self.kinds(), {"consent_findings"})
        checks.create({"company_id": self.company.id, "state": "clean"})
        self.later(minutes=6)
        self.assertEqual(self.kinds(), set())

    # === SCHEDULED ACTIONS === #

    def fail_for_a_week(self, cron):
        """Let Odoo switch a scheduled action off, as its runner does."""
        job = {
            "id": cron.id,
            "cron_name": cron.name,
            "active": True,
            "failure_count": 4,
            "first_failure_date": fields.Datetime.now() - timedelta(days=8),
        }
        self.env.flush_all()
        with mute_logger("odoo.addons.base.models.ir_cron"):
            cron._update_failure_count(job, "failed")
        cron.invalidate_recordset()

    def test_a_scheduled_action_that_odoo_switched_off(self):
        cron = self.env.ref("sms_gateway_hub.ir_cron_events").sudo()
        self.fail_for_a_week(cron)
        self.assertFalse(cron.active)
        self.assertTrue(cron.hub_stopped_at)
        self.assertEqual(self.kinds(), {"cron_off"})
        alarm = self.ours()
        self.assertIn(cron.name, alarm.sentence)
        with self.assertRaises(AccessError):
            alarm.with_user(self.hub_manager).action_switch_on()
        alarm.with_user(self.hub_admin).action_switch_on()
        self.assertTrue(cron.active)
        self.assertFalse(cron.hub_stopped_at)
        self.assertEqual(alarm.state, "closed")
        self.assertEqual(self.kinds(), set())

    def test_what_a_person_switched_off_is_no_alarm(self):
        self.env.ref("sms_gateway_hub.ir_cron_poll").sudo().active = False
        self.assertEqual(self.kinds(), set())

    # === HOOKS === #

    def test_what_a_hook_raised_the_hook_closes(self):
        sender = self.env["sms.hub.sender"].create(
            {"name": "HUBTST", "gateway_id": self.gateway.id}
        )
        country = self.env.ref("base.in")
        subject = {"sender_id": sender, "country_id": country}
        first = self.alarms._raise_alarm(
            "sender_paused", self.company, {"reason": "Not registered."}, **subject
        )
        again = self.alarms._raise_alarm(
            "sender_paused", self.company, {"reason": "Filtered."}, **subject
        )
        self.assertEqual(first, again)
        self.assertEqual(first.sentence, "HUBTST is paused for India. Filtered.")
        self.later(hours=1)
        self.watch()
        self.assertEqual(first.state, "open")
        self.alarms._close_alarm("sender_paused", self.company, **subject)
        self.assertEqual(first.state, "closed")

    def test_each_kind_has_words_that_can_be_filled_in(self):
        names = ("amount", "name", "days", "count", "minutes", "mailing")
        figures = dict.fromkeys(names, "7")
        for kind in WORDS:
            with self.subTest(kind):
                alarm = self.alarms._raise_alarm(
                    kind, self.company, {**figures, "reason": "Because."}
                )
                self.assertNotIn("%(", alarm.sentence)
                self.assertTrue(alarm.next_step)
                self.alarms._close_alarm(kind, self.company)

    # === RIGHTS === #

    @mute_logger("odoo.orm.models", "odoo.addons.base.models.ir_model")
    def test_managers_read_and_nobody_forges(self):
        self.lose()
        self.watch()
        alarm = self.ours()
        self.assertTrue(alarm.with_user(self.hub_manager).sentence)
        with self.assertRaises(AccessError):
            alarm.with_user(self.hub_user).read(["kind"])
        for person in (self.hub_user, self.hub_manager, self.hub_admin):
            with self.subTest(person.login):
                with self.assertRaises(AccessError):
                    alarm.with_user(person).write({"state": "closed"})
                with self.assertRaises(AccessError):
                    self.alarms.with_user(person).create(
                        {
                            "kind": "unknown",
                            "company_id": self.company.id,
                            "last_seen_at": fields.Datetime.now(),
                        }
                    )
        with self.assertRaises(AccessError):
            alarm.with_user(self.hub_user).action_note()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_alarms_of_other_companies_are_theirs(self):
        other = self._new_company("Elsewhere")
        alarm = self.alarms._raise_alarm("unknown", other, {"count": 3})
        with self.assertRaises(AccessError):
            alarm.with_user(self.hub_manager).read(["kind"])
