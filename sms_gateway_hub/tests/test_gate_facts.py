"""What the gate finds out about a recipient, and what it stores of it."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import tagged

from ..policy import Reason, Verdict
from .common import MOBILE, HubCommon
from .dispatch_common import OTHER, DispatchCommon

#: Ten at night in Paris, a Wednesday in winter; and eight the next morning.
NIGHT = datetime(2026, 1, 14, 21, 0, tzinfo=timezone.utc)
MORNING = datetime(2026, 1, 15, 7, 0, tzinfo=timezone.utc)


class GateCommon(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate = cls.env["sms.hub.gate"]
        cls.env["sms.hub.cap"].search([]).active = False

    def at(self, moment):
        """Let the gate's clock stand still."""
        self.startPatcher(
            patch.object(self.env.registry["sms.hub.gate"], "_now", lambda gate: moment)
        )

    def item(self, **values):
        return {
            "number": MOBILE,
            "body": "Hello",
            "segments": 1,
            "purpose": "marketing",
            **values,
        }

    def judge(self, **values):
        [judgement] = self.gate._judge(self.gateway, [self.item(**values)])
        return judgement

    def verdict(self, **values):
        decision = self.judge(**values).decision
        return decision.verdict.value, decision.reason and decision.reason.value


@tagged("post_install", "-at_install")
class TestGateFacts(GateCommon):
    # === CONSENT === #

    def record(self, action="granted", scope="marketing", number=MOBILE, **values):
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": number,
                    "scope": scope,
                    "action": action,
                    "source": "form",
                    "proven": True,
                    **values,
                }
            ]
        )

    def test_marketing_needs_a_recorded_consent_where_the_company_says_so(self):
        self.assertEqual(self.verdict(), ("allow", None))
        self.company.hub_marketing_consent = "required"
        self.assertEqual(self.verdict(), ("deny", "no_consent"))
        self.assertEqual(self.verdict(purpose="transactional"), ("allow", None))
        self.record()
        self.assertEqual(self.verdict(), ("allow", None))

    def test_a_topic_of_another_purpose_is_no_consent_to_this_one(self):
        self.company.hub_marketing_consent = "required"
        invoices = self.env["sms.hub.scope"].create(
            {"name": "Invoices", "code": "invoices", "purpose": "transactional"}
        )
        self.record(scope=invoices.code)
        self.assertEqual(self.verdict(scope_id=invoices.id), ("deny", "no_consent"))
        self.record("refused", invoices.code)
        invoice = {"scope_id": invoices.id, "purpose": "transactional"}
        self.assertEqual(self.verdict(**invoice), ("deny", "scope_refused"))

    def test_consent_belongs_to_a_company(self):
        other = self._new_company("Other Company")
        other.hub_marketing_consent = "required"
        gateway = self._new_gateway(other)
        self.record()
        [judgement] = self.gate._judge(gateway, [self.item()])
        self.assertEqual(judgement.decision.reason, Reason.NO_CONSENT)

    def test_every_spelling_of_a_number_has_the_same_consent_and_suppression(self):
        self.company.write(
            {
                "hub_marketing_consent": "required",
                "hub_country_ids": self.env.ref("base.br"),
            }
        )
        new, old = "+5511987654321", "+551187654321"
        self.record(number=old)
        self.assertEqual(self.verdict(number=new), ("allow", None))
        self.env["phone.blacklist"].sudo().add(new)
        self.assertEqual(self.verdict(number=old), ("deny", "suppressed"))

    def test_the_narrowest_answer_counts_unless_a_wider_one_is_a_refusal(self):
        self.company.hub_marketing_consent = "required"
        topic = self.env["sms.hub.scope"].create(
            {"name": "News", "code": "news", "purpose": "marketing"}
        )
        self.record(scope="marketing")
        self.assertEqual(self.verdict(scope_id=topic.id), ("allow", None))
        self.record("refused", "news")
        self.assertEqual(self.verdict(scope_id=topic.id), ("deny", "scope_refused"))
        self.assertEqual(self.verdict(), ("allow", None))
        self.record("granted", "news")
        self.record("refused", "marketing")
        self.assertEqual(self.verdict(scope_id=topic.id), ("deny", "scope_refused"))

    def test_a_consent_without_proof_is_none_in_the_united_states(self):
        states = self.env.ref("base.us") | self.france
        self.company.write(
            {"hub_marketing_consent": "required", "hub_country_ids": states}
        )
        american = "+12025550123"
        for number in (MOBILE, american):
            self.record(number=number, proven=False)
        self.assertEqual(self.verdict(), ("allow", None))
        self.assertEqual(self.verdict(number=american), ("deny", "consent_unproven"))

    def test_codes_pass_a_stop_where_the_company_lets_them(self):
        self.env["phone.blacklist"].sudo().add(MOBILE)
        self.assertEqual(self.verdict(purpose="otp"), ("allow", None))
        self.company.hub_codes_pass_stop = False
        self.assertEqual(self.verdict(purpose="otp"), ("deny", "suppressed"))

    # === DESTINATION === #

    def test_only_the_countries_of_the_list_are_texted(self):
        belgian = "+32470123456"
        self.assertEqual(self.verdict(number=belgian), ("deny", "destination"))
        self.company.hub_country_ids = self.env.ref("base.be")
        self.assertEqual(self.verdict(number=belgian), ("allow", None))
        self.assertEqual(self.verdict(), ("deny", "destination"))

    # === HOURS === #

    def test_marketing_waits_for_the_morning_of_its_reader(self):
        self.company.hub_quiet_hours = True
        self.at(NIGHT)
        decision = self.judge().decision
        self.assertEqual(decision.reason, Reason.QUIET_HOURS)
        self.assertGreaterEqual(decision.until, MORNING)
        self.assertEqual(self.verdict(purpose="transactional"), ("allow", None))
        self.at(decision.until)
        self.assertEqual(self.verdict(), ("allow", None))

    def test_what_is_planned_for_an_open_hour_is_not_held(self):
        self.company.hub_quiet_hours = True
        self.at(NIGHT)
        noon = (MORNING + timedelta(hours=4)).replace(tzinfo=None)
        self.assertEqual(self.verdict(not_before=noon), ("allow", None))
        night = (NIGHT + timedelta(days=1)).replace(tzinfo=None)
        self.assertEqual(self.verdict(not_before=night), ("hold", "quiet_hours"))

    def test_the_contact_and_else_the_record_tell_where_the_reader_is(self):
        mexico = self.env.ref("base.mx")
        tijuana = self.env["res.country.state"].search(
            [("country_id", "=", mexico.id), ("code", "=", "BCN")]
        )
        far = self.env["crm.lead"].create(
            {"name": "x", "country_id": mexico.id, "state_id": tijuana.id}
        )
        places = self.gate._places_of(
            [
                self.item(partner_id=self.partner.id),
                self.item(res_model="crm.lead", res_id=far.id),
                self.item(res_model="no.such.model", res_id=7),
            ]
        )
        self.assertEqual(places["res.partner", self.partner.id].country, "FR")
        self.assertEqual(
            places["crm.lead", far.id][2:], (mexico.code, tijuana.code or None)
        )
        self.assertEqual(len(places), 2)

    def test_a_chosen_zone_comes_before_all_others(self):
        self.company.hub_quiet_hours = True
        self.partner.hub_tz = "Asia/Tokyo"
        hours = self.judge(partner_id=self.partner.id).facts.hours
        self.assertEqual(hours.zones, ("Asia/Tokyo",))

    # === APPROVAL === #

    def test_two_reasons_for_a_second_person_are_lifted_one_by_one(self):
        self.company.hub_approval_above = 10
        many = {"batch_size": 11, "over_limit": True}
        self.assertEqual(self.verdict(batch_size=10), ("allow", None))
        self.assertEqual(self.verdict(**many), ("hold", "approval"))
        many["released_reasons"] = "approval"
        self.assertEqual(self.verdict(**many), ("hold", "user_limit"))
        many["released_reasons"] = "approval,user_limit"
        self.assertEqual(self.verdict(**many), ("allow", None))

    def test_a_sending_of_many_parts_needs_a_second_person_too(self):
        self.company.hub_approval_parts = 20
        few = {"batch_size": 10, "batch_parts": 20}
        self.assertEqual(self.verdict(**few), ("allow", None))
        many = {"batch_size": 10, "batch_parts": 21}
        self.assertEqual(self.verdict(**many), ("hold", "approval"))
        many["released_reasons"] = "approval"
        self.assertEqual(self.verdict(**many), ("allow", None))

    # === COST === #

    def test_the_number_of_queries_does_not_grow_with_the_batch(self):
        self.company.write(
            {"hub_marketing_consent": "required", "hub_quiet_hours": True}
        )
        counts = []
        for size in (2, 60):
            items = [
                self.item(
                    number=f"+336123456{turn:02}",
                    partner_id=self.partner.id,
                    res_model="crm.lead",
                    res_id=self.lead.id,
                )
                for turn in range(size)
            ]
            self.gate._judge(self.gateway, items)  # what is kept in caches
            before = self.cr.sql_log_count
            self.gate._judge(self.gateway, items)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_previews_get_the_same_answer_without_a_message(self):
        [decision] = self.gate._forecast(
            self.gateway, [{"number": MOBILE, "body": "x", "purpose": "marketing"}]
        )
        self.assertEqual(decision.verdict, Verdict.ALLOW)
        [decision] = self.gate._forecast(
            self.gateway,
            [{"number": MOBILE, "body": "x" * 5000, "purpose": "transactional"}],
        )
        self.assertEqual(decision.reason, Reason.TEXT_TOO_LONG)


