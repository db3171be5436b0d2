from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..policy.consent import Consent
from .common import MOBILE
from .test_consent_ledger import ConsentCommon

_2019 = fields.Datetime.to_datetime("2019-05-04")


@tagged("post_install", "-at_install")
class TestConsentRefusals(ConsentCommon):
    """Nobody's word undoes a refusal that the person made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.choice = cls.env["sms.hub.choice"]
        cls.topic = cls.env.ref("sms_gateway_hub.scope_marketing")

    def refuse(self, scope="marketing", source="page", **said):
        """Let the person refuse, an hour ago."""
        said.setdefault("happened_at", fields.Datetime.now() - timedelta(hours=1))
        return self.choice._refuse(self.company, MOBILE, [scope], source=source, **said)

    def come_back(self, source="keyword"):
        return self.choice._come_back(self.company, MOBILE, source=source, proven=True)

    def tell(self, action="granted", user=None, **values):
        """Record on the partner what somebody says."""
        entries = self.env["sms.hub.consent.entry"].with_user(user or self.hub_user)
        entries.create(
            {
                "res_model": "res.partner",
                "res_id": self.partner.id,
                "action": action,
                "scope_id": self.topic.id,
                "source": "verbal",
                "note": "told us",
                **values,
            }
        ).action_record()

    def value(self, scope="marketing"):
        return self.states().get(scope, Consent.NONE)

    def entries(self):
        return self.env["sms.hub.consent.event"].sudo().search([], order="id")

    # === DATES === #

    def test_a_consent_not_later_than_the_refusal_changes_nothing(self):
        now = fields.Datetime.now()
        for scope in ("marketing", "all"):
            with self.subTest(scope):
                self.record("refused", scope=scope, happened_at=now)
                self.record(happened_at=now)
                self.record(happened_at=_2019)
                self.assertNotIn(self.value(), (Consent.GRANTED, Consent.UNPROVEN))
        self.record("released", scope="all")
        self.record("released")
        self.assertEqual(self.value(), Consent.NONE, "lifting it revives nothing")

    def test_a_refusal_with_a_date_in_the_past_makes_no_room(self):
        self.refuse()
        since = self.env["sms.hub.consent"].search([]).since
        self.record("refused", happened_at=_2019)
        self.assertEqual(self.env["sms.hub.consent"].search([]).since, since)
        self.record(happened_at=_2019 + timedelta(days=1))
        self.assertEqual(self.value(), Consent.REFUSED)

    # === WHAT SOMEBODY AT A DESK MAY LIFT === #

    def test_nobody_lifts_what_the_person_refused_without_a_proof(self):
        for scope in ("marketing", "all"):
            self.refuse(scope)
            for user in (self.hub_user, self.hub_manager):
                with (
                    self.subTest(f"{scope} {user.login}"),
                    self.assertRaisesRegex(UserError, "Add a file or a web address"),
                ):
                    self.tell(user=user)
        with self.assertRaisesRegex(UserError, "Add a file or a web address"):
            self.tell("released", self.hub_manager, everything=True)
        self.assertEqual(self.value(), Consent.REFUSED)
        self.assertEqual(len(self.entries()), 2)

    def test_a_word_is_no_web_address_that_proves_anything(self):
        self.refuse()
        for address in ("he told me", "https://", "https://[::1", "ftp://example.com"):
            with (
                self.subTest(address),
                self.assertRaisesRegex(UserError, "beginning with https://"),
            ):
                self.tell(evidence_url=address)
        self.assertEqual(self.value(), Consent.REFUSED)
        self.tell(evidence_url=" https://example.com/form/8 ")
        self.assertEqual(self.entries()[-1].evidence_url, "https://example.com/form/8")

    def test_a_proof_or_a_manager_lifts_what_may_be_lifted(self):
        page = {"evidence_url": "https://example.com/form/8"}
        self.refuse()
        self.tell(**page)
        self.assertEqual(self.value(), Consent.GRANTED)
        earlier = fields.Datetime.now() - timedelta(hours=1)
        self.record("refused", source="agent", happened_at=earlier)
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self.tell()
        self.tell(user=self.hub_manager)
        self.assertEqual(self.value(), Consent.UNPROVEN)

    def test_what_was_said_before_the_refusal_is_told_to_be_too_old(self):
        self.refuse()
        for action in ("granted", "released"):
            with (
                self.subTest(action),
                self.assertRaisesRegex(UserError, "refused later"),
            ):
                self.tell(
                    action,
                    self.hub_manager,
                    happened_at=_2019,
                    evidence_url="https://example.com/old",
                )

    def test_who_refused_is_not_asked_and_the_clerk_learns_of_it(self):
        self.company.hub_double_opt_in = True
        self.refuse()
        with self.assertRaisesRegex(UserError, "has to take the refusal back first"):
            self.tell(source="form", evidence_url="https://example.com/form/9")
        self.assertEqual(len(self.entries()), 1)

    # === ONE ON TOP OF ANOTHER === #

    def test_a_stop_on_top_of_a_mistake_outlives_the_mistake(self):
        self.record("refused", scope="all", source="agent")
        self.reply(MOBILE, "STOP")
        self.assertEqual(self.entries().mapped("source"), ["agent", "keyword"])
        with self.assertRaisesRegex(UserError, "refused by a text"):
            self.tell("released", self.hub_manager, everything=True)
        self.come_back()
        self.assertEqual(self.value("all"), Consent.REFUSED, "staff refused as well")

    def test_a_stop_on_top_of_one_on_the_page_is_not_lifted_there(self):
        self.refuse("all")
        self.reply(MOBILE, "STOP")
        self.come_back("page")
        self.assertEqual(self.value("all"), Consent.REFUSED)
        self.come_back()
        self.assertEqual(self.value("all"), Consent.NONE)

    def test_the_page_does_not_lift_a_stop_by_text(self):
        self.record()
        self.reply(MOBILE, "STOP")
        self.assertFalse(self.come_back("page"))
        self.assertEqual(self.value("all"), Consent.REFUSED)

    # === COMING BACK === #

    def test_coming_back_revives_only_what_the_own_refusal_ended(self):
        self.record()
        self.record("refused", scope="all", source="agent")
        self.record("released", scope="all", source="agent")
        self.reply(MOBILE, "STOP")
        self.reply(MOBILE, "START")
        self.assertEqual((self.value("all"), self.value()), (Consent.NONE,) * 2)

    def test_coming_back_revives_nothing_that_was_refused_by_itself(self):
        for name, source in (("page", "page"), ("staff", "agent")):
            self.record("released")
            self.record()
            self.record("refused", source=source)
            self.reply(MOBILE, "STOP", message_id=f"stop {name}")
            self.reply(MOBILE, "START", message_id=f"start {name}")
            with self.subTest(name):
                self.assertEqual(self.value("all"), Consent.NONE)
                self.assertEqual(self.value(), Consent.REFUSED)

    def test_nor_what_staff_refused_since(self):
        self.record()
        self.reply(MOBILE, "STOP")
        self.record("refused", source="agent")
        self.record("released", source="agent")
        self.reply(MOBILE, "START")
        self.assertEqual((self.value("all"), self.value()), (Consent.NONE,) * 2)
