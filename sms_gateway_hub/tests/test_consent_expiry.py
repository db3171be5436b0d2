from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged

from ..policy.consent import Consent
from .common import MOBILE, HubCommon

OTHER = "+33611111111"


@tagged("post_install", "-at_install")
class TestConsentExpiry(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.hub_consent_months = 24

    def grant(self, months_ago, number=MOBILE, scope="marketing", **said):
        moment = fields.Datetime.now() - relativedelta(months=months_ago)
        return self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": number,
                    "scope": scope,
                    "action": "granted",
                    "source": "form",
                    "happened_at": moment,
                    **said,
                }
            ]
        )

    def used(self, months_ago, number=MOBILE, purpose="marketing"):
        message = self.enqueue(number=number, purpose=purpose, body=str(months_ago))
        moment = fields.Datetime.now() - relativedelta(months=months_ago)
        self.env.cr.execute(
            "UPDATE sms_hub_message SET state = 'accepted', accepted_at = %s"
            " WHERE id = %s",
            [moment, message.id],
        )
        message.invalidate_recordset()
        return moment

    def run_cron(self):
        cron = self.env.ref("sms_gateway_hub.ir_cron_consent_expiry").sudo()
        cron.ir_actions_server_id.run()

    def state(self, number=MOBILE, scope="marketing"):
        states = self.env["sms.hub.consent"]._states(self.company, [number])
        return states[number][scope]

    def entries(self, number=MOBILE):
        return (
            self.env["sms.hub.consent.event"]
            .sudo()
            .search([("number", "=", number)], order="id")
        )

    def test_consent_that_nobody_used_expires_once(self):
        self.grant(25)
        self.run_cron()
        self.assertEqual(self.state().value, Consent.EXPIRED)
        last = self.entries()[-1]
        self.assertEqual((last.action, last.source), ("expired", "system"))
        self.assertIn("Not used since", last.note)
        self.run_cron()
        self.assertEqual(len(self.entries()), 2)

    def test_it_counts_no_more_for_marketing(self):
        self.company.hub_marketing_consent = "required"
        self.grant(25, wording="Yes")
        self.assertEqual(self.enqueue(purpose="marketing", body="a").state, "queued")
        self.run_cron()
        blocked = self.enqueue(purpose="marketing", body="b")
        self.assertEqual(
            (blocked.state, blocked.reason), ("blocked", "consent_expired")
        )

    def test_young_consent_stays_and_used_consent_stays(self):
        self.grant(23)
        self.grant(30, OTHER)
        self.used(40, OTHER)
        moment = self.used(5, OTHER)
        self.run_cron()
        self.assertEqual(self.state().value, Consent.UNPROVEN)
        kept = self.state(OTHER)
        self.assertEqual((kept.value, kept.last_used_at), (Consent.UNPROVEN, moment))

    def test_a_use_too_long_ago_does_not_keep_it(self):
        self.grant(40)
        moment = self.used(25)
        self.run_cron()
        self.assertEqual(self.state().value, Consent.EXPIRED)
        self.assertLess(moment, self.state().since)

    def test_other_texts_are_no_use_of_it(self):
        self.grant(25)
        self.used(1, purpose="transactional")
        self.run_cron()
        self.assertEqual(self.state().value, Consent.EXPIRED)

    def test_a_use_in_another_spelling_counts(self):
        self.company.hub_country_ids = self.env.ref("base.br")
        self.grant(25, "+5511987654321")
        self.used(1, "+551187654321")
        self.run_cron()
        self.assertEqual(self.state("+5511987654321").value, Consent.UNPROVEN)

    def test_only_consent_to_marketing_expires_and_refusals_never(self):
        self.grant(60, scope="transactional")
        self.grant(60, OTHER)
        self.env["sms.hub.choice"]._refuse(
            self.company, OTHER, ["marketing"], source="page"
        )
        self.run_cron()
        self.assertEqual(self.state(scope="transactional").value, Consent.UNPROVEN)
        self.assertEqual(self.state(OTHER).value, Consent.REFUSED)

    def test_zero_months_keep_it_for_ever(self):
        self.company.hub_consent_months = 0
        self.grant(240)
        self.run_cron()
        self.assertEqual(self.state().value, Consent.UNPROVEN)

    def test_many_are_done_batch_by_batch(self):
        self.patch(
            self.env.registry["sms.hub.consent"], "_unused_since", self._three_at_once()
        )
        numbers = [f"+3361111{one:04}" for one in range(10)]
        for number in numbers:
            self.grant(25, number)
        self.run_cron()
        values = {self.state(number).value for number in numbers}
        self.assertEqual(values, {Consent.EXPIRED})

    def _three_at_once(self):
        whole = self.env.registry["sms.hub.consent"]._unused_since

        def some(model, company, before):
            return whole(model, company, before)[:3]

        return some
