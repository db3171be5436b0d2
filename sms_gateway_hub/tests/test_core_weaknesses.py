"""What goes wrong in Odoo's own sending must not happen to a company with a gateway."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from .common import MOBILE, HubCommon

_OTHERS = ["+33612345679", "+33612345680", "+33612345681", "+33612345682"]


@tagged("post_install", "-at_install")
class TestCoreWeaknesses(HubCommon):
    def setUp(self):
        super().setUp()
        self.core_sent = self._watch_core()
        self.platform = self._use_script()

    def _partners(self, numbers):
        return self.env["res.partner"].create(
            [{"name": f"Customer {number}", "phone": number} for number in numbers]
        )

    def _compose(self, records, **values):
        composer = self.env["sms.composer"].create(
            {
                "res_model": records._name,
                "res_ids": repr(records.ids),
                "composition_mode": "mass",
                "body": "Hello",
                **values,
            }
        )
        return composer._action_send_sms()

    # === SENDING TWICE === #

    def test_a_test_mailing_goes_out_once_and_with_its_opt_out_link(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "body_plaintext": "Spring has come",
                "sms_allow_unsubscribe": True,
            }
        )
        # core would also call the API of the company in which somebody clicks
        clicked = self.env["mailing.sms.test"].with_company(self._new_company("Bare"))
        clicked.create({"mailing_id": mailing.id, "numbers": MOBILE}).action_send_sms()
        self._core_queue()
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 1)
        self.assertIn("/sms/", self.platform.sent[0].text)
        self.assertFalse(self.core_sent)

    @mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch")
    def test_an_answer_that_is_no_answer_leaves_only_its_own_text_open(self):
        self.platform.answers = [Outcome.ACCEPTED, ValueError("no JSON")]
        for partner in self._partners(_OTHERS[:2]):
            partner._message_sms("Hello")
        self.dispatch()
        states = sorted(self.messages().mapped("state"))
        self.assertEqual(states, ["accepted", "unknown"])
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 2, "nothing is sent again by itself")

    def test_a_text_that_the_answer_leaves_out_is_not_sent_at_every_run(self):
        self.lead._message_sms("Hello")
        self.platform.answers = [Outcome.UNKNOWN]
        self.dispatch()
        self.dispatch()
        self._core_queue()
        self.assertEqual(len(self.platform.sent), 1)
        self.assertEqual(self.messages().state, "unknown")
        self.assertNotEqual(self.env["sms.sms"].search([]).state, "outgoing")

    # === COMPANIES === #

    def test_two_companies_in_the_queue_do_not_stop_it(self):
        other = self._new_company("Without Gateway")
        self.lead._message_sms("Ours", put_in_queue=True)
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "phone": _OTHERS[0], "company_id": other.id}
        )
        theirs._message_sms("Theirs", put_in_queue=True)
        self._core_queue()
        self.assertEqual(len(self.core_sent), 1)
        self.dispatch()
        self.assertEqual([one.text for one in self.platform.sent], ["Ours"])

    def test_a_company_never_sends_through_another_ones_account(self):
        other = self._new_company("Second Hub")
        gateway = self._new_gateway(other, sender="SECOND")
        self.gateway.sender = "FIRST"
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "phone": _OTHERS[0], "company_id": other.id}
        )
        self.lead._message_sms("From the first")
        theirs._message_sms("From the second")
        self.assertEqual(self.messages(("number", "=", _OTHERS[0])).gateway_id, gateway)
        self.dispatch()
        senders = {
            messages[0].text: envelope.sender
            for envelope, messages in self.platform.requests
        }
        self.assertEqual(
            senders, {"From the first": "FIRST", "From the second": "SECOND"}
        )

    # === WHAT PEOPLE ARE TOLD === #

    def _refused_for(self, error_class):
        """Return core's row of a text that the platform refused."""
        self.lead._message_sms("Hello")
        [message] = self.messages()
        self.platform.answers = [
            [SendResult(message.uuid, Outcome.REJECTED, error_class=error_class)]
        ]
        self.dispatch()
        sms = self.env["sms.sms"].search([])
        self.assertEqual(sms.state, "error")
        return sms

    def test_sending_again_tells_how_many_really_are_queued_again(self):
        sms = self._refused_for(ErrorClass.CONTENT)
        notice = sms.resend_failed()["params"]
        self.assertEqual(notice["type"], "success")
        self.assertIn("1 of 1", notice["message"])
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 2)
        self.assertEqual(sms.state, "pending")

    def test_sending_again_counts_nothing_that_is_refused_at_once(self):
        """The platform said that nobody can text this number."""
        sms = self._refused_for(ErrorClass.NUMBER)
        notice = sms.resend_failed()["params"]
        self.assertEqual(notice["type"], "warning")
        self.assertIn("0 of 1", notice["message"])
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 1)

    def test_reports_reach_what_was_sent_in_bulk_and_to_free_numbers(self):
        partners = self._partners(_OTHERS[:2])
        self.env["phone.blacklist"].sudo()._add([_OTHERS[1]])
        self._compose(partners, mass_keep_log=True)
        self.env["sms.composer"].create(
            {"composition_mode": "numbers", "numbers": MOBILE, "body": "Hi"}
        )._action_send_sms()
        self.dispatch()
        for message in self.messages(("state", "=", "accepted")):
            self.report(message)
        self.mirror()
        by_number = {one.number: one.state for one in self.messages()}
        self.assertEqual(
            by_number,
            {_OTHERS[0]: "delivered", _OTHERS[1]: "blocked", MOBILE: "delivered"},
        )
        texted, blocked = partners
        self.assertEqual(
            texted.message_ids.notification_ids.notification_status, "sent"
        )
        told = blocked.message_ids.notification_ids
        self.assertEqual(told.notification_status, "exception")
        self.assertEqual(told.failure_type, "hub_suppressed")

    def test_a_missing_registration_is_called_by_its_name(self):
        self.lead._message_sms("Hello")
        message = self.messages()
        self.platform.answers = [
            [SendResult(message.uuid, Outcome.REJECTED, error_class=ErrorClass.SENDER)]
        ]
        self.dispatch()
        notification = self.lead.message_ids.notification_ids
        self.assertEqual(notification.failure_type, "hub_error_sender")
        self.assertIn("sender", notification.failure_reason)

    # === PEOPLE WHO DO NOT WANT IT === #

    def test_the_block_list_holds_for_one_text_and_for_free_numbers(self):
        self.env["phone.blacklist"].sudo()._add([MOBILE])
        self.lead._message_sms("Hello")
        self.env["sms.composer"].create(
            {"composition_mode": "numbers", "numbers": MOBILE, "body": "Hi"}
        )._action_send_sms()
        self.assertEqual(self.messages().mapped("reason"), ["suppressed"] * 2)
        self.dispatch()
        self.assertFalse(self.platform.sent)

    # === REPORTS === #

    def test_reports_out_of_order_end_in_delivered(self):
        self.lead._message_sms("Hello")
        self.dispatch()
        message = self.messages()
        for word in ("DELIVRD", "EXPIRED", "ACCEPTD"):
            self.report(message, word)
        self.mirror()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(
            self.lead.message_ids.notification_ids.notification_status, "sent"
        )

    def test_cores_public_report_routes_do_not_reach_our_messages(self):
        self.lead._message_sms("Hello")
        self.dispatch()
        message = self.messages()
        self.report(message)
        self.mirror()
        tracker = self.env["sms.tracker"].sudo().search([])
        tracker._action_update_from_provider_error("expired")
        tracker._action_update_from_sms_state("error", failure_type="sms_server")
        notification = self.lead.message_ids.notification_ids
        self.assertEqual(notification.notification_status, "sent")

    def test_a_report_needs_none_of_cores_rows(self):
        self.lead._message_sms("Hello")
        self.dispatch()
        self.env.cr.execute("DELETE FROM sms_sms")
        self.env.invalidate_all()
        message = self.messages()
        self.report(message)
        self.assertEqual(message.state, "delivered")
        self.assertEqual(
            self.lead.message_ids.notification_ids.notification_status, "sent"
        )

    # === SAVING === #

    def test_a_lead_without_a_phone_can_be_moved_to_a_stage_that_texts(self):
        stage = self.env["crm.stage"].create({"name": "Text them"})
        template = self.env["sms.template"].create(
            {
                "name": "Stage",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "body": "Hello",
            }
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Text",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "sms",
                "sms_method": "comment",
                "sms_template_id": template.id,
            }
        )
        lead = self.env["crm.lead"].create({"name": "No phone"})
        lead.stage_id = stage
        action.with_context(active_model="crm.lead", active_ids=lead.ids).run()
        self.assertEqual(self.messages().reason, "number_missing")

    # === SIZE === #

    def test_a_selection_of_any_size_can_be_texted(self):
        partner = self._partners(_OTHERS[:1])
        ids = [*range(1_000_000, 1_015_000), partner.id]
        composer = self.env["sms.composer"].new(
            {"res_model": "res.partner", "res_ids": repr(ids)}
        )
        self.assertGreater(len(composer.res_ids), 100 * 1024)
        self.assertEqual(composer.res_ids_count, 15_001)
        self.assertEqual(composer._get_records().ids, ids)

    # === WHAT CORE GAVE UP === #

    def test_what_odoo_cancelled_or_failed_does_not_come_to_life(self):
        for failure, judged in (
            (False, False),
            ("sms_credit", False),
            ("sms_server", False),
            ("sms_number_format", True),
        ):
            for state in ("canceled", "error"):
                with self.subTest(failure=failure, state=state):
                    known = self.messages()
                    sms = self.env["sms.sms"].create(
                        {
                            "number": MOBILE,
                            "body": "Hello",
                            "state": state,
                            "failure_type": failure,
                        }
                    )
                    self.assertEqual(bool(self.messages() - known), judged)
                    self.assertEqual((sms.hub_managed, sms.state), (judged, state))

    def test_what_a_selection_drops_for_unknown_reasons_is_not_texted(self):
        values = {"number": MOBILE, "body": "Hello", "state": "canceled"}
        self.env["sms.sms"]._hub_record_refused(
            [{**values, "failure_type": "sms_credit"}]
        )
        self.assertFalse(self.messages())
        self.env["sms.sms"]._hub_record_refused(
            [{**values, "failure_type": "sms_optout"}]
        )
        self.assertEqual(self.messages().reason, "opted_out")

    # === LATER === #

    def test_a_scheduled_text_to_a_bare_number_is_kept(self):
        hour = "2050-01-01 09:00:00"
        self.env["crm.lead"].create(
            {"name": "No contact", "phone": MOBILE}
        )._message_sms("Later", scheduled_date=hour)
        message = self.messages()
        self.assertEqual(message.number, MOBILE)
        self.assertEqual(str(message.not_before), hour)

    def test_finished_rows_of_core_are_cleared_and_the_ledger_keeps_them(self):
        self.env["phone.blacklist"].sudo()._add([_OTHERS[0]])
        self._compose(self._partners(_OTHERS[:2]), mass_keep_log=False)
        self.lead._message_sms("Never mind", put_in_queue=True)
        self.env["sms.sms"].search([("number", "=", MOBILE)]).action_set_canceled()
        self.dispatch()
        self.report(self.messages(("state", "=", "accepted")))
        self.mirror()
        self.env["sms.sms"]._gc_device()
        self.env.cr.execute("SELECT count(*) FROM sms_sms")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertEqual(
            sorted(self.messages().mapped("state")),
            ["blocked", "cancelled", "delivered"],
        )
