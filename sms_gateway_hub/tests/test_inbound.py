from datetime import datetime, timedelta, timezone

from lxml import html

from odoo import fields
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from ..gateway.messages import InboundSms
from .common import MOBILE, MOBILE_NATIONAL, HubCommon

_STRANGER = "+33698765432"
#: Text that must reach the chatter as text, and what people see of it.
_HOSTILE = (
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ("<b>bold</b> & <a href='//x'>x</a>", "<b>bold</b> & <a href='//x'>x</a>"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("{{ object.env.cr.dbname }}", "{{ object.env.cr.dbname }}"),
    ("<t t-out='1'/> ${1+1}", "<t t-out='1'/> ${1+1}"),
    ("pay \u202e00.1€\u202c now", "pay 00.1€ now"),
    ("a\u200bb\u2066c\u2069d\ufeffe\u00adf\u061cg", "abcdefg"),
    ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
    ("tag\U000e0041\U000e007fs", "tags"),
    ("ASCII\u200djoined", "ASCIIjoined"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
)


@tagged("post_install", "-at_install")
class TestInbound(HubCommon):
    def setUp(self):
        super().setUp()
        self.lead.user_id = self.salesman_own
        self.salesman_own.notification_type = "inbox"

    def posted(self, answer):
        """Return the comment an answer was posted as."""
        self.assertEqual(len(answer), 1)
        return answer.mail_message_id

    # === THE RIGHT RECORD === #

    def test_a_reply_goes_to_the_record_of_the_last_text(self):
        second = self.lead.copy({"partner_id": self.partner.id})
        for turn, lead in enumerate((self.lead, second, self.lead)):
            with self.subTest(turn=turn):
                lead._message_sms("Hello Camille")
                answer = self.reply(MOBILE, "Fine", message_id=f"in-{turn}")
                self.assertEqual(answer._get_record(), lead)
                self.assertEqual(answer.partner_id, self.partner)
                self.assertIn(self.posted(answer), lead.message_ids)

    def test_numbers_match_however_the_platform_writes_them(self):
        for number in (MOBILE, MOBILE[1:], MOBILE_NATIONAL.replace(" ", "")):
            with self.subTest(number=number):
                answer = self.reply(number, f"From {number}")
                self.assertEqual(answer.number, MOBILE)
                self.assertEqual(answer._get_record(), self.lead)

    def test_both_spellings_of_a_number_are_one_person(self):
        argentina = self.env.ref("base.ar")
        self.company.hub_country_ids = self.france | argentina
        contact = self.env["res.partner"].create(
            {"name": "Inés", "phone": "+5491123456789", "country_id": argentina.id}
        )
        as_carriers_write_it = "541123456789"
        answer = self.reply(as_carriers_write_it, "Hola")
        self.assertEqual(answer._get_record(), contact)
        self.assertEqual(answer.number, f"+{as_carriers_write_it}")
        lead = self.env["crm.lead"].create({"name": "Piso", "phone": contact.phone})
        self.assertEqual(self.reply(as_carriers_write_it, "Dos")._get_record(), lead)
        contact._message_sms("Buen día")
        answer = self.reply(as_carriers_write_it, "Tres")
        self.assertEqual(answer._get_record(), contact)

    def test_digits_that_mean_two_numbers_are_the_one_we_texted(self):
        self.company.country_id = self.env.ref("base.us")
        # Norway has 47 and eight digits, Arkansas has 479 and seven
        digits, norway, arkansas = "4792123456", "+4792123456", "+14792123456"
        inbox = self.env["sms.hub.event"]
        self.assertEqual(inbox._canonical(self.gateway, digits), norway)
        self.enqueue(number=arkansas)
        self.assertEqual(inbox._canonical(self.gateway, digits), arkansas)

    def test_without_a_conversation_it_goes_to_the_open_lead(self):
        lost = self.lead.copy({"partner_id": self.partner.id})
        lost.action_set_lost()
        answer = self.reply(MOBILE, "Are you there?")
        self.assertEqual(answer._get_record(), self.lead)

    def test_without_a_lead_it_goes_to_the_contact(self):
        self.lead.unlink()
        answer = self.reply(MOBILE, "Are you there?")
        self.assertEqual(answer._get_record(), self.partner)

    def test_a_stranger_becomes_a_new_lead(self):
        answer = self.reply(_STRANGER, "How much is it?")
        lead = answer._get_record()
        self.assertEqual(lead._name, "crm.lead")
        self.assertEqual(lead.phone_sanitized, _STRANGER)
        self.assertEqual(lead.company_id, self.company)
        self.assertFalse(lead.user_id)
        self.assertIn(_STRANGER, self.posted(answer).email_from)
        again = self.reply(_STRANGER, "Hello?")
        self.assertEqual(again._get_record(), lead, "not a lead per text")

    def test_short_codes_and_names_make_no_lead(self):
        leads = self.env["crm.lead"].search_count([])
        for sender in ("56767", "HDFCBK", "AX-OFFERS", "112"):
            with self.subTest(sender=sender):
                answer = self.reply(sender, "Your balance is 10")
                self.assertEqual(answer.number, sender)
                self.assertEqual(answer.body, "Your balance is 10")
                self.assertFalse(answer.res_model)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_a_lost_or_archived_record_is_the_last_choice(self):
        self.lead._message_sms("Hello Camille")
        self.lead.action_set_lost()
        answer = self.reply(MOBILE, "Back again")
        self.assertEqual(answer._get_record(), self.partner)
        self.partner.active = False
        answer = self.reply(MOBILE, "And again")
        self.assertEqual(answer._get_record(), self.lead, "its owner knows the story")

    def test_a_deleted_record_sends_it_on(self):
        other = self.env["crm.lead"].create({"name": "Short-lived", "phone": MOBILE})
        other._message_sms("Hello Camille")
        self.dispatch()
        other.unlink()
        self.assertEqual(self.reply(MOBILE, "Hm?")._get_record(), self.lead)

    def test_an_entry_of_a_mailing_list_is_nobodys_inbox(self):
        entry = self.env["mailing.contact"].create(
            {"name": "Camille", "mobile": MOBILE, "country_id": self.france.id}
        )
        self.enqueue(door="mailing", res_model=entry._name, res_id=entry.id)
        self.assertEqual(self.reply(MOBILE, "Interested!")._get_record(), self.lead)

    def test_every_company_has_its_own_conversation(self):
        other = self._new_company("Other Company")
        gateway = self._new_gateway(other)
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "phone": MOBILE, "company_id": other.id}
        )
        self.lead.company_id = self.company
        self.lead._message_sms("Hello Camille")
        inbound = InboundSms(
            message_id="", from_number=MOBILE, to_number="X", text="To the other"
        )
        self._receive(gateway, inbound)
        answer = self.messages(direction="in")
        self.assertEqual(answer.company_id, other)
        self.assertEqual(answer._get_record(), theirs)

    # === THE COMMENT === #

    def test_it_is_the_customers_comment_and_tells_the_owner(self):
        self.lead._message_sms("Hello Camille")
        comment = self.posted(self.reply(MOBILE, "Yes, please"))
        self.assertEqual(comment.author_id, self.partner)
        self.assertEqual(comment.message_type, "comment")
        self.assertEqual(comment.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(comment.hub_inbound_number, MOBILE)
        notification = comment.notification_ids
        self.assertEqual(notification.res_partner_id, self.salesman_own.partner_id)
        self.assertEqual(notification.notification_type, "inbox")

    def test_nothing_goes_out_because_somebody_wrote(self):
        follower = self.env["res.partner"].create(
            {"name": "Follower", "email": "follower@example.com", "phone": _STRANGER}
        )
        self.partner.email = "camille@example.com"
        self.lead.message_subscribe((follower | self.partner).ids)
        self.salesman_own.write(
            {
                "out_of_office_message": "<p>Away</p>",
                "out_of_office_from": fields.Datetime.now() - timedelta(days=1),
            }
        )
        self.lead._message_sms("Hello Camille")
        self.company.hub_confirm_stop = False
        before = self.sent_things()
        for text in ("Yes", "", "STOP"):
            self.reply(MOBILE, text)
        self.assertEqual(self.sent_things(), before)
        followers = self.lead.message_partner_ids
        self.assertNotIn(self.env.ref("base.partner_root"), followers)

    def sent_things(self):
        """Return how many SMS, mails and outgoing ledger rows there are."""
        return (
            self.env["sms.sms"].sudo().search_count([]),
            self.env["mail.mail"].sudo().search_count([]),
            len(self.messages()),
        )

    def test_without_an_owner_whoever_wrote_last_is_told(self):
        self.lead.user_id = False
        self.hub_user.notification_type = "inbox"
        self.lead.with_user(self.hub_user)._message_sms("Hello Camille")
        comment = self.posted(self.reply(MOBILE, "Yes"))
        told = comment.notification_ids.res_partner_id
        self.assertEqual(told, self.hub_user.partner_id)

    def test_owner_and_writer_see_it_at_once_where_the_record_is_open(self):
        self.lead.with_user(self.hub_user)._message_sms("Hello Camille")
        told = []

        def note(_bus, channel, kind, payload):
            if kind == "sms_gateway_hub.reply":
                told.append((channel, payload))

        self.patch(self.env.registry["bus.bus"], "_sendone", note)
        self.reply(MOBILE, "Yes")
        payload = {"model": "crm.lead", "id": self.lead.id}
        users = self.salesman_own | self.hub_user
        self.assertCountEqual(told, [(user.partner_id, payload) for user in users])

    def test_a_former_owner_is_not_told(self):
        self.lead._message_sms("Hello Camille")
        self.salesman_own.active = False
        comment = self.posted(self.reply(MOBILE, "Yes"))
        told = comment.notification_ids.res_partner_id
        self.assertNotIn(self.salesman_own.partner_id, told)

    def test_hostile_text_is_only_text(self):
        for text, seen in _HOSTILE:
            with self.subTest(text=text):
                answer = self.reply(MOBILE, text)
                self.assertEqual(answer.body, seen)
                shown = self.posted(answer).body
                self.assertEqual(_as_text(shown), seen)

    def test_an_empty_text_is_told_as_such(self):
        for text in ("", "  \n", "\u200b"):
            with self.subTest(text=text):
                answer = self.reply(MOBILE, text, message_id=f"empty-{ascii(text)}")
                self.assertFalse(answer.body)
                self.assertIn("empty", self.posted(answer).body)

    def test_we_speak_the_owners_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.salesman_own.lang = "fr_FR"
        spoken = []
        inbound = type(self.env["sms.hub.inbound"])
        post = inbound._post

        def listen(model, *args):
            spoken.append(model.env.lang)
            return post(model, *args)

        self.patch(self.env.registry["sms.hub.inbound"], "_post", listen)
        self.reply(MOBILE, "")
        self.assertEqual(spoken, ["fr_FR"])

    # === TWICE === #

    def test_the_same_words_minutes_apart_are_two_replies(self):
        start = datetime(2026, 1, 15, 12, tzinfo=timezone.utc)
        for name, times, count in (
            ("two minutes", (start, start + timedelta(minutes=2)), 2),
            ("the same push twice", (start, start), 1),
        ):
            with self.subTest(name):
                number = f"+3361111110{count}"
                known = self.messages(direction="in")
                for moment in times:
                    self.reply(number, "Ok", occurred_at=moment)
                self.assertEqual(len(self.messages(direction="in") - known), count)

    def test_without_any_time_a_minute_tells_them_apart(self):
        inbox = self.env["sms.hub.event"]
        sms = InboundSms(message_id="", from_number=MOBILE, to_number="X", text="Ok")
        start = fields.Datetime.to_datetime("2026-01-15 12:00:10")
        stored = [
            len(
                inbox._insert_all(
                    self.gateway,
                    [sms],
                    "push",
                    received_at=start + timedelta(seconds=seconds),
                )
            )
            for seconds in (0, 20, 60, 65, 180)
        ]
        self.assertEqual(stored, [1, 0, 1, 0, 1])

    # === TROUBLE === #

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_event_apply")
    def test_a_stop_holds_even_if_its_reply_cannot_be_posted(self):
        waiting = self.enqueue()

        def broken(*args):
            raise RuntimeError("no chatter today")

        self.patch(self.env.registry["sms.hub.inbound"], "_post", broken)
        self.reply(MOBILE, "STOP")
        self.assertEqual(waiting.state, "cancelled")
        self.assertEqual(self.enqueue().reason, "suppressed")
        event = self.env["sms.hub.event"].sudo().search([])
        self.assertEqual((event.state, event.failures), ("parked", 1))

    @users("salesman_own")
    def test_who_may_read_the_lead_may_read_its_replies(self):
        answer = self.reply(MOBILE, "Yes")
        self.assertEqual(answer.with_user(self.env.user).body, "Yes")


def _as_text(body):
    """Return what a browser shows of a comment: its text, nothing executed."""
    root = html.fragment_fromstring(str(body), create_parent="div")
    tags = {node.tag for node in root.iterdescendants()}
    assert tags <= {"p", "br", "span"}, tags
    for node in root.iter("br"):
        node.tail = "\n" + (node.tail or "")
    return root.text_content().strip()
