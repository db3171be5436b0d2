"""The tables of zones, held against the tz database and the metadata of numbers."""

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from phonenumbers import SUPPORTED_REGIONS
from phonenumbers.tzdata import TIMEZONE_DATA
from policy.area_codes import state_of
from policy.zone_places import (
    AREA_COUNTRY,
    MORE_IN_AREA,
    OVERLAYS,
    PREFIX_ZONES,
    STATE_ZONES,
)
from policy.zone_tables import ALIASES, COUNTRY_ZONES, ZONE_CLOCK, ZONE_COUNTRY
from policy.zones import candidate_zones, canonical

# The copy that comes with a package of Odoo's; what the machine has may be older.
DATABASE = files("pytz") / "zoneinfo"
BESIDE_THE_OFFICIAL_TIME = {"Asia/Urumqi", "Europe/Simferopol"}
MOMENTS = [
    datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(days=days)
    for days in range(0, 10 * 365, 5)
]


def zones_by_country():
    countries = defaultdict(set)
    for line in (DATABASE / "zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            country, _place, zone = line.split("\t")[:3]
            countries[country].add(zone)
    return countries


@cache
def clock(zone):
    """How far the clocks of a zone are ahead over ten years."""
    with DATABASE.joinpath(*zone.split("/")).open("rb") as compiled:
        rules = ZoneInfo.from_file(compiled)
    return tuple(moment.astimezone(rules).utcoffset() for moment in MOMENTS)


def test_every_country_has_the_zones_of_the_database():
    ours = defaultdict(set)
    for zone, country in ZONE_COUNTRY.items():
        ours[country].add(zone)
    theirs = {
        country: zones - BESIDE_THE_OFFICIAL_TIME
        for country, zones in zones_by_country().items()
    }
    assert ours == theirs


def test_zones_that_one_speaks_for_keep_its_time():
    wrong = {
        zone: spokesman
        for zone, spokesman in ZONE_CLOCK.items()
        if clock(zone) != clock(spokesman)
    }
    assert not wrong


def test_a_country_has_no_clock_twice():
    twice = [
        country
        for country, zones in COUNTRY_ZONES.items()
        if len({clock(zone) for zone in zones}) != len(zones)
    ]
    assert not twice


def test_every_older_name_shows_the_time_of_its_newer_one():
    assert len(ALIASES) > 100
    for old, new in ALIASES.items():
        assert new in {*ZONE_COUNTRY, *BESIDE_THE_OFFICIAL_TIME}
        assert clock(old) == clock(new), old


def test_every_link_of_the_database_to_a_place_is_known():
    lines = (DATABASE / "tzdata.zi").read_text().splitlines()
    links = [line.split()[1:] for line in lines if line.startswith("L ")]
    assert len(links) > 200
    unknown = {
        name
        for target, name in links
        if "/" in name
        and not name.startswith("Etc/")
        and name not in ZONE_COUNTRY
        and name not in ALIASES
    }
    assert not unknown


def test_every_zone_that_the_tables_name_exists():
    named = {
        zone
        for zones in (
            *PREFIX_ZONES.values(),
            *MORE_IN_AREA.values(),
            *(zones for states in STATE_ZONES.values() for zones in states.values()),
        )
        for zone in zones
    }
    assert {zone for zone in named if ZoneInfo(zone).key != canonical(zone)} == set()
    assert named <= set(ZONE_COUNTRY) | BESIDE_THE_OFFICIAL_TIME


def test_a_state_lies_in_its_country():
    # Odoo lists what belongs to or is associated with the United States as states.
    elsewhere = {"PR", "VI", "GU", "MP", "AS", "PW", "MH", "FM"}
    for country, states in STATE_ZONES.items():
        for state, zones in states.items():
            if (country, state) != ("CN", "XJ") and state not in {*elsewhere, "新"}:
                assert {ZONE_COUNTRY[zone] for zone in zones} == {country}, state


@pytest.mark.parametrize("country", ["AU", "BR", "CA", "ID", "MX", "NZ", "RU", "US"])
def test_the_states_of_a_country_make_up_its_clocks(country):
    by_state = {
        clock(zone) for zones in STATE_ZONES[country].values() for zone in zones
    }
    assert by_state >= {clock(zone) for zone in COUNTRY_ZONES[country]}


def test_every_country_with_numbers_has_a_zone():
    islands_of_saint_helena = {"AC", "TA"}
    assert SUPPORTED_REGIONS - set(COUNTRY_ZONES) == islands_of_saint_helena


def test_every_zone_of_the_metadata_has_a_name_of_today():
    names = {zone for zones in TIMEZONE_DATA.values() for zone in zones}
    assert {canonical(name) for name in names} <= set(ZONE_COUNTRY)


def test_an_area_code_has_every_zone_of_its_exchanges():
    areas = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            areas[prefix[1:4]].update(clock(zone) for zone in zones)
    assert len(areas) > 400
    split = 0
    for area, clocks in areas.items():
        zones, _step = candidate_zones(f"+1{area}5550123")
        assert {clock(zone) for zone in zones} >= clocks - puerto_rico(area), area
        split += len(zones) > 1
    assert split >= 25


def puerto_rico(area):
    """Labrador's overlay is listed with a time that no part of the province keeps."""
    return {clock("America/Puerto_Rico")} if area == "879" else set()


def test_an_overlay_has_the_zones_of_the_area_it_lies_over():
    for overlay, area in OVERLAYS.items():
        assert candidate_zones(f"+1{overlay}5550123") == candidate_zones(
            f"+1{area}5550123"
        )


def test_an_area_code_has_zones_of_its_state():
    checked = 0
    for area in range(200, 1000):
        number = f"+1{area}5550123"
        state = state_of(number)
        if state and state != "HI":
            zones, _step = candidate_zones(number)
            # The outer Aleutians are listed with the time of Hawaii.
            clocks = {clock(zone) for zone in zones if zone != "Pacific/Honolulu"}
            assert clocks <= {clock(zone) for zone in STATE_ZONES["US"][state]}, area
            checked += 1
    assert checked > 350


def test_every_area_code_is_known():
    areas = {prefix[1:4] for prefix in TIMEZONE_DATA if prefix[0] == "1"} - {""}
    assert {
        area for area in areas - set(AREA_COUNTRY) if not state_of(f"+1{area}5550123")
    } == set()
