"""The zones in which a recipient may be, from everything that is known about them.

The evidence is asked in an order: a wish of the recipient, the zone on the contact, the
address, the number, the country. What contradicts each other is added up, because a
text has to be welcome in every place where its reader may be.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.tzdata import TIMEZONE_DATA

from .zone_places import (
    AREA_COUNTRY,
    GEOGRAPHIC,
    MORE_IN_AREA,
    OVERLAYS,
    PREFIX_ZONES,
    STATE_ZONES,
)
from .zone_tables import ALIASES, COUNTRY_ZONES, ZONE_CLOCK, ZONE_COUNTRY

#: Zones, and the step that found them.
Found = tuple[tuple[str, ...], str]

#: How many characters of a number tell its place: plus, Mexico's 52, the 1 of its older
#: mobiles, an area code of three digits. Everybody else needs fewer.
_TELLING = 7
_NANP = "1"
_MEXICO = "52"
_RUSSIA_OR_KAZAKHSTAN = "7"
#: What stands for all states of a country that are not named.
_REST = "*"
#: What phonenumbers calls the numbers of no country.
_WORLD = "001"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one piece of evidence puts a recipient.

    :param countries: which it can be
    :param narrow: whether the zones are fewer than those of the whole country
    :param vague: whether it names a part of the country that nobody can place
    """

    countries: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    narrow: bool = False
    vague: bool = False


_NOWHERE = _Place()


def candidate_zones(
    number: str | None,
    preference: str | None = None,
    partner_zone: str | None = None,
    partner_country: str | None = None,
    state: str | None = None,
    company_zone: str | None = None,
    company_country: str | None = None,
) -> Found:
    """Return every zone the recipient may be in, and the step that found them.

    :param number: E.164, with its plus
    :param preference: the zone that the recipient chose
    :param partner_zone: the zone of the contact, which may be that of whoever made it
    :param partner_country: ISO code of the country of the address
    :param state: code of the state of the address
    :param company_zone: last resort for numbers of ``company_country``
    :return: zone names and ``preference``, ``partner``, ``address``, ``number``,
        ``both`` (address and number differ), ``country``, ``company`` or ``none``;
        with no zones, nobody knows what time it is there and the text has to wait
    """
    return _candidates(
        (number or "")[:_TELLING],
        preference or "",
        partner_zone or "",
        partner_country or "",
        state or "",
        company_zone or "",
        company_country or "",
    )


def knows_state(country: str, state: str) -> bool:
    """Whether a code names a state of which is known where it is.

    Of a country whose states are all listed, other codes are none: the American forces
    abroad, for one, have AA, AE and AP for a state and may be anywhere.

    :param country: ISO code
    :param state: as Odoo writes it, with or without its country in front
    """
    states = STATE_ZONES.get(country)
    return bool(state) and (
        not states or _REST in states or state.removeprefix(f"{country}-") in states
    )


def clock_of(name: str | None) -> ZoneInfo:
    """Return the clock of a zone; UTC's where this machine knows no such zone.

    Names of zones come and go, and nothing may fail because of one.
    """
    return ZoneInfo(canonical(name or "") or "UTC")


def canonical(name: str) -> str | None:
    """Return today's name of a zone, or ``None`` if there is no such zone.

    A zone that is newer than this machine's tz database goes by the one it has split
    off from.
    """
    name = ALIASES.get(name, name)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        # Unknown; outside of the folder of zones; a folder.
        return ZONE_CLOCK.get(name)


@lru_cache(maxsize=65536)
def _candidates(
    number: str,
    preference: str,
    partner_zone: str,
    partner_country: str,
    state: str,
    company_zone: str,
    company_country: str,
) -> Found:
    wish = canonical(preference) if preference else None
    if wish:
        return (wish,), "preference"
    by_number = _by_number(number)
    zones, step = _combined(_by_address(partner_country, state), by_number)
    own = canonical(partner_zone) if partner_zone else None
    if own and ZONE_COUNTRY.get(own) in (partner_country, *by_number.countries):
        return _with_own(own, zones, step), "partner"
    if zones:
        return zones, step
    last = canonical(company_zone) if company_zone else None
    if last and company_country in by_number.countries:
        return (last,), "company"
    return (), "none"


def _with_own(own: str, zones: tuple[str, ...], step: str) -> tuple[str, ...]:
    """The zone of the contact, and what contradicts it.

    Odoo fills it with the zone of whoever made the contact; so it may narrow down a
    whole country, but an address or an area code elsewhere still counts.
    """
    clocks = {ZONE_CLOCK[zone] for zone in zones if zone in ZONE_CLOCK}
    if step == "country" or clocks == {ZONE_CLOCK[own]}:
        return (own,)
    return _union((own,), zones)


