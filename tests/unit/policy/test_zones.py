"""Where a recipient may be, by all that is known."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
import pytest
from policy.zones import candidate_zones, canonical, knows_state

CHATTANOOGA = "+14232651234"
MANHATTAN = "+12125550123"
AUSTRALIA = "+61412345678"
FRANCE = "+33612345678"
NEW_YORK = "America/New_York"
LOS_ANGELES = "America/Los_Angeles"
PARIS = "Europe/Paris"


class TestOrder:
    def test_a_wish_beats_everything(self):
        found = candidate_zones(
            MANHATTAN, "Asia/Tokyo", NEW_YORK, "US", "NY", NEW_YORK, "US"
        )
        assert found == (("Asia/Tokyo",), "preference")

    def test_a_wish_for_no_zone_is_none(self):
        assert candidate_zones(FRANCE, "Mars/Olympus") == ((PARIS,), "country")

    def test_the_zone_of_the_contact_narrows_a_country(self):
        found = candidate_zones(AUSTRALIA, None, "Australia/Perth")
        assert found == (("Australia/Perth",), "partner")

    def test_a_zone_in_another_country_is_the_salespersons(self):
        found = candidate_zones(AUSTRALIA, None, PARIS, "AU", "QLD")
        assert found == (("Australia/Brisbane",), "address")

    def test_a_zone_that_the_address_contradicts_is_added(self):
        found = candidate_zones(None, None, NEW_YORK, "US", "CA")
        assert found == ((NEW_YORK, LOS_ANGELES), "partner")

    def test_a_zone_with_the_clock_of_the_address_stands_alone(self):
        found = candidate_zones(MANHATTAN, None, "US/Michigan", "US", "NY")
        assert found == (("America/Detroit",), "partner")

    def test_the_zone_of_a_contact_without_anything_else(self):
        assert candidate_zones("+870773111632", None, PARIS) == ((), "none")

    def test_the_address_narrows_what_the_number_leaves_open(self):
        found = candidate_zones(AUSTRALIA, None, None, "AU", "WA")
        assert found == (("Australia/Perth", "Australia/Eucla"), "address")

    def test_the_number_narrows_what_the_address_leaves_open(self):
        found = candidate_zones(MANHATTAN, None, None, "US")
        assert found == ((NEW_YORK,), "number")

    def test_a_number_from_another_state_is_added_to_the_address(self):
        found = candidate_zones(MANHATTAN, None, None, "US", "CA")
        assert found == ((LOS_ANGELES, NEW_YORK), "both")

    def test_a_number_from_another_country_is_added_to_the_address(self):
        found = candidate_zones(FRANCE, None, None, "RE")
        assert found == (("Indian/Reunion", PARIS), "both")

    def test_an_address_alone_will_do(self):
        assert candidate_zones("", None, None, "NP") == (("Asia/Kathmandu",), "country")

    def test_the_company_stands_in_for_its_own_country_only(self):
        ascension = "+24740123"
        zone = "Atlantic/St_Helena"
        assert candidate_zones(ascension, company_zone=zone, company_country="AC") == (
            (zone,),
            "company",
        )
        assert candidate_zones(ascension, company_zone=zone, company_country="SH") == (
            (),
            "none",
        )

    @pytest.mark.parametrize(
        "number", [None, "", "+", "33612345678", "+abc", "+999123"]
    )
    def test_nothing_known_is_no_zone(self, number):
        assert candidate_zones(number) == ((), "none")


class TestStates:
    @pytest.mark.parametrize(
        ("country", "state", "zones"),
        [
            ("US", "FL", (NEW_YORK, "America/Chicago")),
            ("US", "AZ", ("America/Phoenix", "America/Denver")),
            ("US", "PR", ("America/Puerto_Rico",)),
            ("CA", "NL", ("America/St_Johns", "America/Goose_Bay")),
            ("ES", "TF", ("Atlantic/Canary",)),
            ("ES", "M", ("Europe/Madrid",)),
            ("PT", "20", ("Atlantic/Azores",)),
            ("CL", "CL-MA", ("America/Punta_Arenas",)),
            ("CL", "CL-RM", ("America/Santiago",)),
            ("CN", "京", ("Asia/Shanghai",)),
            ("RU", "KGD", ("Europe/Kaliningrad",)),
            ("ID", "PA", ("Asia/Jayapura",)),
        ],
    )
    def test_a_state_tells_its_zones(self, country, state, zones):
        assert candidate_zones(None, None, None, country, state) == (zones, "address")

    def test_a_state_that_nobody_knows_leaves_the_whole_country(self):
        zones, step = candidate_zones(None, None, None, "US", "XX")
        assert (len(zones), step) == (8, "country")

    @pytest.mark.parametrize("state", ["AA", "AE", "AP", "XX"])
    def test_the_number_does_not_tell_where_such_a_state_is(self, state):
        whole, _step = candidate_zones(None, None, None, "US")
        zones, step = candidate_zones(MANHATTAN, None, None, "US", state)
        assert (set(zones), step) == (set(whole), "address")
        zones, step = candidate_zones(MANHATTAN, None, LOS_ANGELES, "US", state)
        assert (set(zones), step) == (set(whole), "partner")

    @pytest.mark.parametrize(
        ("country", "state", "known"),
        [
            ("US", "NY", True),
            ("US", "US-NY", True),
            ("US", "PR", True),
            ("US", "AA", False),
            ("US", "AE", False),
            ("US", "AP", False),
            ("US", "XX", False),
            ("US", "", False),
            ("ES", "M", True),
            ("DE", "BY", True),
            ("DE", "", False),
            ("", "", False),
        ],
    )
    def test_some_states_are_known(self, country, state, known):
        assert knows_state(country, state) is known

    def test_a_country_that_nobody_knows_says_nothing(self):
        assert candidate_zones(None, None, None, "ZZ", "CA") == ((), "none")


class TestNames:
    @pytest.mark.parametrize(
        ("name", "today"),
        [
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("US/Eastern", NEW_YORK),
            ("Pacific/Truk", "Pacific/Chuuk"),
            ("Asia/Urumqi", "Asia/Urumqi"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("UTC", "UTC"),
            ("Europe", None),
            ("../etc/passwd", None),
            ("", None),
        ],
    )
    def test_a_zone_has_one_name(self, name, today):
        assert canonical(name) == today

    def test_a_zone_that_is_newer_than_the_machine_goes_by_an_older_one(
        self, monkeypatch
    ):
        def outdated(name):
            if name == "America/Coyhaique":
                raise ZoneInfoNotFoundError(name)
            return ZoneInfo(name)

        monkeypatch.setattr("policy.zones.ZoneInfo", outdated)
        assert canonical("America/Coyhaique") == "America/Punta_Arenas"


class TestGoldenTable:
    """Numbers and their zones, as a person checked them; see the headings there."""

    TEXT = (Path(__file__).parent / "zones_golden.txt").read_text()
    LINES = [line.split() for line in TEXT.splitlines() if not line.startswith("#")]

    def test_it_covers_the_world(self):
        assert len(self.LINES) > 300
        numbers = [phonenumbers.parse(number) for number, *_zones in self.LINES]
        codes = {number.country_code for number in numbers}
        assert codes >= {
            phonenumbers.country_code_for_region(region)
            for region in phonenumbers.SUPPORTED_REGIONS - {"AC"}
        }

    @pytest.mark.parametrize(("number", "zones"), [(n, z) for n, *z in LINES])
    def test_a_number_has_these_zones(self, number, zones):
        assert sorted(candidate_zones(number)[0]) == zones
