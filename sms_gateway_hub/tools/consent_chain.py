"""The chain of consent entries: how its hashes are made, and what breaks it.

Anybody can recompute them with a few lines of any language. An entry is a JSON object
whose values are all texts (nothing is the empty text, yes is ``1``, instants are UTC as
``YYYY-MM-DD HH:MM:SS``), written with sorted names, without spaces, in UTF-8. Its hash
is the SHA-256 of that, in hexadecimal. Each entry holds the hash of the one before it,
the first one 64 zeros. One chain belongs to one number at one company.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

#: What the first entry of a chain, and the first seal, continue.
GENESIS = "0" * 64
#: Stands in every entry, so that a later format can be told from this one.
FORMAT = "1"
#: What an entry says. Columns of the same names hold it; never rename or reorder.
FIELDS = (
    "format",
    "company_id",
    "company_name",
    "number",
    "seq",
    "prev_hash",
    "scope",
    "scope_name",
    "purpose",
    "action",
    "source",
    "proven",
    "given_number",
    "happened_at",
    "recorded_at",
    "wording",
    "wording_version",
    "lang",
    "evidence_url",
    "attachment_name",
    "attachment_sha256",
    "actor_id",
    "actor_name",
    "actor_login",
    "ip",
    "user_agent",
    "res_model",
    "res_id",
    "record_name",
    "message_uuid",
    "note",
)
#: What a seal says over the chains that grew since the one before it.
SEAL_FIELDS = (
    "format",
    "company_id",
    "seq",
    "sealed_at",
    "prev_root",
    "line_count",
    "lines_digest",
)
#: Places at which a displaced entry is looked for; chains are short.
_PLACES = 500
#: How far beyond the entries that are there a counter or a seal is believed. Without
#: an end, one changed counter would keep everything else from being verified.
_FAR = 10_000


class Pin(NamedTuple):
    """A place and hash that a chain is known to have had.

    :param seal: number of the seal that says so; 0 for the counter beside the chain
    """

    length: int
    hash: str
    seal: int = 0


class Problem(NamedTuple):
    """One thing wrong with a chain.

    :param kind: ``changed``, ``deleted``, ``cut`` (the last ones are missing),
        ``inserted``, ``reordered``, ``removed`` (the whole number), ``rewritten``
        (other than at a seal) or ``counter`` (the counter itself is wrong)
    :param places: the places in the chain, from 1
    :param seal: number of the seal that shows it; 0 where the chain itself does
    """

    kind: str
    places: tuple[int, ...] = ()
    seal: int = 0


def as_text(value: Any) -> str:
    """Return a column's value as it stands in the hashed JSON."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def as_ranges(places: Iterable[int]) -> str:
    """Write down places, three and more in a row as a range: ``1, 4–9``."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run))
        for run in runs
    )


def canonical_json(values: dict[str, str]) -> bytes:
    """Return the one way to write down a JSON object of texts."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest(values: dict[str, str], names: tuple[str, ...] = FIELDS) -> str:
    """Return the hash of an entry, or of a seal by its own names."""
    written = canonical_json({name: values[name] for name in names})
    return hashlib.sha256(written).hexdigest()


def examine(
    rows: list[dict[str, str]], counter: Pin | None, pins: list[Pin]
) -> list[Problem]:
    """Tell what is wrong with one chain.

    :param rows: its entries as texts, with ``hash``, in the order of ``seq``
    :param counter: length and last hash as the database counts them
    :param pins: what the seals say, in any order
    """
    absurd = [
        Problem("counter", (len(rows),), pin.seal)
        for pin in pins
        if not _is_plausible(pin, rows)
    ]
    pins = [pin for pin in pins if _is_plausible(pin, rows)]
    counter = counter if counter and _is_plausible(counter, rows) else None
    whole = counter and _is_whole(rows, [counter, *pins])
    if whole and len(rows) == counter.length:
        return absurd
    return absurd + _diagnose(rows, counter, pins)


def _is_plausible(pin: Pin, rows: list[dict[str, str]]) -> bool:
    return 0 <= pin.length <= len(rows) + _FAR


def _is_whole(rows: list[dict[str, str]], pins: list[Pin]) -> bool:
    hashes = [GENESIS]
    for place, row in enumerate(rows, 1):
        linked = row["seq"] == str(place) and row["prev_hash"] == hashes[-1]
        if not linked or digest(row) != row["hash"]:
            return False
        hashes.append(row["hash"])
    return all(
        pin.length < len(hashes) and hashes[pin.length] == pin.hash for pin in pins
    )


