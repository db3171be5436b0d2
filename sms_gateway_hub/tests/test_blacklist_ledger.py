from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MOBILE, HubCommon

OTHER = "+33611111111"


@tagged("post_install", "-at_install")
class TestBlacklistLedger(HubCommon):
    """The blacklist of core and the consent ledger say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blacklist = cls.env["phone.blacklist"]

    def entries(self, number=MOBILE, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return (
            self.env["sms.hub.consent.event"]
            .sudo()
            .search([("number", "=", number), *domain], order="id")
        )

    def actions(self, number=MOBILE):
        return self.entries(number).mapped(lambda one: (one.action, one.source))

    def active(self, number):
        return self.blacklist.sudo().search_count([("number", "=", number)]) == 1

    def record(self, action, number=MOBILE, scope="all", source="agent", company=None):
        return self.env["sms.hub.consent"]._record(
            [
                {
                    "company": company or self.company,
                    "number": number,
                    "scope": scope,
                    "action": action,
                    "source": source,
                }
            ]
        )

    # === FROM THE BLACKLIST === #

    def test_every_way_onto_the_blacklist_is_taken_down_once(self):
        ways = {
            "created": lambda: self.blacklist.create({"number": MOBILE}),
            "added": lambda: self.blacklist.add("06 12 34 56 78"),
            "from a record": lambda: self.lead._phone_set_blacklisted(),
            "activated": lambda: (
                self.blacklist.with_context(active_test=False)
                .search([("number", "=", MOBILE)])
                .action_unarchive()
            ),
        }
        for round_no, (name, way) in enumerate(ways.items(), 1):
            with self.subTest(name):
                way()
                way()
                refusals = self.entries(action="refused", source="blacklist")
                self.assertEqual(len(refusals), round_no)
                self.assertEqual(refusals[-1].company_id, self.company)
                self.assertFalse(refusals[-1].proven)
                self.blacklist.remove(MOBILE)

    def test_every_way_off_the_blacklist_is_taken_down_once(self):
        ways = {
            "removed": lambda: self.blacklist.remove(MOBILE),
            "archived": lambda: self.blacklist.search([]).action_archive(),
            "deleted": lambda: self.blacklist.search([]).unlink(),
            "wizard": lambda: (
                self.env["phone.blacklist.remove"]
                .create({"phone": MOBILE})
                .action_unblacklist_apply()
            ),
            "renamed": lambda: self.blacklist.search([]).write({"number": OTHER}),
        }
        for round_no, (name, way) in enumerate(ways.items(), 1):
            with self.subTest(name):
                self.blacklist.add(MOBILE)
                way()
                released = self.entries(action="released")
                self.assertEqual(len(released), round_no)
        self.assertEqual(self.actions(OTHER), [("refused", "blacklist")])

    def test_what_was_never_refused_is_not_lifted(self):
        self.blacklist.remove(MOBILE)
        self.blacklist.create({"number": OTHER, "active": False})
        self.assertFalse(self.entries() + self.entries(OTHER))

    def test_it_cancels_what_waits_at_every_company(self):
        other = self._new_company("Other Company")
        self._new_gateway(other)
        messages = self.enqueue() + self.enqueue(company=other)
        self.blacklist.add(MOBILE)
        self.assertEqual(set(messages.mapped("reason")), {"cancelled_by_stop"})
        self.assertFalse(self.messages(("door", "=", "confirmation")))

    def test_lifting_it_lifts_it_at_every_company(self):
        other = self._new_company("Other Company")
        self.record("refused", company=other)
        self.assertTrue(self.active(MOBILE))
        self.blacklist.remove(MOBILE)
        lifted = self.entries(action="released")
        self.assertEqual(lifted.company_id, other)
        states = self.env["sms.hub.consent"]._states(other, [MOBILE])
        self.assertEqual(states[MOBILE]["all"].value.value, "none")

    # === WHAT THE PERSON REFUSED ALONE === #

    def ways_off(self):
        """Every way in which core takes a number off the blacklist."""
        return {
            "removed": lambda: self.blacklist.sudo().remove(MOBILE),
            "archived": lambda: self.blacklist.search([]).action_archive(),
            "written": lambda: self.blacklist.search([]).write({"active": False}),
            "renamed": lambda: self.blacklist.search([]).write({"number": OTHER}),
            "deleted": lambda: self.blacklist.search([]).unlink(),
            "by record": lambda: self.lead._phone_reset_blacklisted(),
            "wizard": lambda: (
                self.env["phone.blacklist.remove"]
                .create({"phone": MOBILE})
                .action_unblacklist_apply()
            ),
        }

    def test_no_way_off_the_blacklist_lifts_what_the_person_refused(self):
        other = self._new_company("Other Company")
        # somebody else's refusal beside it makes no difference
        self.record("refused", source="agent")
        for source, company in (("keyword", self.company), ("page", other)):
            self.record("refused", source=source, company=company)
            for name, way in self.ways_off().items():
                with (
                    self.subTest(f"{name}, {source}"),
                    self.assertRaisesRegex(UserError, "add a file or a web"),
                    self.env.cr.savepoint(),
                ):
                    way()
                self.env.invalidate_all()
                self.assertTrue(self.active(MOBILE))
        self.assertFalse(self.entries(action="released"))

    def test_another_spelling_of_the_number_lifts_nothing_either(self):
        self.record("refused", "+5511987654321", source="keyword")
        twin = self.blacklist.search([("number", "=", "+551187654321")])
        self.assertTrue(twin)
        with self.assertRaisesRegex(UserError, "asked by a text.*ending in 321"):
            twin.unlink()

    def test_a_proof_takes_it_off_the_blacklist(self):
        self.record("refused", source="keyword")
        self.env["sms.hub.consent.entry"].with_user(self.hub_manager).create(
            {
                "res_model": "res.partner",
                "res_id": self.partner.id,
                "action": "released",
                "everything": True,
                "source": "verbal",
                "evidence_url": "https://example.com/letter",
                "note": "wrote to us",
            }
        ).action_record()
        self.assertFalse(self.active(MOBILE))
        self.blacklist.add(MOBILE)
        self.blacklist.remove(MOBILE)
        self.assertFalse(self.active(MOBILE), "that was no word of the person's")

    def test_what_staff_or_the_operator_entered_is_lifted_by_a_manager(self):
        plain = self._new_user("blacklist_only", "base.group_system")
        for source in ("agent", "provider"):
            self.record("refused", source=source)
            with (
                self.subTest(source),
                self.assertRaisesRegex(UserError, "Ask a manager"),
                self.env.cr.savepoint(),
            ):
                self.blacklist.with_user(plain).remove(MOBILE)
            self.env.invalidate_all()
            self.blacklist.remove(MOBILE)
            self.assertFalse(self.active(MOBILE))
        self.blacklist.add(MOBILE)
        self.blacklist.with_user(plain).remove(MOBILE)
        last = self.entries(action="released")[-1]
        self.assertEqual(last.actor_login, "blacklist_only")

    # === FROM THE LEDGER === #

    def test_a_refusal_of_everything_is_on_the_blacklist_in_all_spellings(self):
        self.record("refused", "+5511987654321")
        self.assertTrue(self.active("+5511987654321"))
        self.assertEqual(
            self.actions("+5511987654321"), [("refused", "agent")], "and no echo"
        )
        self.company.hub_country_ids = self.env.ref("base.br")
        blocked = self.enqueue(number="+551187654321")
        self.assertEqual(blocked.reason, "suppressed")
        self.record("released", "+551187654321")
        spelled = [("number", "in", ("+5511987654321", "+551187654321"))]
        self.assertFalse(self.blacklist.sudo().search_count(spelled))

    def test_narrower_refusals_are_not(self):
        self.record("refused", scope="marketing")
        self.assertFalse(self.active(MOBILE))

    def test_a_number_that_core_cannot_read_is_refused_all_the_same(self):
        number = "+15555550100"
        with self.assertRaises(UserError):
            self.blacklist.create({"number": number})
        self.record("refused", number)
        self.company.hub_country_ids = self.env.ref("base.us")
        states = self.env["sms.hub.consent"]._states(self.company, [number])
        self.assertTrue(self.env["sms.hub.consent"]._is_refused(states[number]))

    def test_a_narrow_refusal_cancels_only_what_it_is_about(self):
        other = self._new_company("Other Company")
        self._new_gateway(other)
        topic = self.env["sms.hub.scope"].create({"name": "News", "code": "news"})
        marketing = self.enqueue(purpose="marketing", body="a")
        news = self.enqueue(purpose="marketing", body="b")
        news.scope_id = topic
        personal = self.enqueue(body="c")
        theirs = self.enqueue(purpose="marketing", body="d", company=other)
        self.record("refused", scope="news")
        self.assertEqual((news.state, marketing.state), ("cancelled", "queued"))
        self.record("refused", scope="marketing")
        self.assertEqual(
            (marketing.state, marketing.reason), ("cancelled", "cancelled_by_stop")
        )
        self.assertEqual((personal.state, theirs.state), ("queued", "queued"))

    # === FORGERY === #

    def test_nobody_can_pretend_to_be_the_ledger(self):
        forged = self.blacklist.with_context(hub_ledger=True)
        forged.add(MOBILE)
        self.assertEqual(self.actions(), [("refused", "blacklist")])
