from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import HubCommon

#: How the hub is run, which is in the settings alone.
_OPERATION = ("hub_alarm_", "hub_metrics_", "hub_text_days", "hub_metadata_months")


@tagged("post_install", "-at_install")
class TestCompanyRules(HubCommon):
    """The rules of a company, on the two screens that show them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._new_company("Another")

    def rules(self, user):
        return self.env["sms.hub.rules"].with_user(user)

    def test_both_screens_show_every_rule(self):
        rules = {
            name
            for name, field in self.company._fields.items()
            if name.startswith("hub_") and field._modules == ("sms_gateway_hub",)
            if field.store and not field.readonly and not name.startswith(_OPERATION)
        }
        for model in ("sms.hub.rules", "res.config.settings"):
            arch = self.env[model].get_view(view_type="form")["arch"]
            for name in rules:
                with self.subTest(name, model=model):
                    self.assertIn(name, self.env[model]._fields)
                    self.assertIn(f'name="{name}"', arch)
        self.assertIn("hub_quiet_hours", rules)

    def test_a_manager_changes_the_rules_of_the_company(self):
        with Form(self.rules(self.hub_manager)) as form:
            self.assertEqual(form.company_id, self.company)
            form.hub_quiet_hours = True
            form.hub_repeat_hours = 7
            form.hub_country_ids.add(self.france)
        self.assertTrue(self.company.hub_quiet_hours)
        self.assertEqual(self.company.hub_repeat_hours, 7)
        self.assertEqual(self.company.hub_country_ids, self.france)
        self.assertFalse(form.record.env.su)
        form.record.write({"hub_repeat_hours": 8})
        self.assertEqual(self.company.hub_repeat_hours, 8)
        self.assertNotEqual(self.other.hub_repeat_hours, 8)

    def test_a_manager_does_not_say_when_a_second_person_is_needed(self):
        mine = self.rules(self.hub_manager).create({})
        self.company.hub_approval_parts = 2000
        for name in (
            "hub_user_daily_limit",
            "hub_approval_above",
            "hub_approval_parts",
        ):
            before = self.company[name]
            self.assertTrue(before)
            for way, change in (
                ("create", lambda name=name: mine.create({name: 0})),
                ("write", lambda name=name: mine.write({name: 0})),
            ):
                with self.subTest(name, way=way), self.assertRaises(AccessError):
                    change()
            with self.subTest(name, way="default"):
                default = {f"default_{name}": 0}
                mine.with_context(**default).create({"hub_repeat_hours": 5})
                self.assertEqual(self.company[name], before)
            with self.subTest(name, way="form"), Form(mine) as form:
                with self.assertRaises(AssertionError):
                    form[name] = 0

    def test_an_administrator_says_when_a_second_person_is_needed(self):
        boss = self._new_user("boss", "sms_gateway_hub.group_administrator")
        with Form(self.rules(boss)) as form:
            form.hub_approval_above = 50
        self.assertEqual(self.company.hub_approval_above, 50)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_else_does(self):
        for user in (self.hub_user, self.salesman_own):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.rules(user).create({"hub_repeat_hours": 0})
        self.assertTrue(self.company.hub_repeat_hours)

    def test_a_manager_has_no_say_in_another_company(self):
        mine = self.rules(self.hub_manager).create({})
        for name, change in (
            (
                "create",
                lambda: self.rules(self.hub_manager).create(
                    {"company_id": self.other.id, "hub_repeat_hours": 0}
                ),
            ),
            ("move", lambda: mine.write({"company_id": self.other.id})),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                change()
        self.env.invalidate_all()
        rules = self.rules(self.hub_manager)
        with self.assertRaises(AccessError):
            rules.new({"company_id": self.other.id}).mapped("hub_repeat_hours")
        self.assertTrue(self.other.hub_repeat_hours)

    def test_only_rules_can_be_changed_there(self):
        fields = self.env["sms.hub.rules"]._fields.values()
        changed = [field for field in fields if field.related and not field.readonly]
        reached = {field.related for field in changed}
        self.assertTrue(reached)
        self.assertTrue(all(path.startswith("company_id.hub_") for path in reached))

    def test_an_administrator_changes_them_in_the_settings(self):
        settings = self.env["res.config.settings"].create(
            {"company_id": self.company.id, "hub_repeat_hours": 3}
        )
        settings.execute()
        self.assertEqual(self.company.hub_repeat_hours, 3)

    @mute_logger("odoo.sql_db")
    def test_a_limit_is_not_negative(self):
        for name in (
            "hub_consent_months",
            "hub_repeat_hours",
            "hub_user_daily_limit",
            "hub_approval_above",
            "hub_approval_parts",
        ):
            with (
                self.subTest(name),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company[name] = -1
                self.env.flush_all()
