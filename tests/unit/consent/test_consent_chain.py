"""Whatever is done to a chain is found, and named for what it is."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tools.consent_chain import FIELDS, GENESIS, Pin, digest, examine

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
#: Values that may differ freely from entry to entry.
FREE = sorted({*FIELDS} - {"seq", "prev_hash"})


def chain(contents):
    """Return linked entries with the given free values."""
    rows, last = [], GENESIS
    for seq, content in enumerate(contents, 1):
        row = {**dict.fromkeys(FIELDS, ""), **content}
        row |= {"seq": str(seq), "prev_hash": last}
        last = row["hash"] = digest(row)
        rows.append(row)
    return rows


def rehash(rows):
    """Link entries anew, as somebody does who knows how it works."""
    return chain([{name: row[name] for name in FREE} for row in rows])


def counter(rows):
    """Return what the database counts of a chain."""
    return Pin(len(rows), rows[-1]["hash"])


def kinds(rows, *args):
    """Return what is wrong, sorted, without the places."""
    return sorted({problem.kind for problem in examine(rows, *args)})


def sample(length=5):
    """Return a chain whose entries differ."""
    return chain([{"note": f"entry {turn}"} for turn in range(length)])


def renumbered(rows):
    """Close the gaps in the order, as a careful hand would."""
    return [{**row, "seq": str(place)} for place, row in enumerate(rows, 1)]


def changed(rows):
    return [*rows[:2], {**rows[2], "note": "other"}, *rows[3:]]


def changed_with_hash(rows):
    row = {**rows[2], "note": "other"}
    return [*rows[:2], {**row, "hash": digest(row)}, *rows[3:]]


def deleted(rows):
    return rows[:2] + rows[3:]


def cut(rows):
    return rows[:-1]


def inserted(rows):
    new = {**rows[1], "note": "slipped in", "seq": "2"}
    return renumbered([*rows[:2], {**new, "hash": digest(new)}, *rows[2:]])


def inserted_well(rows):
    new = {**rows[1], "note": "slipped in", "seq": "3", "prev_hash": rows[1]["hash"]}
    return renumbered([*rows[:2], {**new, "hash": digest(new)}, *rows[2:]])


def appended(rows):
    return rehash([*rows, {**rows[0], "note": "slipped in"}])


def reordered(rows):
    return renumbered([rows[0], rows[2], rows[1], *rows[3:]])


def reordered_and_linked(rows):
    return rehash([rows[0], rows[2], rows[1], *rows[3:]])


def removed(rows):
    return []


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (changed, "changed"),
        (changed_with_hash, "changed"),
        (deleted, "deleted"),
        (lambda rows: renumbered(deleted(rows)), "deleted"),
        (cut, "cut"),
        (inserted, "inserted"),
        (inserted_well, "inserted"),
        (appended, "inserted"),
        (reordered, "reordered"),
        (removed, "removed"),
    ],
)
def test_each_kind_of_harm_is_named(harm, kind):
    rows = sample()
    assert kinds(harm(rows), counter(rows), []) == [kind]
    # a seal says the same, also where the counter is gone or was mended
    pins = [Pin(len(rows), rows[-1]["hash"], 7)]
    assert kind in kinds(harm(rows), counter(rows), pins)
    assert kind in kinds(harm(rows), None, pins) or harm is appended


@pytest.mark.parametrize(
    "harm", [changed, deleted, inserted, reordered, reordered_and_linked, cut]
)
def test_who_makes_all_hashes_anew_is_betrayed_by_a_seal(harm):
    rows = sample()
    pins = [Pin(2, rows[1]["hash"], 1), Pin(5, rows[4]["hash"], 2)]
    harmed = rehash(harm(rows))
    assert kinds(harmed, counter(harmed), []) == []
    problems = examine(harmed, counter(harmed), pins)
    assert problems
    assert {problem.seal for problem in problems} <= {1, 2}
    assert {problem.kind for problem in problems} <= {"rewritten", "cut"}


def test_places_are_told():
    rows = sample(6)
    found = examine(changed(deleted(rows)), counter(rows), [])
    assert [(one.kind, one.places) for one in found] == [
        ("changed", (4,)),
        ("deleted", (3,)),
    ]
    [found] = examine(rows[:3], counter(rows), [Pin(6, rows[5]["hash"], 4)])
    assert found == ("cut", (4, 5, 6), 4)
    [found] = examine(reordered(rows), counter(rows), [])
    assert found.places == (2, 3)


def test_a_counter_that_is_gone_or_wrong_is_told_apart_from_the_entries():
    rows = sample()
    assert kinds(rows, None, []) == ["counter"]
    assert kinds(rows, Pin(5, "f" * 64), []) == ["counter"]
    assert kinds(rows, Pin(0, GENESIS), []) == ["inserted"]


def test_an_absurd_witness_is_told_and_does_not_stop_anything():
    rows = sample()
    far = 2_000_000_000
    assert examine(rows, Pin(far, "f" * 64), []) == [("counter", (5,), 0)]
    assert kinds(rows, Pin(-1, rows[-1]["hash"]), []) == ["counter"]
    assert examine(rows, counter(rows), [Pin(far, "f" * 64, 3)]) == [
        ("counter", (5,), 3)
    ]
    assert kinds(deleted(rows), Pin(far, "f" * 64), []) == ["deleted"]
    assert kinds([], Pin(far, "f" * 64), []) == ["removed"]
    displaced = [*rows[:4], {**rows[4], "seq": str(far)}]
    assert kinds(displaced, counter(rows), []) == ["reordered"]


def test_an_empty_chain_that_was_never_more_is_fine():
    assert examine([], Pin(0, GENESIS), []) == []
    assert kinds([], None, [Pin(1, "a" * 64, 3)]) == ["removed"]


contents = st.lists(
    st.dictionaries(st.sampled_from(FREE), TEXTS, max_size=4), min_size=1, max_size=8
)


@given(contents, st.data())
def test_whatever_was_written_verifies(values, data):
    rows = chain(values)
    at = data.draw(st.integers(1, len(rows)))
    assert examine(rows, counter(rows), [Pin(at, rows[at - 1]["hash"], 1)]) == []


@given(contents, st.sampled_from([*FIELDS, "hash"]), TEXTS, st.data())
def test_any_single_change_of_any_value_is_found(values, name, text, data):
    rows = chain(values)
    at = data.draw(st.integers(0, len(rows) - 1))
    if name == "seq":
        text = str(data.draw(st.integers(1, 20)))
    assume(rows[at][name] != text)
    harmed = [*rows[:at], {**rows[at], name: text}, *rows[at + 1 :]]
    harmed.sort(key=lambda row: int(row["seq"]))
    assert examine(harmed, counter(rows), [])


@given(contents, st.data())
def test_any_entries_that_are_missing_are_found(values, data):
    rows = chain(values)
    kept = data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=len(rows) - 1))
    harmed = [rows[at] for at in sorted(kept)]
    names = kinds(harmed, counter(rows), [])
    assert set(names) <= {"deleted", "cut", "removed"}
    assert names
