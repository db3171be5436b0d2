"""The choice of a sender: order, limits, and the same answer for the same facts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import (
    Candidate,
    Kind,
    Missing,
    NoRoute,
    Route,
    RouteFacts,
    RouteReason,
    choose,
    usable_for,
)
from policy.sender_countries import COUNTRIES, Terms, passes, terms_for

EVERYTHING = frozenset(("marketing", "transactional", "otp", "notice", "test"))


def sender(sender_id, name="MYSHOP", kind=Kind.HEADER, **values):
    """Return a sender that carries everything, everywhere it passes."""
    values.setdefault("one_way", kind is Kind.HEADER)
    values.setdefault("purposes", EVERYTHING)
    return Candidate(sender_id, gateway_id=1, name=name, kind=kind, **values)


def number(sender_id, **values):
    """Return a sender that takes replies."""
    return sender(sender_id, f"+3363998{sender_id:04}", Kind.LONG_CODE, **values)


def facts(country="FR", purpose="transactional", **values):
    return RouteFacts(purpose, country, **values)


def chosen(candidates, told):
    """Return the id and the reason of the sender that is chosen."""
    route = choose(candidates, told)
    assert isinstance(route, Route), route
    return route.sender_id, route.reason


# === ORDER ===


def test_what_somebody_chose_goes_before_everything_else():
    senders = [number(1), number(2, countries=frozenset(("FR",))), number(3)]
    told = facts(explicit=3, last=2)
    assert chosen(senders, told) == (3, RouteReason.EXPLICIT)


def test_a_conversation_goes_on_through_its_sender():
    senders = [number(1), number(2, countries=frozenset(("FR",))), number(3)]
    assert chosen(senders, facts(last=3)) == (3, RouteReason.STICKY)


def test_a_sender_of_the_country_goes_before_those_for_everywhere():
    senders = [number(1), number(2, countries=frozenset(("DE", "FR")))]
    assert chosen(senders, facts("FR")) == (2, RouteReason.RULE)
    assert chosen(senders, facts("DE")) == (2, RouteReason.RULE)
    assert chosen(senders, facts("NL")) == (1, RouteReason.DEFAULT)


def test_within_a_step_the_priority_decides():
    assert chosen([number(7), number(2)], facts()) == (7, RouteReason.DEFAULT)


def test_where_nothing_fits_it_says_which_obstacle_was_the_last():
    only_marketing = number(1, purposes=frozenset(("marketing",)))
    german = number(2, countries=frozenset(("DE",)))
    cases = (
        ([], facts(), Missing.NONE),
        ([only_marketing], facts(), Missing.PURPOSE),
        ([only_marketing, german], facts(), Missing.COUNTRY),
        ([german], facts("DE", excluded=frozenset((2,))), Missing.BUSY),
        ([german], facts("DE", explicit=9), Missing.CHOSEN),
        ([german], facts("FR", explicit=2), Missing.CHOSEN),
    )
    for senders, told, reason in cases:
        assert choose(senders, told) == NoRoute(reason)


# === WHAT IS BETTER ===


def test_an_answer_that_is_expected_can_be_given():
    senders = [sender(1), number(2)]
    assert chosen(senders, facts(reply_expected=True))[0] == 2
    assert chosen(senders, facts())[0] == 1
    # nobody in Turkey can answer, whatever the sender
    assert chosen([number(1), number(2)], facts("TR", reply_expected=True))[0] == 1


def test_a_paused_gateway_is_avoided_but_not_given_up():
    waiting, other = number(1, waits=True), number(2)
    assert chosen([waiting, other], facts())[0] == 2
    assert chosen([waiting, other], facts(last=1))[0] == 2
    assert chosen([waiting], facts())[0] == 1
    assert chosen([waiting, other], facts(explicit=1))[0] == 1


def test_the_emirates_want_a_mark_on_names_that_advertise():
    plain = sender(1, "MYSHOP", registered=True)
    marked = sender(2, "AD-MYSHOP", registered=True)
    assert chosen([plain, marked], facts("AE", "marketing"))[0] == 2
    assert chosen([marked, plain], facts("AE"))[0] == 1
    assert chosen([plain], facts("AE", "marketing"))[0] == 1


def test_an_account_without_senders_carries_everything():
    account = Candidate(0, gateway_id=1, purposes=EVERYTHING)
    for country in ("US", "IN", "FR", ""):
        assert chosen([account], facts(country)) == (0, RouteReason.DEFAULT)


# === LIMITS ===


def test_names_pass_only_where_networks_let_them():
    name, registered = sender(1), sender(1, registered=True)
    for country, passing in (("US", []), ("CA", []), ("ES", [registered])):
        for one in (name, registered):
            route = choose([one], facts(country))
            assert isinstance(route, Route) == (one in passing), (country, one)
    assert chosen([name], facts("FR"))[0] == 1
    assert chosen([name], facts("AU"))[0] == 1


def test_a_number_of_no_country_is_left_to_the_gate():
    assert chosen([sender(1, countries=frozenset(("FR",)))], facts(""))[0] == 1


_COUNTRIES = st.sampled_from(("", "FR", "DE", "US", "CA", "ES", "IN", "AE", "TR", "KR"))
_CANDIDATES = st.builds(
    Candidate,
    sender_id=st.integers(1, 6),
    gateway_id=st.integers(1, 2),
    name=st.sampled_from(("MYSHOP", "AD-MYSHOP", "+33639980001")),
    kind=st.sampled_from(tuple(Kind)),
    countries=st.frozensets(_COUNTRIES.filter(bool), max_size=3),
    purposes=st.frozensets(st.sampled_from(sorted(EVERYTHING))),
    one_way=st.booleans(),
    registered=st.booleans(),
    waits=st.booleans(),
)
_LISTS = st.lists(_CANDIDATES, max_size=6, unique_by=lambda one: one.sender_id)
_FACTS = st.builds(
    RouteFacts,
    purpose=st.sampled_from(sorted(EVERYTHING)),
    country=_COUNTRIES,
    explicit=st.none() | st.integers(1, 7),
    last=st.none() | st.integers(1, 7),
    reply_expected=st.booleans(),
    excluded=st.frozensets(st.integers(1, 6), max_size=3),
)


@given(_LISTS, _FACTS)
def test_no_choice_gets_past_a_limit(candidates, told):
    route = choose(candidates, told)
    if isinstance(route, NoRoute):
        return
    one = route.candidate
    assert one in candidates
    assert told.purpose in one.purposes
    assert one.sender_id not in told.excluded
    if told.country:
        assert not one.countries or told.country in one.countries
        assert passes(told.country, one.kind, one.registered)


@given(_LISTS, _FACTS)
def test_there_is_a_sender_wherever_one_is_usable(candidates, told):
    usable = usable_for(candidates, told)
    wanted = {one.sender_id for one in usable}
    if told.explicit is not None:
        wanted &= {told.explicit}
    assert isinstance(choose(candidates, told), Route) == bool(wanted)


@given(_LISTS, _FACTS)
def test_a_person_gets_what_they_chose_or_nothing(candidates, told):
    route = choose(candidates, told)
    if told.explicit is None or isinstance(route, NoRoute):
        return
    assert (route.sender_id, route.reason) == (told.explicit, RouteReason.EXPLICIT)


@given(_LISTS, _FACTS, st.randoms())
def test_the_answer_does_not_depend_on_what_is_not_usable(candidates, told, random):
    usable = usable_for(candidates, told)
    useless = [one for one in candidates if one not in usable]
    random.shuffle(useless)
    if usable:
        assert choose([*useless, *usable], told) == choose(usable, told)


@given(_LISTS, _FACTS)
def test_marketing_never_leaves_from_a_sender_that_is_not_for_it(candidates, told):
    told = replace(told, purpose="marketing", explicit=None)
    kept_apart = [
        replace(one, purposes=one.purposes - {"marketing"}) for one in candidates
    ]
    assert isinstance(choose(kept_apart, told), NoRoute)


# === THE TABLE ===


def test_every_country_of_the_table_says_where_that_is_from():
    for code, country in COUNTRIES.items():
        assert len(code) == 2 and code.isupper()
        assert country.source, code


@pytest.mark.parametrize(
    ("code", "kind", "terms"),
    [
        ("US", Kind.HEADER, Terms.CLOSED),
        ("US", Kind.LONG_CODE, Terms.REGISTERED),
        ("US", Kind.TOLL_FREE, Terms.REGISTERED),
        ("US", Kind.SHORT_CODE, Terms.FREE),
        ("CA", Kind.LONG_CODE, Terms.FREE),
        ("SA", Kind.LONG_CODE, Terms.CLOSED),
        ("IN", Kind.HEADER, Terms.REGISTERED),
        ("FR", Kind.HEADER, Terms.FREE),
        ("AU", Kind.HEADER, Terms.ADVISED),
        ("US", None, Terms.FREE),
        ("", Kind.HEADER, Terms.FREE),
    ],
)
def test_terms_of_countries(code, kind, terms):
    assert terms_for(code, kind) is terms