@tagged("post_install", "-at_install")
class TestGateEvidence(DispatchCommon, GateCommon):
    def test_a_held_row_keeps_why_and_until_when(self):
        self.company.hub_quiet_hours = True
        self.at(NIGHT)
        message = self.enqueue(
            purpose="marketing", not_before=NIGHT.replace(tzinfo=None)
        )
        self.assertEqual((message.state, message.reason), ("held", "quiet_hours"))
        self.assertGreaterEqual(message.not_before, MORNING.replace(tzinfo=None))
        evidence = message.sudo().evidence
        self.assertEqual(evidence["hours"]["zones"], ["Europe/Paris"])
        self.assertEqual(evidence["hours"]["earliest"], "2026-01-14 22:00")
        self.assertIn("FR", evidence["hours"]["rules"])

    def test_the_claim_keeps_what_its_answer_rested_on(self):
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "marketing",
                    "action": "granted",
                    "source": "form",
                    "proven": True,
                }
            ]
        )
        marketing = self.enqueue(purpose="marketing")
        plain = self.enqueue(number=OTHER)
        self.assertFalse(marketing.sudo().evidence)
        self.dispatch()
        (marketing | plain).invalidate_recordset()
        evidence = marketing.sudo().evidence
        self.assertEqual(evidence["consent"]["state"], "granted")
        self.assertEqual(evidence["consent"]["scope"], "marketing")
        self.assertEqual(evidence["consent"]["source"], "form")
        self.assertTrue(evidence["decided_at"])
        self.assertFalse(plain.sudo().evidence, "nothing was looked up for it")

    def test_rows_that_the_claim_holds_or_refuses_look_as_if_never_claimed(self):
        held, refused, sent = (
            self.enqueue(number=f"+3361234567{turn}", purpose="marketing")
            for turn in range(3)
        )
        self.env.cr.execute(
            "INSERT INTO phone_blacklist (number, active) VALUES (%s, TRUE)",
            [refused.number],
        )
        self.env.cr.execute(
            "UPDATE sms_hub_message SET over_limit = TRUE WHERE id = %s", [held.id]
        )
        self.dispatch()
        self.assertEqual((held.state, held.reason), ("held", "user_limit"))
        self.assertEqual((refused.state, refused.reason), ("blocked", "suppressed"))
        self.assertEqual(sent.state, "accepted")
        for message in held.sudo() | refused.sudo():
            self.assertFalse(message.claimed_at)
            self.assertEqual((message.attempts, message.epoch), (0, 0))
        self.assertEqual(len(self.provider.sent), 1)

    def test_the_claim_asks_the_clock_and_not_its_own_beginning(self):
        self.env.cr.execute("SELECT now() AT TIME ZONE 'UTC'")
        [began] = self.env.cr.fetchone()
        self.env.cr.execute("SELECT pg_sleep(0.05)")
        passed = self.gate._now().replace(tzinfo=None) - began
        self.assertGreaterEqual(passed, timedelta(seconds=0.05))
