"""When a place, or several at once, may be texted."""

from datetime import date, datetime, timedelta, timezone

import pytest
from policy.hours import SEARCH, Hours, Schedule

LORD_HOWE = "Australia/Lord_Howe"
DAY = (8 * 60, 20 * 60)
EVERY_DAY = Schedule("ANY", "8 to 20", (DAY,) * 7)
NO_SUNDAY = Schedule("FR", "France", (DAY,) * 6 + (None,), holiday=None)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def hours(*zones, schedules=(EVERY_DAY,)):
    return Hours.of(zones, schedules)


def at_home(*windows, **more):
    """Seven equal days."""
    return tuple(
        Schedule(f"S{number}", "", (window,) * 7, **more)
        for number, window in enumerate(windows)
    )


class TestOneZone:
    def test_the_first_minute_is_open_and_the_last_one_is_not(self):
        paris = hours("Europe/Paris")
        for text, is_open in (
            ("2026-01-14 06:59:59.999999", False),
            ("2026-01-14 07:00", True),
            ("2026-01-14 18:59:59.999999", True),
            ("2026-01-14 19:00", False),
        ):
            assert paris.is_open(utc(text)) is is_open, text

    def test_an_open_instant_is_its_own_opening(self):
        moment = utc("2026-01-14 12:34:56.789")
        assert hours("Europe/Paris").next_open(moment) is moment

    def test_a_closed_evening_opens_in_the_morning(self):
        opening = hours("Asia/Kolkata").next_open(utc("2026-01-14 15:00:01"))
        assert opening == utc("2026-01-15 02:30")
        assert opening.tzinfo is timezone.utc

    def test_any_zone_of_the_question_will_do(self):
        moment = datetime(2026, 1, 14, 22, tzinfo=timezone(timedelta(hours=5)))
        assert hours("Europe/Paris").is_open(moment)

    def test_a_day_may_be_open_up_to_midnight(self):
        schedules = at_home((0, 1440))
        assert hours("Asia/Kathmandu", schedules=schedules).is_open(
            utc("2026-01-14 18:14:59")
        )

    def test_two_rules_both_count(self):
        both = hours("UTC", schedules=at_home((480, 1200), (600, 1320)))
        assert both.next_open(utc("2026-01-14 20:00")) == utc("2026-01-15 10:00")

    def test_rules_without_a_common_minute_never_open(self):
        never = hours("UTC", schedules=at_home((480, 600), (600, 720)))
        assert never.next_open(utc("2026-01-14 09:00")) is None


class TestDays:
    def test_the_weekday_is_the_recipients(self):
        kiritimati = hours("Pacific/Kiritimati", schedules=(NO_SUNDAY,))
        saturday_in_london = utc("2026-01-17 20:00")
        assert not kiritimati.is_open(saturday_in_london)
        sunday_in_london = utc("2026-01-18 20:00")
        assert kiritimati.is_open(sunday_in_london)

    def test_a_holiday_is_the_recipients(self):
        schedule = Schedule(
            "X", "", (DAY,) * 7, holiday=None, holidays=frozenset({date(2026, 1, 1)})
        )
        honolulu = hours("Pacific/Honolulu", schedules=(schedule,))
        assert honolulu.is_open(utc("2026-01-01 05:59"))
        assert honolulu.next_open(utc("2026-01-01 06:00")) == utc("2026-01-02 18:00")

    def test_a_holiday_and_its_eve_have_hours_of_their_own(self):
        schedule = Schedule(
            "IT",
            "",
            (DAY,) * 7,
            holiday=(600, 720),
            eve=(600, 1140),
            holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
        )
        assert [schedule.window(date(2026, 12, day)) for day in range(23, 28)] == [
            DAY,
            (600, 1140),
            (600, 720),
            (600, 720),
            DAY,
        ]

    def test_a_holiday_opens_no_closed_day(self):
        schedule = Schedule(
            "X",
            "",
            (DAY,) * 6 + (None,),
            holiday=(600, 720),
            eve=(600, 720),
            holidays=frozenset({date(2026, 3, 1), date(2026, 3, 9)}),
        )
        assert schedule.window(date(2026, 3, 1)) is None
        assert schedule.window(date(2026, 3, 8)) is None

    def test_a_holiday_may_make_no_difference(self):
        schedule = Schedule("X", "", (DAY,) * 7, holidays=frozenset({date(2026, 3, 3)}))
        assert schedule.window(date(2026, 3, 2)) == DAY
        assert schedule.window(date(2026, 3, 3)) == DAY


class TestManyZones:
    def test_every_zone_has_to_be_open(self):
        america = hours(
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Los_Angeles",
        )
        assert america.next_open(utc("2026-01-14 12:00")) == utc("2026-01-14 16:00")
        assert america.is_open(utc("2026-01-15 00:59"))
        assert not america.is_open(utc("2026-01-15 01:00"))

    def test_the_ends_of_the_earth_share_few_hours(self):
        ends = hours("Pacific/Pago_Pago", "Pacific/Kiritimati")
        assert ends.is_open(utc("2026-01-14 19:00"))
        narrow = hours(*ends.zones, schedules=at_home((720, 780)))
        assert narrow.next_open(utc("2026-01-14 19:00")) is None

    def test_a_sunday_closes_from_its_first_zone_to_its_last(self):
        ends = hours("Pacific/Pago_Pago", "Pacific/Auckland", schedules=(NO_SUNDAY,))
        assert ends.is_open(utc("2026-07-17 20:00"))
        # Auckland's Sunday starts while Pago Pago has Saturday, and ends in its Sunday.
        assert ends.next_open(utc("2026-07-18 08:00")) == utc("2026-07-20 20:00")


