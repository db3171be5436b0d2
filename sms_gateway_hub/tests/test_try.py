from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import LANDLINE, MOBILE, MOBILE_NATIONAL, HubCommon

#: Noon in Paris on a Sunday far enough away to be planned for.
_SUNDAY = fields.Datetime.to_datetime("2035-09-09 10:00:00")
_MONDAY = fields.Datetime.to_datetime("2035-09-10 10:00:00")


@tagged("post_install", "-at_install")
class TestTry(HubCommon):
    """The box that answers: when may I text?"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.hub_quiet_hours = True
        cls.company.partner_id.tz = "Europe/Paris"

    def box(self, **values):
        """Fill in the box as a manager does, without saving it."""
        form = Form(self.env["sms.hub.try"].with_user(self.hub_manager))
        for name, value in values.items():
            form[name] = value
        return form

    def test_nothing_is_asked_before_a_number_is_there(self):
        box = self.box()
        self.assertFalse(box.verdict)
        self.assertFalse(box.answer)

    def test_a_sunday_in_france_waits_for_monday(self):
        box = self.box(number=MOBILE_NATIONAL, at=_SUNDAY)
        self.assertEqual(box.verdict, "hold")
        self.assertEqual(
            box.answer,
            "+33 6 12 34 56 78, Marketing: waits until "
            "Monday 10 September, 08:00 (Paris).",
        )
        self.assertIn("outside the hours", box.why)
        self.assertTrue(box.advice)
        self.assertEqual(box.zones, "Paris: 12:00")
        self.assertEqual(box.opens, "Closed until Monday 10 September, 08:00 (Paris)")
        self.assertEqual(box.hours_ids[:].mapped("name"), ["France"])

    def test_a_monday_goes_out(self):
        box = self.box(number=MOBILE, at=_MONDAY)
        self.assertEqual(box.verdict, "allow")
        self.assertEqual(
            box.answer,
            "+33 6 12 34 56 78, Marketing: goes out on "
            "Monday 10 September, 12:00 (Paris).",
        )
        self.assertFalse(box.why)

    def test_the_answer_follows_what_is_asked(self):
        box = self.box(number=MOBILE, at=_SUNDAY)
        self.assertEqual(box.verdict, "hold")
        box.purpose = "transactional"
        self.assertEqual(box.verdict, "allow")
        box.at = False
        self.assertEqual(box.answer, "+33 6 12 34 56 78, Transactional: goes out now.")
        box.number = LANDLINE
        self.assertEqual(box.verdict, "deny")
        self.assertIn("landline", box.why)
        box.number = "no idea"
        self.assertEqual(box.answer, "no idea, Transactional: refused.")

    def test_a_contact_brings_number_and_place(self):
        self.company.hub_country_ids = self.france | self.env.ref("base.us")
        self.partner.write(
            {
                "phone": "+1 212 555 0100",
                "country_id": self.env.ref("base.us").id,
                "state_id": self.env.ref("base.state_us_27").id,
            }
        )
        box = self.box(partner_id=self.partner, at=_SUNDAY)
        self.assertEqual(box.number, "+1 212 555 0100")
        self.assertIn("waits until Sunday 9 September, 08:00 (New York)", box.answer)

    def test_consent_and_caps_are_told(self):
        self.company.hub_marketing_consent = "required"
        box = self.box(number=MOBILE, at=_MONDAY)
        self.assertEqual(box.verdict, "deny")
        self.assertEqual(box.consent, "Nothing is recorded")
        self.assertEqual(box.opens, "Open")
        self.assertEqual(box.caps, "0 of 3 texts in 24 hours")

    def test_a_cap_of_the_sender_is_told(self):
        self.gateway.sender = "HUB"
        self.env["sms.hub.cap"].create(
            {"name": "Ours", "limit": 9, "period": "week", "sender": "HUB"}
        )
        box = self.box(number=MOBILE, at=_MONDAY)
        self.assertIn("0 of 9 texts in 7 days", box.caps)

    def test_nobody_can_find_an_hour_for_everywhere(self):
        self.company.hub_country_ids = self.france
        self.env["sms.hub.hours"].create(
            {
                "name": "At night",
                "country_id": self.france.id,
                "company_id": self.company.id,
                **{
                    f"{day}_{end}": value
                    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
                    for end, value in (("start", 21), ("end", 23))
                },
            }
        )
        box = self.box(number=MOBILE, at=_MONDAY)
        self.assertEqual(
            box.answer, "+33 6 12 34 56 78, Marketing: waits for a person."
        )
        self.assertIn("No hour suits", box.opens)

    def test_a_wait_without_an_end(self):
        self.gateway.write({"test_mode": True, "test_numbers": "+33611111111"})
        box = self.box(number=MOBILE, at=_MONDAY)
        self.assertEqual(
            box.answer, "+33 6 12 34 56 78, Marketing: waits for a person."
        )

    def test_it_answers_before_there_is_a_gateway(self):
        self.gateway.action_deactivate()
        self.assertEqual(self.box(number=MOBILE, at=_SUNDAY).verdict, "hold")

    def test_it_sends_nothing(self):
        before = self.messages()
        self.box(number=MOBILE).save()
        self.assertEqual(self.messages(), before)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_nobody_asks_about_what_another_company_knows(self):
        other = self._new_company("Another")
        boxes = self.env["sms.hub.try"].with_user(self.hub_manager)
        self.assertEqual(
            boxes.create({"company_id": other.id, "number": MOBILE}).company_id,
            self.company,
        )
        self.partner.company_id = other
        asked = {"partner_id": self.partner.id, "number": MOBILE}
        with self.assertRaises(AccessError):
            boxes.new(asked).mapped("answer")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_who_only_texts_has_no_box(self):
        with self.assertRaises(AccessError):
            self.env["sms.hub.try"].with_user(self.hub_user).create({"number": MOBILE})


@tagged("post_install", "-at_install")
class TestPlacesOfLaw(HubCommon):
    """Whose hours hold, by address and number together."""

    def rules(self, number, country=None, state=None):
        self.company.write({"hub_quiet_hours": True})
        self.partner.write(
            {
                "country_id": country and self.env.ref(country).id,
                "state_id": state and self.env.ref(state).id,
            }
        )
        item = {
            "number": number,
            "purpose": "marketing",
            "body": "Hello",
            "segments": 1,
            "partner_id": self.partner.id,
        }
        [judgement] = self.env["sms.hub.gate"]._judge(self.gateway, [item])
        return judgement.evidence["hours"]["rules"]

    def test_the_state_is_told_by_the_address_or_the_number(self):
        texan, floridian, toll_free = "+15125550100", "+13055550100", "+15005550100"
        usa, texas, forces = "base.us", "base.state_us_44", "base.state_us_aa"
        for asked, expected in (
            ((texan,), ["US", "US-TX"]),
            ((texan, usa), ["US", "US-TX"]),
            ((texan, usa, texas), ["US", "US-TX"]),
            ((floridian, usa, texas), ["US", "US-FL", "US-TX"]),
            ((toll_free, usa, texas), ["US", "US-TX"]),
            ((toll_free, usa), ["US", "US-?"]),
            ((toll_free, usa, forces), ["US", "US-?"]),
            ((texan, usa, forces), ["US", "US-?", "US-TX"]),
            ((MOBILE, usa, forces), ["FR", "US", "US-?"]),
            ((MOBILE, usa, texas), ["FR", "US", "US-TX"]),
            ((MOBILE, "base.fr"), ["FR"]),
        ):
            with self.subTest(asked):
                self.assertEqual(sorted(self.rules(*asked)), sorted(expected))
