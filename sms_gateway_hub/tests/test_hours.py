from datetime import date, datetime, timezone
from unittest.mock import patch
from zoneinfo import ZoneInfo

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_open, mute_logger

from ..policy.hours import Schedule
from ..policy.zones import knows_state
from ..tools import public_holidays
from .common import HubCommon

_CENTRAL = ("America/Chicago",)
_PARIS = ("Europe/Paris",)
_INDIA = ("Asia/Kolkata",)
#: Noon is open everywhere on a Wednesday without holidays.
_WEDNESDAY = date(2026, 11, 18)
_SUNDAY = date(2026, 11, 22)


class HoursCommon(HubCommon):
    """Asks the rows as the gate does."""

    def hours(self, zones, *places, company=None):
        return self.env["sms.hub.hours"]._hours_for(
            company or self.company, zones, set(places)
        )

    def codes(self, country="", state="", company=None):
        return [
            schedule.code
            for schedule in self.env["sms.hub.hours"]._schedules(
                company or self.company, country, state
            )
        ]

    def assertOpen(self, hours, day, start, end):
        """Check that a day is open from one o'clock up to, not including, another."""
        zone = ZoneInfo(hours.zones[0])

        def is_open(minute):
            at = datetime(day.year, day.month, day.day, tzinfo=zone)
            at = at.replace(hour=minute // 60, minute=minute % 60)
            return hours.is_open(at.astimezone(timezone.utc))

        found = [minute for minute in range(24 * 60) if is_open(minute)]
        self.assertEqual(found, list(range(int(start * 60), int(end * 60))))

    def row(self, **values):
        """Create a row; without more, the company's own for Spain."""
        return self.env["sms.hub.hours"].create(
            {
                "name": "Ours",
                "company_id": self.company.id,
                "country_id": self.env.ref("base.es").id,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestHoursShipped(HoursCommon):
    """The rows that come with the addon."""

    def test_every_row_becomes_a_schedule_and_says_why(self):
        rows = self.env["sms.hub.hours"].search([("company_id", "=", False)])
        self.assertGreater(len(rows), 90)
        for row in rows:
            with self.subTest(row.name):
                schedule = row._to_schedule(self.company.id, "", "", 2026)
                self.assertIsInstance(schedule, Schedule)
                self.assertTrue(any(schedule.week))
                self.assertTrue(row.source)
                self.assertTrue(row.place)
                self.assertEqual(
                    bool(row.reviewed_on),
                    row.confidence in ("high", "medium", "derived"),
                )

    def test_the_readme_lists_every_row(self):
        with file_open("sms_gateway_hub/README.md") as readme:
            table = readme.read().partition("| rests on |")[2]
        for row in self.env["sms.hub.hours"].search([("company_id", "=", False)]):
            with self.subTest(row.name):
                self.assertIn(row.name.removeprefix("United States: "), table)

    def test_texas_on_a_sunday(self):
        hours = self.hours(_CENTRAL, ("US", "TX"))
        self.assertOpen(hours, _SUNDAY, 12, 21)
        self.assertOpen(hours, _WEDNESDAY, 9, 21)

    def test_india_at_any_day(self):
        for day in (_SUNDAY, _WEDNESDAY, date(2026, 1, 26)):
            with self.subTest(day):
                self.assertOpen(self.hours(_INDIA, ("IN", "")), day, 10, 21)

    def test_france_rests_on_sundays_and_holidays(self):
        hours = self.hours(_PARIS, ("FR", ""))
        self.assertOpen(hours, _SUNDAY, 0, 0)
        self.assertOpen(hours, date(2026, 7, 14), 0, 0)
        self.assertOpen(hours, _WEDNESDAY, 8, 20)
        self.assertOpen(hours, date(2026, 11, 21), 10, 20)
        # a holiday in Alsace only, which no number tells apart
        self.assertOpen(hours, date(2025, 12, 26), 0, 0)

    def test_italy_goes_to_bed_early_before_a_holiday(self):
        hours = self.hours(("Europe/Rome",), ("IT", ""))
        self.assertOpen(hours, date(2026, 12, 7), 10, 19)
        self.assertOpen(hours, date(2026, 12, 8), 0, 0)
        self.assertOpen(hours, date(2026, 12, 9), 9, 20)

    def test_a_region_has_holidays_of_its_own(self):
        corpus_christi = date(2026, 6, 4)
        berlin = ("Europe/Berlin",)
        self.assertOpen(self.hours(berlin, ("DE", "DE-BE")), corpus_christi, 8, 20)
        self.assertOpen(self.hours(berlin, ("DE", "DE-BY")), corpus_christi, 0, 0)

    # === WHICH ROWS === #

    def test_a_state_and_the_country_hold_together(self):
        self.assertEqual(self.codes("US", "FL"), ["US", "US-FL"])
        self.assertEqual(self.codes("US", "CA"), ["US"])

    def test_an_unknown_state_has_the_hours_of_all_or_the_usual_ones(self):
        self.assertEqual(self.codes("US"), ["US", "US-?"])
        self.assertOpen(self.hours(_CENTRAL, ("US", "")), _WEDNESDAY, 10, 18)
        self.company.hub_state_unknown = "state_unknown_usual"
        self.assertEqual(self.codes("US"), ["US", "US-??"])
        self.assertOpen(self.hours(_CENTRAL, ("US", "")), _WEDNESDAY, 9, 20)

    def test_a_state_that_nobody_can_place_counts_as_unknown(self):
        for code in ("AA", "AE", "AP", "XX"):
            with self.subTest(code):
                self.assertEqual(self.codes("US", code), ["US", "US-?"])
        self.company.hub_state_unknown = "state_unknown_usual"
        self.assertEqual(self.codes("US", "AA"), ["US", "US-??"])

    def test_only_the_forces_abroad_are_in_no_known_state(self):
        unknown = (
            self.env["res.country.state"]
            .search([])
            .filtered(lambda state: not knows_state(state.country_id.code, state.code))
        )
        self.assertEqual(
            {(state.country_id.code, state.code) for state in unknown},
            {("US", "AA"), ("US", "AE"), ("US", "AP")},
        )

    def test_the_careful_hours_suit_every_state(self):
        Hours = self.env["sms.hub.hours"]
        careful = Hours.search([("scope", "=", "state_unknown")])
        self.assertEqual(len(careful), 1)
        for state in Hours.search([("scope", "=", "state")]):
            for day in range(7):
                mine, theirs = (
                    row._to_schedule(0, "", "", 2026).week[day]
                    for row in (careful, state)
                )
                with self.subTest(state.name, day=day):
                    self.assertTrue(
                        mine is None
                        or (theirs and theirs[0] <= mine[0] and mine[1] <= theirs[1])
                    )

    def test_any_other_country_has_a_row(self):
        self.assertEqual(self.codes("AD"), ["*"])
        self.assertEqual(self.codes(), ["*"])
        nowhere = self.hours(_PARIS)
        self.assertOpen(nowhere, _WEDNESDAY, 9, 20)

    def test_all_places_of_a_recipient_hold(self):
        hours = self.hours(_PARIS, ("IN", ""), ("FR", ""))
        self.assertEqual([one.code for one in hours.schedules], ["FR", "IN"])
        self.assertOpen(hours, _WEDNESDAY, 10, 20)

    def test_recipients_of_one_place_share_the_hours(self):
        self.assertIs(
            self.hours(_PARIS, ("FR", ""), ("IN", "")),
            self.hours(_PARIS, ("IN", ""), ("FR", "")),
        )


@tagged("post_install", "-at_install")
class TestHoursOwn(HoursCommon):
    """What people add and change."""

    def test_a_row_of_the_company_holds_in_addition(self):
        self.row(
            country_id=self.france.id, wed_start=7, wed_end=12, holiday_rule="same"
        )
        hours = self.hours(_PARIS, ("FR", ""))
        self.assertOpen(hours, _WEDNESDAY, 8, 12)
        self.assertOpen(hours, date(2026, 7, 14), 0, 0)
        self.assertEqual(self.codes("FR"), ["FR", f"FR/{self.company.id}"])
        other = self._new_company("Another")
        self.assertEqual(self.codes("FR", company=other), ["FR"])

    def test_a_row_of_the_company_for_all_other_countries(self):
        self.row(scope="other", country_id=False)
        self.assertEqual(self.codes("FR"), ["FR", f"*/{self.company.id}"])

    def test_a_copy_of_a_shared_row_is_the_own_company_s(self):
        copy = self.env.ref("sms_gateway_hub.hours_fr").with_user(self.hub_manager)
        copy = copy.copy()
        self.assertEqual(copy.company_id, self.company)
        copy.sat_start = copy.sat_end = 0
        saturday = date(2026, 11, 21)
        self.assertOpen(self.hours(_PARIS, ("FR", "")), saturday, 0, 0)

    def test_evidence_leads_back_to_the_rows(self):
        own = self.row(country_id=self.france.id)
        rows = self.env["sms.hub.hours"]
        self.assertEqual(
            rows._from_evidence(self.codes("FR")),
            rows.browse(self.env.ref("sms_gateway_hub.hours_fr").id) | own,
        )
        own.active = False
        self.assertIn(own, rows._from_evidence([f"FR/{self.company.id}"]))
        self.assertFalse(rows._from_evidence(["unheard of"]))

    def test_a_change_counts_at_once(self):
        france = self.env.ref("sms_gateway_hub.hours_fr")
        self.assertOpen(self.hours(_PARIS, ("FR", "")), _WEDNESDAY, 8, 20)
        france.wed_end = 18.5
        self.assertOpen(self.hours(_PARIS, ("FR", "")), _WEDNESDAY, 8, 18.5)
        self.assertEqual(self.codes("ES"), ["ES"])
        own = self.row()
        self.assertEqual(len(self.codes("ES")), 2)
        own.unlink()
        self.assertEqual(self.codes("ES"), ["ES"])

    def test_a_change_is_forgotten_again_once_it_is_committed(self):
        postcommit = self.env.cr.postcommit
        postcommit.clear()
        with patch.object(type(self.env.registry), "clear_cache") as clear:
            self.env.ref("sms_gateway_hub.hours_fr").note = "Read again"
            clear.reset_mock()
            postcommit.run()
        clear.assert_called_once_with()

    def test_asking_again_costs_no_query(self):
        self.hours(_PARIS, ("FR", ""))
        with self.assertQueryCount(0):
            self.hours(_PARIS, ("FR", ""))

    # === WHAT CANNOT BE === #

    def test_times_have_to_make_sense(self):
        for values in (
            {"mon_start": 20, "mon_end": 9},
            {"mon_start": 9, "mon_end": 9},
            {"tue_start": -1, "tue_end": 9},
            {"wed_start": 9, "wed_end": 25},
            {"thu_start": 9, "thu_end": 0},
            {"holiday_rule": "own"},
            {"eve_rule": "own", "eve_start": 12, "eve_end": 11},
            {
                name: 0
                for day in ("mon", "tue", "wed", "thu", "fri")
                for name in (f"{day}_start", f"{day}_end")
            },
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.row(**values)

    def test_a_refused_time_is_named(self):
        with self.assertRaisesRegex(ValidationError, "Monday from.*Monday until"):
            self.row(mon_start=20, mon_end=9)

    def test_places_have_to_make_sense(self):
        texas = self.env.ref("base.state_us_44")
        for values in (
            {"country_id": False},
            {"scope": "other"},
            {"scope": "state"},
            {"state_id": texas.id},
            {"scope": "state", "state_id": texas.id},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.row(**values)

    @mute_logger("odoo.sql_db")
    def test_a_place_has_one_row(self):
        first = self.row()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.row()
        first.active = False
        self.assertTrue(self.row())

    def test_the_last_resort_stays(self):
        other = self.env.ref("sms_gateway_hub.hours_other")
        for name, change in (
            ("archive", lambda: other.write({"active": False})),
            ("hand over", lambda: other.write({"company_id": self.company.id})),
            ("delete", other.unlink),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                change()
        other.mon_end = 18
        self.assertEqual(self.codes(), ["*"])

    # === ON THE FORM === #

    def test_the_form_proposes_a_week_and_a_name(self):
        with Form(self.env["sms.hub.hours"]) as form:
            form.country_id = self.env.ref("base.us")
            form.scope = "state"
            form.state_id = self.env.ref("base.state_us_44")
        row = form.record
        self.assertEqual(row.name, "United States: Texas")
        self.assertEqual(row.place, "US-TX")
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(
            row.summary, "Mon-Fri 09:00-20:00, Sat-Sun closed, Holidays closed"
        )

    def test_a_review_is_noted(self):
        row = self.row()
        self.assertFalse(row.reviewed_on)
        row.action_reviewed()
        self.assertTrue(row.reviewed_on)


@tagged("post_install", "-at_install")
class TestHolidays(HoursCommon):
    """Days that count as public holidays."""

    def holiday(self, **values):
        return self.env["sms.hub.holiday"].create(
            {"name": "Inventory", "date": _WEDNESDAY, **values}
        )

    def test_an_own_day_counts_for_the_company(self):
        self.assertOpen(self.hours(_PARIS, ("FR", "")), _WEDNESDAY, 8, 20)
        day = self.holiday(country_id=self.france.id)
        self.assertOpen(self.hours(_PARIS, ("FR", "")), _WEDNESDAY, 0, 0)
        self.assertOpen(self.hours(_PARIS, ("DE", "")), _WEDNESDAY, 8, 20)
        other = self._new_company("Another")
        self.assertOpen(
            self.hours(_PARIS, ("FR", ""), company=other), _WEDNESDAY, 8, 20
        )
        day.country_id = False
        self.assertOpen(self.hours(_PARIS, ("DE", "")), _WEDNESDAY, 0, 0)
        day.unlink()
        self.assertOpen(self.hours(_PARIS, ("DE", "")), _WEDNESDAY, 8, 20)

    def test_a_day_may_come_every_year(self):
        self.holiday(date=date(2020, 11, 18), every_year=True)
        self.holiday(date=date(2020, 2, 29), every_year=True)
        dates = self.env["sms.hub.holiday"]._dates(self.company.id, "", "", 2026)
        self.assertEqual(
            dates, {date(2025, 11, 18), date(2026, 11, 18), date(2027, 11, 18)}
        )

    def test_without_the_package_only_own_days_count(self):
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        self.holiday(country_id=self.france.id)
        with patch.object(public_holidays, "holidays", None):
            self.assertFalse(public_holidays.available())
            hours = self.hours(_PARIS, ("FR", ""))
            self.assertOpen(hours, date(2026, 7, 14), 8, 20)
            self.assertOpen(hours, _WEDNESDAY, 0, 0)

    def test_places_the_package_does_not_know(self):
        known = public_holidays.dates_of("US", "", [2026])
        self.assertIn(date(2026, 7, 4), known)
        self.assertEqual(public_holidays.dates_of("US", "ZZ", [2026]), known)
        self.assertEqual(public_holidays.dates_of("", "", [2026]), frozenset())
        self.assertEqual(public_holidays.dates_of("XX", "", [2026]), frozenset())
