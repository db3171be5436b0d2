from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import MOBILE, HubCommon

_OTHER_NUMBER = "+33655555555"


@tagged("post_install", "-at_install")
class TestAccessMessages(HubCommon):
    """Texts are read by whoever may read what they are about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead.user_id = cls.salesman_own
        cls.foreign_lead = cls.env["crm.lead"].create(
            {
                "name": "Somebody else's",
                "partner_id": cls.partner.id,
                "user_id": cls.hub_user.id,
            }
        )
        cls.own = cls._text(cls.lead, "About my lead")
        cls.foreign = cls._text(cls.foreign_lead, "About another lead")
        cls.contact = cls._text(cls.partner, "About the contact")
        cls.all = cls.own | cls.foreign | cls.contact

    @classmethod
    def _text(cls, record, body, **asked):
        return cls.env["sms.hub.message"]._enqueue(
            [
                {
                    "company": cls.company,
                    "door": "queue",
                    "number": MOBILE,
                    "body": body,
                    "partner_id": cls.partner.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    **asked,
                }
            ]
        )

    def as_user(self, user):
        """Return the ledger as somebody sees it."""
        return self.env["sms.hub.message"].with_user(user)

    # === ACTING === #

    def test_who_may_only_read_a_record_cannot_cancel_or_repeat_its_texts(self):
        reader = self._new_user("only_reads", "sms_gateway_hub.group_user")
        text = self.contact.with_user(reader)
        self.assertEqual(text.body, "About the contact")
        for action in ("action_cancel", "action_send_again"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(text, action)()
        self.assertEqual(self.contact.state, "queued")
        self.contact.with_user(self.salesman_own).action_cancel()
        self.assertEqual(self.contact.state, "cancelled")

    def test_cancelling_a_selection_leaves_alone_what_may_be_out(self):
        self.own.sudo().write({"state": "accepted"})
        told = (self.own | self.contact).with_user(self.hub_manager).action_cancel()
        self.assertEqual(self.own.state, "accepted")
        self.assertEqual(self.contact.state, "cancelled")
        self.assertIn("1 of 2", told["params"]["message"])

    # === OWN LEADS ONLY === #

    def test_texts_on_others_leads_are_found_nowhere(self):
        ledger = self.as_user(self.salesman_own)
        seen = self.own | self.contact
        domain = [("id", "in", self.all.ids)]
        self.assertEqual(ledger.search(domain), seen)
        self.assertEqual(ledger.search_count(domain), 2)
        for body in ("About another lead", "another"):
            self.assertFalse(ledger.search([("body", "ilike", body)]))
        names = [name_id for name_id, _name in ledger.name_search(MOBILE)]
        self.assertNotIn(self.foreign.id, names)
        self.assertEqual(
            [row["body"] for row in ledger.search_read(domain, ["body"], order="id")],
            ["About my lead", "About the contact"],
        )
        found = ledger.web_search_read(domain, {"body": {}})
        self.assertEqual(found["length"], 2)

    def test_texts_on_others_leads_are_counted_nowhere(self):
        ledger = self.as_user(self.salesman_own)
        domain = [("id", "in", self.all.ids)]
        [(count, bodies)] = ledger._read_group(
            domain, [], ["__count", "body:array_agg"]
        )
        self.assertEqual(count, 2)
        self.assertNotIn("About another lead", bodies)
        groups = ledger.formatted_read_group(domain, ["res_model"], ["__count"])
        self.assertEqual(
            {group["res_model"]: group["__count"] for group in groups},
            {"crm.lead": 1, "res.partner": 1},
        )
        partner = self.partner.with_user(self.salesman_own)
        self.assertEqual(partner.hub_message_count, 2)
        self.assertEqual(self.partner.with_user(self.hub_user).hub_message_count, 3)
        gateway = self.gateway.with_user(self.salesman_own)
        self.assertEqual(gateway.message_count, 2)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_knowing_the_id_does_not_help(self):
        foreign = self.foreign.with_user(self.salesman_own)
        calls = {
            "read": lambda: foreign.read(["body"]),
            "field": lambda: foreign.body,
            "web_read": lambda: foreign.web_read({"body": {}}),
            "export": lambda: foreign._export_rows([["body"]]),
            "cancel": foreign.action_cancel,
            "send again": foreign.action_send_again,
            "open": lambda: foreign.check_access("read"),
        }
        for name, call in calls.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self.env.invalidate_all()
                call()
        self.assertEqual(foreign.sudo().state, "queued")
        self.assertFalse(foreign.has_access("read"))
        self.assertEqual(
            self.all.with_user(self.salesman_own)._filtered_access("read"),
            self.own | self.contact,
        )

    def test_whoever_sees_all_leads_sees_all_their_texts(self):
        ledger = self.as_user(self.hub_user)
        self.assertEqual(ledger.search([("id", "in", self.all.ids)]), self.all)
        self.assertEqual(self.foreign.with_user(self.hub_user).body, self.foreign.body)

    def test_an_archived_lead_keeps_its_texts_readable(self):
        self.lead.active = False
        self.assertIn(self.own, self.as_user(self.salesman_own).search([]))

    def test_a_text_about_nothing_belongs_to_its_author(self):
        mine = self.enqueue(author_id=self.salesman_own.id)
        others = self.enqueue(author_id=self.hub_user.id)
        found = self.as_user(self.salesman_own).search([])
        self.assertIn(mine, found)
        self.assertNotIn(others, found)

    def test_a_text_about_something_deleted_is_the_managers(self):
        alone = self.env["crm.lead"].create({"name": "Alone", "phone": _OTHER_NUMBER})
        text = self._text(alone, "About nothing any more", partner_id=False)
        alone.unlink()
        self.assertEqual(text.state, "cancelled")
        self.assertNotIn(text, self.as_user(self.hub_user).search([]))
        self.assertIn(text, self.as_user(self.hub_manager).search([]))

    def test_lists_of_ids_are_never_made(self):
        query = self.as_user(self.salesman_own)._search([("state", "=", "queued")])
        sql = query.select().code
        self.assertIn('"crm_lead"', sql)
        self.assertLessEqual(len(query.select().params), 40)

    # === OTHER PEOPLE === #

    def test_a_colleague_without_the_app_works_as_before(self):
        colleague = new_test_user(
            self.env,
            "colleague",
            "base.group_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with Form(self.env["res.partner"].with_user(colleague)) as form:
            form.name = "Nobody's customer"
        self.assertNotIn("hub_message_count", form._view["fields"])
        contact = self.partner.with_user(colleague)
        with self.assertRaises(AccessError), mute_logger("odoo.orm.models"):
            contact.read(["hub_message_count"])
        with self.assertRaises(AccessError):
            self.as_user(colleague).search([])
        contact.copy().unlink()

    def test_a_customer_with_a_login_sees_nothing(self):
        portal = new_test_user(self.env, "portal_customer", "base.group_portal")
        for model in (
            "sms.hub.message",
            "sms.hub.gateway",
            "sms.hub.event",
            "sms.hub.request",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])

    def test_events_and_requests_are_for_administrators(self):
        for user in (self.hub_user, self.hub_manager):
            for model in ("sms.hub.event", "sms.hub.request"):
                with (
                    self.subTest(model, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(user).search([])

    def test_nobody_writes_the_ledger(self):
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        for user in (self.hub_user, self.hub_manager, admin):
            own = self.own.with_user(user).with_company(self.company)
            calls = {
                "write": lambda own=own: own.write({"body": "Something else"}),
                "create": lambda own=own: own.create({"number": MOBILE}),
                "unlink": own.unlink,
            }
            for name, call in calls.items():
                with (
                    self.subTest(name, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    call()

    # === COMPANIES === #

    def test_a_manager_reads_all_of_the_own_companies_only(self):
        other = self._new_company("Other Company")
        self._new_gateway(other)
        theirs = self._text(self.partner, "Theirs", company=other)
        ledger = self.as_user(self.hub_manager)
        self.assertEqual(
            ledger.search([("id", "in", (self.all | theirs).ids)]), self.all
        )
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            theirs.with_user(self.hub_manager).read(["body"])
        self.hub_manager.company_ids |= other
        both = ledger.with_context(allowed_company_ids=(self.company | other).ids)
        self.assertIn(theirs, both.search([]))
        one = ledger.with_context(allowed_company_ids=other.ids)
        self.assertEqual(one.search([]), theirs)

    # === EXPORT === #

    def test_exporting_is_a_right_of_its_own(self):
        self.hub_manager.group_ids |= self.env.ref("base.group_allow_export")
        texts = self.all.with_user(self.hub_manager)
        with self.assertRaisesRegex(AccessError, "Export SMS logs"):
            texts.export_data(["body"])
        self.hub_manager.group_ids |= self.env.ref("sms_gateway_hub.group_export")
        rows = texts.export_data(["body"])["datas"]
        self.assertEqual(len(rows), 3)

    def test_exporting_something_else_does_not_get_around_it(self):
        administrator = self._new_user(
            "hub_administrator",
            "sms_gateway_hub.group_administrator,base.group_allow_export",
        )
        request = self.env["sms.hub.request"].create({"gateway_id": self.gateway.id})
        self.all.request_id = request
        with self.assertRaisesRegex(AccessError, "Export SMS logs"):
            request.with_user(administrator).export_data(["message_ids/body"])
