from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import Form, tagged

from ..models import sms_hub_forecast
from ..policy import Decision, Reason, Verdict
from ..wizards import sms_composer_forecast
from .common import LANDLINE, MOBILE, HubCommon

_OTHER = "+33612345679"


@tagged("post_install", "-at_install")
class TestForecast(HubCommon):
    """What the composer says before anything is sent."""

    def _composer(self, user=None, **values):
        composer = self.env["sms.composer"].with_user(user or self.hub_user)
        return composer.create({"body": "Hello", **values})

    def _leads(self, **phones):
        return self.env["crm.lead"].create(
            [{"name": name, "phone": phone} for name, phone in phones.items()]
        )

    def _of_selection(self, records, **values):
        return self._composer(
            res_model=records._name,
            res_ids=str(records.ids),
            composition_mode="mass",
            **values,
        )

    # === SELECTION === #

    def test_the_forecast_of_a_selection_is_what_then_happens(self):
        self.env["phone.blacklist"].sudo()._add(["+33612345680"])
        leads = self._leads(
            good=MOBILE,
            twin=MOBILE,
            missing=False,
            two=f"{MOBILE} / {_OTHER}",
            landline=LANDLINE,
            refused="+33612345680",
        )
        composer = self._of_selection(leads, hub_purpose="marketing")
        forecast = composer.hub_forecast
        told = {
            leads.browse(group["ids"]): group["reason"] for group in forecast["groups"]
        }
        composer.action_send_sms()
        for records, reason in told.items():
            rows = self.messages(("res_id", "in", records.ids))
            self.assertEqual(set(rows.mapped("reason")), {reason})
        self.assertEqual(sum(len(records) for records in told), len(leads))
        self.assertEqual(
            [forecast[kind] for kind in ("now", "later", "not")], [1, 0, 5]
        )

    def test_looking_ahead_leaves_nothing_behind(self):
        leads = self._leads(a=MOBILE, b=_OTHER)
        composer = self._of_selection(leads, body="See https://example.com")
        models = ("sms.hub.message", "sms.sms", "link.tracker", "mail.message")
        before = [self.env[model].sudo().search_count([]) for model in models]
        self.assertEqual(composer.hub_forecast["now"], 2)
        after = [self.env[model].sudo().search_count([]) for model in models]
        self.assertEqual(before, after)

    def test_records_that_one_may_not_read_are_not_told(self):
        leads = self._leads(mine=MOBILE, theirs=_OTHER)
        leads[0].user_id = self.salesman_own
        leads[1].user_id = self.hub_manager
        composer = self._of_selection(leads.browse())
        composer = composer.with_user(self.salesman_own).new(
            {
                "res_model": "crm.lead",
                "res_ids": str(leads.ids),
                "composition_mode": "mass",
                "body": "Hello",
            }
        )
        [group] = composer.hub_forecast["groups"]
        self.assertEqual(group["ids"], leads[0].ids)

    def test_beyond_the_most_the_first_ones_stand_for_all(self):
        leads = self._leads(a=MOBILE, b=_OTHER, c="+33612345680")
        composer = self._of_selection(leads)
        with patch.object(sms_composer_forecast, "MOST", 2):
            forecast = composer.hub_forecast
        self.assertEqual((forecast["checked"], forecast["total"]), (2, 3))

    def test_a_long_selection_is_looked_at_when_somebody_asks(self):
        leads = self._leads(a=MOBILE, b=_OTHER)
        composer = self.env["sms.composer"].new(
            {
                "res_model": "crm.lead",
                "res_ids": str(leads.ids),
                "composition_mode": "mass",
                "body": "Hello",
            }
        )
        with patch.object(sms_composer_forecast, "AT_ONCE", 1):
            self.assertEqual(composer.hub_forecast, {"total": 2, "pending": True})
            composer.hub_check_many = True
            self.assertEqual(composer.hub_forecast["now"], 2)
            composer._onchange_hub_check_many()
            self.assertEqual(composer.hub_forecast, {"total": 2, "pending": True})

    # === WORDS === #

    def _words(self, *decisions):
        asked = {
            "company": self.company,
            "door": "chatter",
            "number": MOBILE,
            "body": "Hello",
        }
        recipients = [
            sms_hub_forecast.Recipient(asked, self.lead, "") for _one in decisions
        ]
        registered = self.env.registry["sms.hub.gate"]
        with patch.object(registered, "_forecast", lambda *args: list(decisions)):
            return self.env["sms.hub.forecast"]._of(recipients)

    def test_when_is_told_by_the_clock_of_whoever_reads_it(self):
        self.env.user.tz = "Asia/Kolkata"
        now = datetime.now(timezone.utc)
        forecasts = self.env["sms.hub.forecast"].with_context(tz="Asia/Kolkata")
        # 20:00 in Kolkata
        evening = now.replace(hour=14, minute=30, second=0, microsecond=0)
        local_day = (now + timedelta(hours=5, minutes=30)).date()
        for days, word in ((0, "today"), (1, "tomorrow"), (3, "on "), (9, "on ")):
            with self.subTest(days=days):
                shift = timedelta(days=days) + (local_day - evening.date())
                moment = forecasts._moment(evening + shift)
                self.assertTrue(moment.startswith(word), moment)
                self.assertRegex(moment, r"8:00.PM$")

    def test_one_recipient_is_one_sentence(self):
        tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
        for decision, words in (
            (Decision(Verdict.ALLOW), "gets it right away."),
            (Decision(Verdict.DENY, Reason.NO_CONSENT), "will not get it. Nobody"),
            (Decision(Verdict.HOLD, Reason.QUIET_HOURS, tomorrow), "gets it tomorrow"),
            (Decision(Verdict.HOLD, Reason.APPROVAL), "does not get it yet. A sending"),
        ):
            with self.subTest(verdict=decision.verdict):
                sentence = self._words(decision)["sentence"]
                self.assertIn(f"{self.lead.name} {words}", sentence)

    def test_a_group_says_from_when_until_when_its_texts_leave(self):
        now = datetime.now(timezone.utc)
        later = [
            Decision(Verdict.HOLD, Reason.QUIET_HOURS, now + timedelta(days=days))
            for days in (9, 1, 2)
        ]
        forecast = self._words(*later, Decision(Verdict.ALLOW))
        self.assertFalse(forecast["sentence"])
        self.assertEqual([one["kind"] for one in forecast["groups"]], ["now", "later"])
        self.assertRegex(forecast["groups"][1]["when"], "^between tomorrow .* and on ")

    # === EVERY WAY OF THE COMPOSER === #

    def test_the_forecast_follows_what_is_typed(self):
        record = {"default_res_model": "crm.lead", "default_res_id": self.lead.id}
        composers = self.env["sms.composer"].with_user(self.hub_user)
        form = Form(
            composers.with_context(default_composition_mode="comment", **record)
        )
        self.assertIn("right away", form.hub_forecast["sentence"])
        form.body = "Hello"
        form.recipient_single_number_itf = LANDLINE
        self.assertIn("landline", form.hub_forecast["sentence"])
        form.recipient_single_number_itf = MOBILE
        form.body = "Hello" * 1000
        self.assertIn("more parts", form.hub_forecast["sentence"])

    def test_free_numbers_are_told_by_their_number(self):
        self.env["phone.blacklist"].sudo()._add([_OTHER])
        composer = self._composer(
            composition_mode="numbers", numbers=f"06 12 34 56 78, {_OTHER}"
        )
        told = {
            one["names"][0]["name"]: (one["kind"], one["model"])
            for one in composer.hub_forecast["groups"]
        }
        self.assertEqual(told, {MOBILE: ("now", False), _OTHER: ("not", False)})

    def test_a_post_on_several_records_is_told_record_by_record(self):
        leads = self._leads(good=MOBILE, bad="12")
        composer = self._composer(
            res_model="crm.lead", res_ids=str(leads.ids), composition_mode="comment"
        )
        self.assertEqual(
            [(one["kind"], one["ids"]) for one in composer.hub_forecast["groups"]],
            [("now", leads[0].ids), ("not", leads[1].ids)],
        )

    def test_a_text_that_cannot_be_made_is_told_as_such(self):
        leads = self._leads(a=MOBILE, b=_OTHER)
        composer = self._of_selection(leads, body="Hello {{ object.no_such_field }}")
        self.assertIn("problem", composer.hub_forecast)

    def test_without_a_gateway_there_is_no_forecast(self):
        self.gateway.action_deactivate()
        leads = self._leads(a=MOBILE, b=_OTHER)
        self.assertFalse(self._of_selection(leads).hub_forecast)

    # === MAILINGS === #

    def test_a_mailing_tells_who_gets_it(self):
        leads = self._leads(a=MOBILE, b=_OTHER, twin=MOBILE, none=False)
        marketer = self._new_user(
            "marketer",
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_manager",
        )
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "mailing_domain": repr([("id", "in", leads.ids)]),
                "body_plaintext": "Spring: https://example.com",
                "sms_allow_unsubscribe": True,
            }
        )
        action = mailing.with_user(marketer).action_hub_check()
        checks = self.env[action["res_model"]].with_user(marketer)
        links = self.env["link.tracker"].search_count([])
        with Form(checks.with_context(**action["context"])) as form:
            forecast = form.forecast
        self.assertEqual(
            (forecast["total"], forecast["now"], forecast["not"]), (4, 2, 2)
        )
        self.assertEqual(self.env["link.tracker"].search_count([]), links)
        self.assertFalse(self.messages())

    def test_a_mailing_counts_those_whom_its_author_does_not_see(self):
        leads = self._leads(own=MOBILE, foreign=_OTHER)
        narrow = self._new_user(
            "narrow",
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_salesman",
        )
        leads[0].user_id = narrow
        leads[1].user_id = self.hub_manager
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "mailing_domain": repr([("id", "in", leads.ids)]),
                "body_plaintext": "Spring has come",
            }
        )
        checks = self.env["sms.hub.mailing.check"].with_user(narrow)
        forecast = checks.create({"mailing_id": mailing.id}).forecast
        self.assertEqual((forecast["total"], forecast["now"]), (2, 2))
        [group] = forecast["groups"]
        self.assertEqual(group["ids"], leads[0].ids)
        self.assertEqual([one["id"] for one in group["names"]], leads[0].ids)
        self.assertNotIn(_OTHER, str(forecast))
        leads[0].user_id = self.hub_manager
        self.env.invalidate_all()
        forecast = checks.create({"mailing_id": mailing.id}).forecast
        self.assertEqual(forecast["now"], 2)
        self.assertFalse(forecast["groups"][0]["names"])
