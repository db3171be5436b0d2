from lxml import etree

from odoo.tests import tagged

from .common import MOBILE, HubCommon

#: Columns for programs. None may reach a screen of somebody who only texts.
TECHNICAL = {
    "alone",
    "attempts",
    "encoding",
    "epoch",
    "error_code",
    "event_ids",
    "lane",
    "lease_until",
    "mirror_pending",
    "platform_ref",
    "raw_status",
    "request_id",
    "res_id",
    "res_model",
    "uuid",
}
#: What only an administrator of the hub may see of a gateway.
SECRETIVE = {
    "allow_private_host",
    "api_key",
    "api_key_encrypted",
    "base_url",
    "webhook_addresses",
    "webhook_field_map",
    "webhook_secret",
    "webhook_url",
}
VIEWS = {
    "sms.hub.message": ("list", "kanban", "form", "search", "pivot", "graph"),
    "sms.hub.gateway": ("list", "kanban", "form", "search"),
}


@tagged("post_install", "-at_install")
class TestScreens(HubCommon):
    """What each kind of user gets to see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub_admin = cls._new_user(
            "hub_admin", "sms_gateway_hub.group_administrator"
        )

    def _fields_on(self, user, model, view_type):
        """Return the names of the fields on the view as this user gets it."""
        views = self.env[model].with_user(user).get_views([(False, view_type)])
        arch = etree.fromstring(views["views"][view_type]["arch"])
        return {node.get("name") for node in arch.iter("field")}

    # === PLAIN USERS === #

    def test_no_screen_of_a_plain_user_shows_a_technical_field(self):
        for model, view_types in VIEWS.items():
            for view_type in view_types:
                with self.subTest(model=model, view_type=view_type):
                    names = self._fields_on(self.hub_user, model, view_type)
                    self.assertTrue(names)
                    self.assertFalse(names & (TECHNICAL | SECRETIVE))

    def test_an_administrator_gets_the_technical_details(self):
        message = self._fields_on(self.hub_admin, "sms.hub.message", "form")
        never = {"alone", "mirror_pending", "res_id", "res_model"}
        self.assertLessEqual(TECHNICAL - never, message)
        gateway = self._fields_on(self.hub_admin, "sms.hub.gateway", "form")
        self.assertLessEqual(SECRETIVE - {"api_key_encrypted"}, gateway)

    def test_own_filters_of_a_plain_user_offer_no_technical_field(self):
        messages = self.env["sms.hub.message"]
        offered = set(messages.with_user(self.hub_user).fields_get())
        self.assertFalse(offered & TECHNICAL)
        self.assertIn("record_name", offered)
        everything = set(messages.with_user(self.hub_admin).fields_get())
        self.assertLessEqual(TECHNICAL, everything)

    def test_a_plain_user_reads_every_field_of_the_form(self):
        self.enqueue(res_model="crm.lead", res_id=self.lead.id)
        names = self._fields_on(self.hub_user, "sms.hub.message", "form")
        [values] = self.messages().with_user(self.hub_user).read(list(names))
        self.assertEqual(values["record_name"], self.lead.name)

    def test_a_page_of_the_ledger_names_its_records_in_few_queries(self):
        leads = self.env["crm.lead"].create([{"name": f"L{n}"} for n in range(20)])
        for lead in leads:
            self.enqueue(res_model="crm.lead", res_id=lead.id)
        self.env.invalidate_all()
        messages = self.messages().with_user(self.hub_user)
        messages.mapped("body")
        with self.assertQueryCount(4):
            names = messages.mapped("record_name")
        self.assertEqual(names, leads.mapped("name"))

    # === MENUS === #

    def _menus_of(self, user):
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        root = self.env.ref("sms_gateway_hub.sms_hub_menu_root")
        ours = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])
        return set(ours.filtered(lambda menu: menu.id in visible).mapped("name"))

    def test_each_role_gets_its_menus(self):
        everyone = {
            "SMS Hub",
            "Messages",
            "All Messages",
            "Waiting",
            "Blocked and Held",
            "Failed or Unknown",
            "Replies",
            "New Text",
        }
        management = {"Reporting", "Configuration", "Number Doctor"}
        management |= {
            "Rules",
            "Quiet Hours",
            "Public Holidays",
            "Caps",
            "Senders",
            "Try a Number",
            "Prices",
            "Unreachable Numbers",
        }
        management |= {"Consent", "Current State", "Ledger", "Seals", "Verify"}
        management |= {"Sender Pauses", "Sender Health"}
        management |= {"Health", "Now", "Alarms"}
        management |= {"Topics", "Signing Keys", "Import Consents"}
        administration = {"Gateways", "Templates", "Technical", "Requests", "Events"}
        administration |= {"Balances"}
        for user, more in (
            (self.salesman_own, set()),
            (self.hub_user, set()),
            (self.hub_manager, management),
            (self.hub_admin, management | administration),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._menus_of(user), everyone | more)

    def test_an_event_is_named_by_its_kind_also_without_a_number(self):
        events = self.env["sms.hub.event"]
        events._insert_unreadable(self.gateway, "{", "It is cut off.")
        self.reply(MOBILE, "Yes")
        names = events.search([], limit=2).mapped("display_name")
        self.assertEqual(names, [f"Reply, {MOBILE}", "Unreadable"])

    def test_empty_lists_say_what_to_do(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "=like", "sms.hub.%")]
        )
        self.assertGreaterEqual(len(actions), 8)
        for action in actions:
            with self.subTest(action=action.name):
                help_text = etree.fromstring(f"<div>{action.help}</div>")
                self.assertEqual(len(help_text.findall("p")), 2)

    def test_the_ledger_offers_no_button_that_it_refuses(self):
        for model in (
            "sms.hub.message",
            "sms.hub.request",
            "sms.hub.alarm",
            "sms.hub.event",
            "sms.hub.consent.event",
            "sms.hub.consent.seal",
            "sms.hub.consent.check",
        ):
            for view_type in ("list", "form"):
                with self.subTest(model=model, view_type=view_type):
                    views = self.env[model].get_views([(False, view_type)])
                    arch = etree.fromstring(views["views"][view_type]["arch"])
                    self.assertEqual(arch.get("create"), "0")
                    self.assertEqual(arch.get("edit"), "0")
                    self.assertEqual(arch.get("delete"), "0")

    # === COMPOSER === #

    def _new_composer(self, **values):
        composers = self.env["sms.composer"].with_user(self.hub_user)
        return composers.create({"body": "Hello", **values})

    def test_the_composer_says_when_a_text_will_wait(self):
        def notice():
            lead = {"res_model": "crm.lead", "res_id": self.lead.id}
            return self._new_composer(**lead).hub_notice

        self.assertFalse(notice())
        self.gateway.test_mode = True
        self.assertIn("test mode", notice())
        self.gateway.action_pause()
        self.assertIn("paused", notice())

    def test_free_numbers_are_acknowledged_and_the_composer_closes(self):
        composer = self._new_composer(composition_mode="numbers", numbers=MOBILE)
        action = composer.action_send_sms()
        self.assertEqual(self.messages().number, MOBILE)
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(
            action["params"]["next"]["type"], "ir.actions.act_window_close"
        )

    def test_without_a_gateway_the_composer_is_as_before(self):
        self.gateway.action_deactivate()
        sent_by_core = self._watch_core()
        composer = self._new_composer(composition_mode="numbers", numbers=MOBILE)
        self.assertFalse(composer.hub_gateway_id)
        self.assertFalse(composer.action_send_sms())
        self.assertEqual(len(sent_by_core), 1)
        self.assertFalse(self.messages())