def _diagnose(
    rows: list[dict[str, str]], counter: Pin | None, pins: list[Pin]
) -> list[Problem]:
    """Name what was done to a chain that is not whole.

    An entry's hash covers its place, so the place at which the hash fits is where the
    entry was written, wherever it stands now.
    """
    if not rows:
        return [Problem("removed", seal=_latest(pins))]
    everything = [*pins, *([counter] if counter else [])]
    top = max((pin.length for pin in everything), default=0)
    homes = [_home(row, top + len(rows)) for row in rows]
    if not counter:
        top = max([top, *filter(None, homes)])
    genuine, inserted = _sort_out(rows, homes, top, everything)
    missing = set(range(1, top + 1)) - set(genuine)
    changed = [
        int(row["seq"])
        for row, home in zip(rows, homes, strict=True)
        if not home and int(row["seq"]) in missing
    ]
    inserted += [
        int(row["seq"])
        for row, home in zip(rows, homes, strict=True)
        if not home and int(row["seq"]) not in missing
    ]
    missing -= set(changed)
    last = max([*genuine, *changed], default=0)
    changed += _replaced(genuine)
    problems = [
        *_each("changed", changed),
        *_each("deleted", [place for place in missing if place < last]),
        *_each("inserted", inserted),
    ]
    cut = tuple(sorted(place for place in missing if place > last))
    if cut:
        problems.append(Problem("cut", cut, _latest(pins)))
    problems += _reordered(genuine)
    problems += _against_pins(genuine, counter, pins, bool(problems))
    moved = (place for place in sorted(genuine) if genuine[place]["seq"] != f"{place}")
    return problems or [Problem("reordered", tuple(moved))]


def _each(kind: str, places: list[int]) -> list[Problem]:
    return [Problem(kind, (place,)) for place in sorted(set(places))]


def _latest(pins: list[Pin]) -> int:
    return max((pin.seal for pin in pins), default=0)


def _home(row: dict[str, str], end: int) -> int | None:
    """Return the place that an entry was written for; ``None`` if it was changed."""
    here = int(row["seq"])
    start = max(1, min(here - _PLACES // 2, end - _PLACES + 1))
    near = range(start, min(start + _PLACES, end + 1))
    for place in [here, *sorted(near, key=lambda place: abs(place - here))]:
        if digest({**row, "seq": str(place)}) == row["hash"]:
            return place
    return None


def _sort_out(
    rows: list[dict[str, str]],
    homes: list[int | None],
    top: int,
    pins: list[Pin],
) -> tuple[dict[int, dict[str, str]], list[int]]:
    """Return the entry of each place, and where others pretend to be one.

    Of two entries for one place, the genuine one is the one that is continued.
    """
    continued = {row["prev_hash"] for row in rows} | {pin.hash for pin in pins}
    counts = Counter(homes)
    genuine: dict[int, dict[str, str]] = {}
    inserted = []
    for row, home in zip(rows, homes, strict=True):
        if home is None:
            continue
        twin = counts[home] > 1 and row["hash"] not in continued
        if home > top or twin or home in genuine:
            inserted.append(int(row["seq"]))
        else:
            genuine[home] = row
    return genuine, inserted


def _replaced(genuine: dict[int, dict[str, str]]) -> list[int]:
    """Return the places of entries that got a new hash: the next one shows it."""
    hashes = {0: GENESIS, **{place: row["hash"] for place, row in genuine.items()}}
    return [
        max(place - 1, 1)
        for place, row in genuine.items()
        if hashes.get(place - 1, row["prev_hash"]) != row["prev_hash"]
    ]


def _reordered(genuine: dict[int, dict[str, str]]) -> list[Problem]:
    """Return the entries that no longer stand in the order of their writing."""
    stands = sorted(genuine, key=lambda place: int(genuine[place]["seq"]))
    moved = [
        one for one, other in zip(stands, sorted(stands), strict=True) if one != other
    ]
    return [Problem("reordered", tuple(sorted(moved)))] if moved else []


def _against_pins(
    genuine: dict[int, dict[str, str]],
    counter: Pin | None,
    pins: list[Pin],
    known: bool,
) -> list[Problem]:
    """Compare with seals and counter; the counter only where nothing else is wrong."""
    hashes = {place: row["hash"] for place, row in genuine.items()}
    problems = [
        Problem("rewritten", (pin.length,), pin.seal)
        for pin in sorted(pins)
        if hashes.get(pin.length, pin.hash) != pin.hash
    ]
    right = counter and hashes.get(counter.length, counter.hash) == counter.hash
    if not (known or problems or right):
        problems.append(Problem("counter", (max(genuine, default=0),)))
    return problems
