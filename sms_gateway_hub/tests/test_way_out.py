import re

from odoo.tests import tagged

from .common import MOBILE, HubCommon

_LINK = re.compile(r"\nStop: (\S+)/sms/choices/([\w-]{22})$", re.ASCII)
OTHER = "+33611111111"


@tagged("post_install", "-at_install")
class TestWayOut(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.sender = "MYSHOP"
        cls.links = cls.env["sms.hub.choice.link"].sudo()

    def link(self, message):
        """Return the stored link that the text of a message carries."""
        found = _LINK.search(message.body)
        self.assertTrue(found, message.body)
        self.assertEqual(found[1], self.gateway.get_base_url())
        return self.links._find(found[2])

    def mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": "Offer",
                "body_plaintext": "Half price",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", self.partner.ids)],
                "hub_company_id": self.company.id,
                **values,
            }
        )

    # === SENDERS === #

    def test_a_sender_with_letters_cannot_receive_replies(self):
        for sender, one_way in (("MYSHOP", True), ("", False), ("+33700000000", False)):
            with self.subTest(sender=sender):
                self.gateway.sender = sender
                self.assertEqual(self.gateway.one_way, one_way)
        self.gateway.one_way = True
        self.assertTrue(self.gateway.one_way, "an administrator may know better")

    # === TEXTS === #

    def test_marketing_from_such_a_sender_carries_a_link(self):
        message = self.enqueue(purpose="marketing", body="Half price")
        link = self.link(message)
        self.assertEqual(
            (link.number, link.company_id, link.message_uuid),
            (MOBILE, self.company, message.uuid),
        )
        self.assertNotIn(MOBILE[1:], message.body)

    def test_the_parts_are_counted_with_the_link(self):
        message = self.enqueue(purpose="marketing", body="x" * 150)
        self.assertEqual((message.segments, message.encoding), (2, "gsm7"))

    def test_a_text_too_long_because_of_its_link_is_refused_before_it_costs(self):
        self.gateway.max_segments = 1
        message = self.enqueue(purpose="marketing", body="x" * 150)
        self.assertEqual((message.state, message.reason), ("blocked", "text_too_long"))
        self.assertFalse(self.links.search([("message_uuid", "=", message.uuid)]))

    def test_only_a_text_that_may_go_out_leads_anywhere(self):
        self.env["phone.blacklist"].add(MOBILE)
        message = self.enqueue(purpose="marketing")
        self.assertEqual(message.state, "blocked")
        self.assertFalse(self.link(message))

    def test_other_texts_and_other_senders_carry_none(self):
        personal = self.enqueue(body="Your order is ready")
        self.gateway.sender = "+33700000000"
        answerable = self.enqueue(purpose="marketing", body="Half price")
        self.assertEqual(
            (personal.body, answerable.body), ("Your order is ready", "Half price")
        )

    def test_an_empty_text_stays_empty(self):
        message = self.enqueue(purpose="marketing", body="")
        self.assertEqual((message.body or "", message.reason), ("", "text_empty"))

    def test_a_rewritten_text_keeps_its_link(self):
        message = self.enqueue(purpose="marketing", body="Half price")
        link = self.link(message)
        message._rewrite(body="A third of the price")
        self.assertTrue(message.body.startswith("A third of the price\n"))
        self.assertEqual(self.link(message), link)
        self.assertEqual(message.body.count("/sms/choices/"), 1)

    def test_texts_rewritten_together_keep_their_own_links(self):
        messages = self.enqueue(purpose="marketing", body="Half price")
        messages |= self.enqueue("+33612345679", purpose="marketing", body="Half")
        links = [self.link(message) for message in messages]
        messages._rewrite(body="A third of the price")
        self.assertEqual([self.link(message) for message in messages], links)
        self.assertEqual(len(set(links)), 2)

    def test_sent_again_it_gets_a_link_of_its_own(self):
        first = self.enqueue(purpose="marketing", body="Half price")
        first._move("block", reason="number_invalid")
        again = first._send_again()
        self.assertEqual(again.body.count("/sms/choices/"), 1)
        self.assertEqual(self.link(again).message_uuid, again.uuid)

    def test_a_link_that_somebody_typed_is_replaced(self):
        typed = f"Half price\n{self.links._url('a' * 22)}"
        message = self.enqueue(purpose="marketing", body=typed)
        self.assertNotIn("a" * 22, message.body)
        self.assertEqual(self.link(message).number, MOBILE)

    def test_it_is_in_the_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.partner.lang = "fr_FR"
        theirs = self.enqueue(purpose="marketing", partner_id=self.partner.id)
        nobody = self.enqueue(purpose="marketing", number=OTHER)
        self.assertEqual(self.link(theirs).lang, "fr_FR")
        self.assertEqual(self.link(nobody).lang, self.company.partner_id.lang)

    # === MAILINGS === #

    def test_a_mailing_links_to_our_page_instead_of_cores(self):
        self.gateway.sender = "+33700000000"
        self.mailing(sms_allow_unsubscribe=True).action_send_sms()
        message = self.messages(("door", "=", "mailing"))
        self.assertEqual(message.body.count("http"), 1, message.body)
        self.assertEqual(self.link(message).number, MOBILE)

    def test_a_one_way_mailing_has_one_link_whatever_is_ticked(self):
        for ticked in (True, False):
            with self.subTest(ticked=ticked):
                mailing = self.mailing(sms_allow_unsubscribe=ticked)
                mailing.action_send_sms()
                message = self.messages(("mailing_id", "=", mailing.id))
                self.assertEqual(message.body.count("http"), 1, message.body)
                self.assertEqual(self.link(message).message_uuid, message.uuid)

    def test_the_test_of_a_mailing_shows_the_link_too(self):
        mailing = self.mailing(sms_allow_unsubscribe=True)
        self.env["mailing.sms.test"].create(
            {"mailing_id": mailing.id, "numbers": OTHER}
        ).action_send_sms()
        message = self.messages(("door", "=", "mailing_test"))
        self.assertEqual(self.link(message).number, OTHER)

    def test_the_counter_knows_how_long_the_line_is(self):
        message = self.enqueue(purpose="marketing", body="x")
        counted = self.mailing().get_sms_link_replacements_placeholders()
        self.assertEqual(len(counted["unsubscribe"]), len(message.body) - 1)

    def test_without_a_gateway_the_link_is_cores(self):
        self.gateway.action_deactivate()
        mailing = self.mailing()
        composer = self.env["sms.composer"].new({"mailing_id": mailing.id})
        url = composer._get_unsubscribe_url(mailing.id, "abc")
        self.assertTrue(url.endswith(f"/sms/{mailing.id}/abc"))
        self.assertIn(url, composer._get_unsubscribe_info(url))

    # === SECRETS === #

    def test_the_token_is_long_and_not_stored(self):
        message = self.enqueue(purpose="marketing")
        link, token = self.link(message), message.body[-22:]
        self.assertNotIn(token, str(link.read()))
        tokens = {self.links._new_token() for _each in range(50)}
        self.assertEqual({len(one) for one in tokens}, {22})
        self.assertEqual(len(tokens), 50)

    def test_nobody_reads_links(self):
        self.assertFalse(self.links.with_user(self.hub_manager).has_access("read"))

    def test_a_strange_token_finds_nothing(self):
        for token in ("", None, "x", "x" * 22, "é" * 22, "x" * 23, "_" * 22, "\0" * 22):
            with self.subTest(token=token):
                self.assertFalse(self.links._find(token))
