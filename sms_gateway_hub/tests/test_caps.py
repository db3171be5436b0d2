from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HubCommon

_DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestCaps(HubCommon):
    """How often one person may be texted, as the gate gets it."""

    def caps(self, country="", company=None):
        return [
            cap[1:]
            for cap in self.env["sms.hub.cap"]._caps_for(
                company or self.company, country
            )
        ]

    def cap(self, **values):
        return self.env["sms.hub.cap"].create(
            {
                "name": "Ours",
                "company_id": self.company.id,
                "limit": 2,
                "period": "week",
                **values,
            }
        )

    def test_what_is_shipped(self):
        everywhere = ("marketing", None, 3, _DAY)
        self.assertEqual(self.caps(), [everywhere])
        self.assertEqual(self.caps("FR"), [everywhere])
        self.assertCountEqual(
            self.caps("CO"), [everywhere, ("marketing", None, 1, _DAY)]
        )

    def test_a_company_adds_its_own(self):
        self.cap(sender="HUB")
        self.cap(period="month", purpose="transactional")
        other = self._new_company("Another")
        shared = self.caps(company=other)
        self.assertEqual(len(shared), 1)
        self.assertCountEqual(
            self.caps(),
            [
                *shared,
                (None, "HUB", 2, timedelta(days=7)),
                ("transactional", None, 2, timedelta(days=30)),
            ],
        )

    def test_a_change_counts_at_once(self):
        cap = self.cap()
        self.assertIn((None, None, 2, timedelta(days=7)), self.caps())
        cap.limit = 5
        self.assertIn((None, None, 5, timedelta(days=7)), self.caps())
        cap.active = False
        self.assertEqual(len(self.caps()), 1)

    def test_asking_again_costs_no_query(self):
        self.caps()
        with self.assertQueryCount(0):
            self.caps()

    @mute_logger("odoo.sql_db")
    def test_what_cannot_be(self):
        self.cap()
        for values in ({"limit": 0, "period": "day"}, {"limit": -1, "sender": "A"}, {}):
            with (
                self.subTest(values),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.cap(**values)


@tagged("post_install", "-at_install")
class TestRightsOnRules(HubCommon):
    """Who may change what binds everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub_admin = cls._new_user(
            "hub_admin", "sms_gateway_hub.group_administrator"
        )
        cls.other = cls._new_company("Another")
        ref = cls.env.ref
        day = cls.env["sms.hub.holiday"].create(
            {"name": "Ours", "date": "2026-11-18", "company_id": False}
        )
        cls.shared = [
            ref("sms_gateway_hub.hours_fr"),
            ref("sms_gateway_hub.cap_marketing"),
            day,
        ]

    def own(self, shared, company):
        """Return a row of a company that resembles a shared one."""
        return shared.copy({"company_id": company.id})

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_a_manager_changes_the_rows_of_the_own_company_only(self):
        third = self._new_company("Third")
        for shared in self.shared:
            own, foreign = (self.own(shared, one) for one in (self.company, self.other))
            model = shared.with_user(self.hub_manager)
            with self.subTest(shared._name):
                own.with_user(self.hub_manager).name = "Changed"
                self.assertEqual(own.name, "Changed")
                self.assertTrue(model.name)
                with self.assertRaises(AccessError):
                    model.name = "Changed"
                with self.assertRaises(AccessError):
                    own.with_user(self.hub_manager).company_id = third
                with self.assertRaises(AccessError):
                    foreign.with_user(self.hub_manager).read(["name"])
                with self.assertRaises(AccessError):
                    model.unlink()

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_an_administrator_changes_the_shared_rows(self):
        for shared in self.shared:
            with self.subTest(shared._name):
                shared.with_user(self.hub_admin).name = "Changed"
                self.assertEqual(shared.name, "Changed")

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_texts_reads_and_changes_nothing(self):
        for shared in self.shared:
            mine = shared.with_user(self.hub_user)
            with self.subTest(shared._name):
                self.assertTrue(mine.name)
                for change in (
                    lambda mine=mine: mine.write({"name": "Changed"}),
                    mine.unlink,
                    lambda shared=shared: self.own(
                        shared.with_user(self.hub_user), self.company
                    ),
                ):
                    with self.assertRaises(AccessError):
                        change()

    def test_the_form_knows_who_may_edit(self):
        for shared in self.shared[:2]:
            with self.subTest(shared._name):
                self.assertFalse(shared.with_user(self.hub_manager).may_edit)
                self.assertTrue(shared.with_user(self.hub_admin).may_edit)

    def test_the_rules_bind_who_may_not_read_them(self):
        stranger = self._new_user("stranger", "base.group_user")
        caps = self.env["sms.hub.cap"].with_user(stranger)._caps_for(self.other)
        self.assertEqual(len(caps), 1)