def _combined(address: _Place, number: _Place) -> Found:
    """What address and number say together."""
    if not address.zones or not number.zones:
        place = address if address.zones else number
        step = "address" if place is address else "number"
        return place.zones, step if place.narrow else "country" if place.zones else ""
    if not set(address.countries) & set(number.countries):
        return _union(address.zones, number.zones), "both"
    if number.narrow and (address.narrow or address.vague):
        zones = _union(address.zones, number.zones)
        return zones, "address" if zones == address.zones else "both"
    if number.narrow:
        return number.zones, "number"
    return address.zones, "address" if address.narrow else "country"


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """All zones of both, one for each clock of a country."""
    clocks: dict[str, str] = {}
    for zone in one + other:
        clocks.setdefault(ZONE_CLOCK.get(zone, zone), zone)
    return tuple(clocks.values())


def _by_address(country: str, state: str) -> _Place:
    if country not in COUNTRY_ZONES:
        return _NOWHERE
    states = STATE_ZONES.get(country, {})
    # Some states are written with their country in front: CL-MA.
    code = state.removeprefix(f"{country}-")
    zones = states.get(code) or (states.get(_REST) if code else None)
    if zones:
        return _Place((country,), zones, narrow=True)
    vague = bool(state) and not knows_state(country, state)
    return _Place((country,), COUNTRY_ZONES[country], vague=vague)


@lru_cache(maxsize=4096)
def _by_number(number: str) -> _Place:
    """What the first digits of a number say."""
    digits = number[1:]
    if number[:1] != "+" or not digits.isdecimal():
        return _NOWHERE
    if digits[0] == _NANP:
        return _by_area(digits[1:4])
    countries = _countries(digits)
    if len(countries) == 1 and countries[0] in GEOGRAPHIC:
        zones = _by_prefix(digits)
        if zones:
            return _Place(countries, zones, narrow=True)
    return _Place(countries, _of_countries(countries))


def _countries(digits: str) -> tuple[str, ...]:
    if digits[0] == _RUSSIA_OR_KAZAKHSTAN:
        return ("KZ",) if digits[1:2] in ("6", "7") else ("RU",)
    for length in (1, 2, 3):
        countries = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if countries:
            return () if _WORLD in countries else countries
    return ()


@lru_cache(maxsize=512)
def _of_countries(countries: tuple[str, ...]) -> tuple[str, ...]:
    zones: tuple[str, ...] = ()
    for country in countries:
        zones = _union(zones, COUNTRY_ZONES.get(country, ()))
    return zones


def _by_prefix(digits: str) -> tuple[str, ...]:
    """Zones of an area code of Brazil or Mexico, none if it says only the country."""
    if digits.startswith(_MEXICO + "1"):
        digits = _MEXICO + digits[3:]
    prefixes = [digits[:length] for length in range(5, 1, -1)]
    for prefix in prefixes:
        if prefix in PREFIX_ZONES:
            return PREFIX_ZONES[prefix]
    for prefix in prefixes[:-1]:
        zones = TIMEZONE_DATA.get(prefix)
        if zones:
            return tuple(ALIASES.get(zone, zone) for zone in zones)
    return ()


def _by_area(area: str) -> _Place:
    """A number of +1: the area code tells the island, the state or a part of it."""
    country = AREA_COUNTRY.get(area)
    if country and country != "CA":
        return _Place((country,), COUNTRY_ZONES[country])
    zones = _area_zones().get(OVERLAYS.get(area, area))
    if zones:
        return _Place((country or "US",), zones, narrow=True)
    countries = ("US", "CA")
    return _Place(countries, _of_countries(countries))


@lru_cache(maxsize=1)
def _area_zones() -> dict[str, tuple[str, ...]]:
    """Area code of +1 to all zones of its exchanges.

    For an exchange that it does not list, the metadata gives a default that may be the
    zone of few: 423 is Chattanooga's, with 176 of 177 exchanges in New York's time, and
    defaults to Chicago's. So an area code that lies in two zones always has both.
    """
    areas: dict[str, set[str]] = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix[0] == _NANP and len(prefix) >= 4:
            areas[prefix[1:4]].update(ALIASES.get(zone, zone) for zone in zones)
    for area, more in MORE_IN_AREA.items():
        areas[area].update(more)
    return {area: _union((), tuple(sorted(zones))) for area, zones in areas.items()}
