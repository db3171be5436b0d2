from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LANDLINE, MOBILE, HubCommon

_METHODS = ("sms", "comment", "note")
_ACTIONS = "odoo.addons.sms_gateway_hub.models.ir_actions_server"
_RENDER = "odoo.addons.mail.models.mail_render_mixin"


@tagged("post_install", "-at_install")
class TestDoorAutomation(HubCommon):
    """The server action *Send SMS*, alone and behind an automation rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model_id = cls.env["ir.model"]._get_id("crm.lead")
        cls.template = cls.env["sms.template"].create(
            {
                "name": "Stage",
                "model_id": cls.model_id,
                "body": "Hello {{ object.name }}",
                "hub_template_ref": "1107160000000012345",
            }
        )
        cls.stage = cls.env["crm.stage"].create({"name": "Offer sent"})
        cls.action = cls.env["ir.actions.server"].create(
            {
                "name": "Text the customer",
                "model_id": cls.model_id,
                "state": "sms",
                "sms_template_id": cls.template.id,
                "hub_purpose": "transactional",
            }
        )
        cls.rule = cls.env["base.automation"].create(
            {
                "name": "Text on stage",
                "model_id": cls.model_id,
                "trigger": "on_stage_set",
                "trg_field_ref": cls.stage.id,
                "action_server_ids": [(6, 0, cls.action.ids)],
            }
        )

    def _run(self, records):
        self.action.with_context(
            active_model=records._name, active_ids=records.ids
        ).run()

    def _lead(self, phone, **values):
        return self.env["crm.lead"].create({"name": "x", "phone": phone, **values})

    def test_a_lead_that_reaches_the_stage_gets_exactly_one_text(self):
        for method in _METHODS:
            with self.subTest(method=method):
                self.action.sms_method = method
                before = self.messages()
                lead = self._lead(MOBILE, name="Kitchen")
                lead.stage_id = self.stage
                self.env.flush_all()
                row = self.messages() - before
                self.assertRecordValues(
                    row,
                    [
                        {
                            "state": "queued",
                            "door": "automation",
                            "purpose": "transactional",
                            "body": "Hello Kitchen",
                            "res_id": lead.id,
                            "template_ref": "1107160000000012345",
                        }
                    ],
                )

    def test_no_phone_keeps_nobody_from_moving_the_lead(self):
        cases = {
            False: "number_missing",
            "12": "number_invalid",
            LANDLINE: "number_landline",
            f"{MOBILE} | +33612345679": "number_two",
        }
        for method in _METHODS:
            for phone, reason in cases.items():
                with self.subTest(method=method, phone=phone):
                    self.action.sms_method = method
                    before = self.messages()
                    lead = self._lead(phone)
                    lead.stage_id = self.stage
                    self.env.flush_all()
                    self.assertEqual(lead.stage_id, self.stage)
                    row = self.messages() - before
                    self.assertEqual((row.state, row.reason), ("blocked", reason))
                    self.assertEqual(row.res_id, lead.id)

    def test_a_salesperson_moves_a_lead_that_texts(self):
        lead = self._lead(MOBILE, user_id=self.salesman_own.id)
        lead.with_user(self.salesman_own).stage_id = self.stage
        self.env.flush_all()
        self.assertEqual(self.messages().state, "queued")

    def test_one_lead_that_does_not_render_costs_neither_the_save_nor_the_rest(self):
        self.template.body = "{{ 1 / object.color }}"
        leads = self._lead(MOBILE, color=1) | self._lead("+33612345679", color=0)
        for method in _METHODS:
            with self.subTest(method=method), mute_logger(_ACTIONS, _RENDER):
                self.action.sms_method = method
                before = self.messages()
                leads.name = f"Saved with {method}"
                self._run(leads)
                found = {
                    row.res_id: (row.state, row.reason)
                    for row in self.messages() - before
                }
                self.assertEqual(
                    found,
                    {
                        leads[0].id: ("queued", False),
                        leads[1].id: ("blocked", "text_not_rendered"),
                    },
                )
                self.env.invalidate_all()
                self.assertEqual(set(leads.mapped("name")), {f"Saved with {method}"})

    def test_a_text_that_never_existed_cannot_be_sent_again(self):
        self.template.body = "{{ 1 / object.color }}"
        with mute_logger(_ACTIONS, _RENDER):
            self._run(self._lead(MOBILE, color=0))
        self.assertFalse(self.messages()._send_again())

    def test_conflicts_are_left_to_odoo_which_repeats_the_save(self):
        composer = self.env.registry["sms.composer"]
        for error in (SerializationFailure(), ConcurrencyError()):
            with (
                self.subTest(error=error),
                patch.object(composer, "_action_send_sms", side_effect=error),
                self.assertRaises(type(error)),
            ):
                self._run(self.lead)

    def test_an_automation_without_a_purpose_counts_as_marketing(self):
        self.action.hub_purpose = False
        self._run(self.lead)
        self.assertEqual(self.messages().purpose, "marketing")

    def test_a_text_that_sets_off_another_one_does_not_lend_it_its_purpose(self):
        self.env["base.automation"].create(
            {
                "name": "Answer a text with a text",
                "model_id": self.env["ir.model"]._get_id("mail.message"),
                "trigger": "on_create",
                "filter_domain": "[('message_type', '=', 'sms')]",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Text",
                            "model_id": self.env["ir.model"]._get_id("mail.message"),
                            "state": "code",
                            "code": "env['crm.lead'].browse(records.res_id)"
                            ".with_context(env.context)._message_sms('Second')"
                            " if records.preview != 'Second' else None",
                        }
                    )
                ],
            }
        )
        self.action.write({"sms_method": "comment", "hub_purpose": "marketing"})
        self._run(self.lead)
        found = {row.body: (row.purpose, row.template_ref) for row in self.messages()}
        self.assertEqual(
            found,
            {
                f"Hello {self.lead.name}": ("marketing", "1107160000000012345"),
                "Second": ("transactional", False),
            },
        )

    def test_leads_of_a_company_without_a_gateway_are_left_to_odoo(self):
        other = self._new_company("Bare")
        theirs = self._lead("+33612345679", company_id=other.id)
        self._run(self.lead | theirs)
        self.assertEqual(self.messages().res_id, self.lead.id)
        left = self.env["sms.sms"].search([("hub_managed", "=", False)])
        self.assertEqual(left.number, "+33612345679")
