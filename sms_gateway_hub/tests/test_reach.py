from lxml import etree

from odoo.tests import Form, tagged

from .common import LANDLINE, MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestReach(HubCommon):
    """The form of a contact or lead says why no text reaches them."""

    def _why(self, record):
        return record.with_user(self.hub_user).hub_unreachable

    def test_a_number_that_cannot_be_texted_is_told_with_what_to_do(self):
        for record in (self.partner, self.lead):
            for phone, words in (
                (MOBILE, None),
                (LANDLINE, "landline.*Enter a mobile number"),
                (f"{MOBILE} / {LANDLINE}", "more than one number.*Keep one"),
                ("12", "cannot be a phone number.*Correct"),
                (False, None),
            ):
                with self.subTest(model=record._name, phone=phone):
                    self.partner.phone = record.phone = phone
                    if words:
                        self.assertRegex(self._why(record), words)
                    else:
                        self.assertFalse(self._why(record))

    def test_who_refused_is_told_and_who_did_not_agree_to_marketing_is_not(self):
        self.company.hub_marketing_consent = "required"
        self.assertFalse(self._why(self.partner))
        self.env["phone.blacklist"].sudo()._add([MOBILE])
        self.env.invalidate_all()
        for record in (self.partner, self.lead):
            self.assertIn("asked not to be texted", self._why(record))

    def test_what_only_waits_is_no_obstacle(self):
        self.gateway.test_mode = True
        self.assertFalse(self._why(self.partner))

    def test_where_the_hub_does_not_send_it_says_nothing(self):
        self.partner.phone = "12"
        self.gateway.action_deactivate()
        self.assertFalse(self._why(self.partner))

    def test_the_banner_follows_what_is_typed(self):
        alone = self.env["crm.lead"].create({"name": "Alone", "phone": MOBILE})
        for record in (self.partner, alone):
            with Form(record.with_user(self.hub_user)) as form:
                form.phone = "12"
                self.assertIn("cannot be a phone number", form.hub_unreachable)
                form.phone = MOBILE
                self.assertFalse(form.hub_unreachable)

    def test_a_new_contact_has_no_banner_before_it_has_a_number(self):
        contacts = self.env["res.partner"].with_user(self.hub_manager)
        with Form(contacts) as form:
            form.name = "New"
            self.assertFalse(form.hub_unreachable)

    def test_who_has_no_part_in_the_hub_gets_no_banner(self):
        clerk = self._new_user("clerk", "base.group_user")
        for user, banner in ((self.hub_user, True), (clerk, False)):
            view = self.env["res.partner"].with_user(user).get_view(view_type="form")
            arch = etree.fromstring(view["arch"])
            found = arch.xpath("//field[@name='hub_unreachable']")
            self.assertEqual(bool(found), banner)
