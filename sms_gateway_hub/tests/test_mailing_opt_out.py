from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..policy.consent import Consent
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestMailingOptOut(HubCommon, HttpCase):
    """Opt-outs from lists, and core's own opt-out page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._new_subscriber()

    def value(self, scope="marketing", company=None):
        company = company or self.company
        states = self.env["sms.hub.consent"]._states(company, [MOBILE])
        state = states.get(MOBILE, {}).get(scope)
        return state.value if state else None

    def entries(self):
        return self.env["sms.hub.consent.event"].sudo().search([], order="id")

    def leave(self, lists, opt_out=True):
        subscriptions = self.contact.subscription_ids.filtered(
            lambda one: one.list_id in lists
        )
        subscriptions.write({"opt_out": opt_out})

    def mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": "Offer",
                "body_plaintext": "Half price",
                "hub_company_id": self.company.id,
                **values,
            }
        )

    def test_who_leaves_one_of_several_lists_is_left_out_of_that_one(self):
        self.leave(self.news)
        self.assertFalse(self.entries())
        to_lists = {"mailing_model_id": self.env["ir.model"]._get_id("mailing.list")}
        for which, state in ((self.news, "blocked"), (self.offers, "queued")):
            mailing = self.mailing(**to_lists, contact_list_ids=which.ids)
            mailing.action_send_sms()
            message = self.messages(("mailing_id", "=", mailing.id))
            self.assertEqual(message.state, state)
        self.assertEqual(self.messages()[0].reason, "opted_out")

    def test_who_leaves_the_last_list_wants_no_marketing(self):
        waiting = self.enqueue(purpose="marketing")
        self.leave(self.news)
        self.leave(self.offers)
        entry = self.entries()
        self.assertEqual(
            (entry.action, entry.scope, entry.source),
            ("refused", "marketing", "mailing_list"),
        )
        self.assertIn("Offers", entry.note)
        self.assertEqual(waiting.reason, "cancelled_by_stop")
        self.assertEqual(self.enqueue().state, "queued", "their orders still count")
        self.assertEqual(
            self.enqueue(purpose="marketing", body="x").reason, "scope_refused"
        )

    def test_leaving_all_at_once_is_taken_down_once(self):
        self.leave(self.news + self.offers)
        self.leave(self.news + self.offers)
        self.assertEqual(len(self.entries()), 1)

    def test_coming_back_lifts_it_and_is_no_consent(self):
        self.leave(self.news + self.offers)
        self.leave(self.news, opt_out=False)
        self.assertEqual(self.entries().mapped("action"), ["refused", "released"])
        self.assertEqual(self.value(), Consent.NONE)

    def test_coming_back_does_not_lift_what_was_refused_elsewhere(self):
        self.leave(self.news)
        self.env["sms.hub.choice"]._refuse(
            self.company, MOBILE, ["marketing"], source="page"
        )
        self.leave(self.news, opt_out=False)
        self.assertEqual(self.value(), Consent.REFUSED)

    def test_nor_what_was_refused_elsewhere_on_top_of_it(self):
        self.leave(self.news + self.offers)
        self.env["sms.hub.choice"]._refuse(
            self.company, MOBILE, ["marketing"], source="page"
        )
        self.leave(self.news, opt_out=False)
        self.assertEqual(self.entries().mapped("action"), ["refused", "refused"])
        self.assertEqual(self.value(), Consent.REFUSED)

    def test_it_counts_for_every_company_that_sends(self):
        sender, silent = self._new_company("Sender"), self._new_company("Silent")
        self._new_gateway(sender)
        self.leave(self.news + self.offers)
        self.assertEqual(self.value(company=sender), Consent.REFUSED)
        self.assertIsNone(self.value(company=silent))

    def test_another_contact_with_the_same_number_may_stay(self):
        self.contact.copy({"mobile": MOBILE, "list_ids": [Command.link(self.news.id)]})
        self.leave(self.news + self.offers)
        self.assertFalse(self.entries())

    def test_a_subscription_that_is_created_as_left_counts(self):
        contact = self.env["mailing.contact"].create(
            {"name": "Imported", "country_id": self.france.id, "mobile": "+33611111111"}
        )
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": self.news.id, "opt_out": True}
        )
        self.assertEqual(self.entries().number, "+33611111111")

    def test_a_contact_without_a_number_is_no_trouble(self):
        self.contact.mobile = False
        self.leave(self.news + self.offers)
        self.assertFalse(self.entries())

    def opt_out_on_cores_page(self, number="%2B33612345678", code=None):
        mailing = self.mailing(
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=[("id", "in", self.partner.ids)],
        )
        mailing.action_send_sms()
        code = code or mailing.mailing_trace_ids.sms_code
        self.url_open(f"/sms/{mailing.id}/unsubscribe/{code}?sms_number={number}")
        self.env.invalidate_all()

    def test_cores_opt_out_page_is_the_persons_own_act(self):
        self.opt_out_on_cores_page()
        entry = self.entries()
        self.assertEqual(
            (entry.action, entry.scope, entry.source, entry.proven),
            ("refused", "all", "page", True),
        )
        self.assertEqual(entry.company_id, self.company)
        self.assertIn("Offer", entry.note)
        self.assertEqual(self.messages().reason, "cancelled_by_stop")

    def test_nobody_else_lifts_it_from_the_blacklist(self):
        blacklist = self.env["phone.blacklist"]
        self.opt_out_on_cores_page()
        asked = self.assertRaisesRegex(UserError, "asked by a text or on the opt-out")
        with asked, self.env.cr.savepoint():
            blacklist.remove(MOBILE)
        self.env.invalidate_all()
        self.assertTrue(blacklist.search_count([("number", "=", MOBILE)]))
        self.env["sms.hub.choice"]._come_back(self.company, MOBILE, source="keyword")
        self.assertFalse(blacklist.search_count([("number", "=", MOBILE)]))

    def test_it_counts_on_top_of_what_staff_listed_before(self):
        mailing = self.mailing(
            mailing_model_id=self.env["ir.model"]._get_id("res.partner"),
            mailing_domain=[("id", "in", self.partner.ids)],
        )
        mailing.action_send_sms()
        self.env["phone.blacklist"].add(MOBILE)
        code = mailing.mailing_trace_ids.sms_code
        for _again in range(2):
            self.url_open(
                f"/sms/{mailing.id}/unsubscribe/{code}?sms_number=%2B33612345678"
            )
        self.env.invalidate_all()
        self.assertEqual(self.entries().mapped("source"), ["blacklist", "page"])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env["phone.blacklist"].remove(MOBILE)

    def test_a_wrong_code_or_number_refuses_nothing(self):
        self.opt_out_on_cores_page(number="%2B33611111111")
        self.opt_out_on_cores_page(code="wrong")
        self.assertFalse(self.entries())

    def test_nobody_can_pretend_to_be_that_page(self):
        forged = {"company": self.company.id, "words": "they said so"}
        blacklist = self.env["phone.blacklist"].with_context(hub_opt_out=forged)
        blacklist.add(MOBILE)
        self.assertEqual(self.entries().source, "blacklist")