class TestLimits:
    def test_a_closed_fortnight_is_waited_for(self):
        closed = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(14))
        schedule = Schedule("X", "", (DAY,) * 7, holiday=None, holidays=closed)
        opening = hours("UTC", schedules=(schedule,)).next_open(utc("2026-01-01 00:00"))
        assert opening == utc("2026-01-15 08:00")

    def test_what_opens_later_than_that_never_opens(self):
        closed = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(20))
        schedule = Schedule("X", "", (DAY,) * 7, holiday=None, holidays=closed)
        opening = utc("2026-01-21 08:00")
        utc_only = hours("UTC", schedules=(schedule,))
        assert utc_only.next_open(opening - SEARCH) == opening
        assert utc_only.next_open(opening - SEARCH - timedelta(seconds=1)) is None

    def test_nobody_knows_the_time_of_no_place(self):
        nowhere = hours()
        assert not nowhere.is_open(utc("2026-01-14 12:00"))
        assert nowhere.next_open(utc("2026-01-14 12:00")) is None

    def test_without_a_rule_all_hours_are_open(self):
        assert hours("Europe/Paris", schedules=()).is_open(utc("2026-01-14 02:00"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"week": (DAY,) * 6},
            {"week": (DAY,) * 6 + ((600, 600),)},
            {"week": (DAY,) * 6 + ((1200, 480),)},
            {"week": (DAY,) * 7, "holiday": (0, 1441)},
            {"week": (DAY,) * 7, "eve": (-1, 60)},
        ],
    )
    def test_hours_of_no_day_are_refused(self, wrong):
        with pytest.raises(ValueError, match="X"):
            Schedule("X", "", **wrong)

    def test_questions_about_many_years_take_no_room(self):
        paris = Hours(("Europe/Paris",), (EVERY_DAY,))
        moment = utc("2026-01-14 12:00")
        for year in range(40):
            assert paris.is_open(moment + timedelta(days=365 * year))
        assert len(paris._lines) <= 4


class TestClocksThatChange:
    @pytest.mark.parametrize(
        ("zone", "window", "moment", "opening"),
        [
            # 2:00 to 3:00 does not exist on 29 March: the day opens at 3:00
            ("Europe/Paris", (150, 600), "2026-03-29 00:59", "2026-03-29 01:00"),
            # a window that lies wholly in the gap is skipped until the next day
            ("Europe/Paris", (130, 170), "2026-03-29 00:00", "2026-03-30 00:10"),
            # 2:00 to 3:00 comes twice on 25 October
            ("Europe/Paris", (120, 150), "2026-10-25 00:30", "2026-10-25 01:00"),
            ("Europe/Paris", (150, 600), "2026-10-25 00:15", "2026-10-25 00:30"),
            # half an hour, on Lord Howe Island
            (
                "Australia/Lord_Howe",
                (480, 1200),
                "2026-04-04 12:00",
                "2026-04-04 21:30",
            ),
            (
                "Australia/Lord_Howe",
                (480, 1200),
                "2026-04-03 12:00",
                "2026-04-03 21:00",
            ),
            (LORD_HOWE, (125, 300), "2026-10-03 15:00", "2026-10-03 15:30"),
            ("Asia/Kathmandu", (480, 1200), "2026-04-04 15:00", "2026-04-05 02:15"),
            # 30 December 2011 did not happen in Samoa
            ("Pacific/Apia", (480, 1200), "2011-12-30 06:00", "2011-12-30 18:00"),
        ],
    )
    def test_the_first_open_minute_by_the_clock_on_the_wall(
        self, zone, window, moment, opening
    ):
        place = hours(zone, schedules=at_home(window))
        assert place.next_open(utc(moment)) == utc(opening)

    def test_an_hour_that_comes_twice_closes_in_between(self):
        paris = hours("Europe/Paris", schedules=at_home((120, 150)))
        answers = [
            paris.is_open(utc(f"2026-10-25 {text}"))
            for text in ("00:00", "00:29", "00:30", "00:59", "01:00", "01:29", "01:30")
        ]
        assert answers == [True, True, False, False, True, True, False]


class TestOneForAll:
    def test_equal_places_and_rules_are_one_object(self):
        again = Schedule("ANY", "8 to 20", (DAY,) * 7)
        assert hours("UTC") is Hours.of(("UTC",), (again,))
        assert hours("UTC") is not hours("Europe/Paris")

    def test_rules_that_share_a_code_are_still_two(self):
        other = Schedule("ANY", "8 to 20", ((0, 60),) * 7)
        assert hours("UTC") is not hours("UTC", schedules=(other,))


class TestEvidence:
    def test_it_says_where_when_and_by_which_rule(self):
        place = hours("Pacific/Honolulu", "Asia/Tokyo", schedules=(NO_SUNDAY,))
        assert place.describe(utc("2026-01-17 20:05")) == {
            "zones": ["Pacific/Honolulu", "Asia/Tokyo"],
            "earliest": "2026-01-17 10:05",
            "latest": "2026-01-18 05:05",
            "rules": ["FR"],
            "windows": {"2026-01-17": "08:00-20:00", "2026-01-18": None},
        }

    def test_no_place_is_said_too(self):
        assert hours().describe(utc("2026-01-17 20:05")) == {
            "zones": [],
            "earliest": None,
            "latest": None,
            "rules": ["ANY"],
            "windows": {},
        }
