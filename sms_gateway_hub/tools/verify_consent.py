"""Verify an export. README.txt tells the format."""

import argparse
import csv
import hashlib
import json
import sys
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # everything but the signatures is verified
PARSER = argparse.ArgumentParser(description=__doc__)
PARSER.add_argument("folder", nargs="?", type=Path, default=".", help="of the export")
PARSER.add_argument("--witness", type=Path, help="the witness file of the database")
ASKED = PARSER.parse_args()
FOLDER = ASKED.folder
FAR = 10_000  # places beyond the entries at which a displaced one is looked for
SEAL_LINES = 50_000  # a seal with fewer took everything that had grown
CLOCKS = 60  # seconds that the clocks of two servers of one database may differ
TRANSACTION = 3600  # seconds: a seal leaves out what a transaction is appending
UNHASHED = "root", "signature", "public_key"
EVER = float("-inf"), float("inf")
csv.field_size_limit(2**31 - 1)


def read(name):
    """Yield the rows; an apostrophe in front keeps spreadsheets from calculating."""
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {name: text.removeprefix("'") for name, text in row.items()}


def sha(row, *without, **other):
    """Hash an entry or a seal, as README.txt says."""
    kept = {name: text for name, text in row.items() if name not in without} | other
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seconds(text):
    """Return an instant in seconds; what is none is before all others."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return EVER[0]


def put_in_place(rows, known, counted, reach):
    """Return the entries by the place they were written for, and what fits nowhere.

    A hash covers the place, so where it fits is where the entry was written.
    """
    first, top = min(known), max(known)
    entries, foreign = {first: {"hash": known[first], "seq": first}}, {}
    followed = {row["prev_hash"] for row in rows} | set(known.values())
    for row in sorted(rows, key=lambda row: row["hash"] not in followed):
        here = int(row["seq"])
        places = (at for span in ([here], range(first + 1, reach + 1)) for at in span)
        fits = (at for at in places if sha(row, "hash", seq=f"{at}") == row["hash"])
        place = next(fits, None)
        if place is None:
            foreign[here] = "changed"
        elif place in entries or (counted and place > top):
            foreign[here] = "inserted"
        else:
            entries[place] = row
    return entries, foreign


def verify_number(rows, known, counted):
    """Say what is wrong with a number's entries; places must have the known hashes."""
    first, top = min(known), max(known)
    if not rows:
        return ["whole number removed"] if top > first else []
    reach = min(top, first + len(rows) + FAR) + len(rows)
    entries, foreign = put_in_place(rows, known, counted, reach)
    end = min(max([top, *entries]), reach)
    missing = set(range(first + 1, end + 1)) - set(entries)
    last = max([*entries, *(missing & set(foreign))])
    said = []
    for at, what in foreign.items():
        said.append(f"entry {at} {what if at in missing else 'inserted'}")
    for at in sorted(missing - set(foreign)):
        if at < last:
            said.append(f"entry {at} deleted in between")
        elif top <= reach:
            said.append(f"entry {at} deleted at the end")
    if top > reach:
        said.append(f"counter wrong: there are no entries {last + 1} to {top}")
    said += find_moved(entries, bool(said))
    for at, row in entries.items():
        if at - 1 in entries and entries[at - 1]["hash"] != row["prev_hash"]:
            said.append(f"entry {max(at - 1, 1)} changed, with a new hash")
        if known.get(at, row["hash"]) != row["hash"]:
            said.append(f"entries up to {at} written anew")
    return said


def find_moved(entries, explained):
    """Name entries that stand elsewhere, unless others made them move up or down."""
    stand = sorted(entries, key=lambda at: int(entries[at]["seq"]))
    if explained and stand == sorted(entries):
        return []
    moved = [f"{at}" for at in sorted(entries) if int(entries[at]["seq"]) != at]
    return [f"entries reordered: {', '.join(moved)}"] if moved else []


def verify_times(rows, sealed, windows):
    """Compare when entries were recorded with those before them and with the seals."""
    said, latest = [], EVER[0]
    for row in rows:
        moment = seconds(row["recorded_at"])
        seals = [seal for seal, at in sealed if at >= int(row["seq"])]
        begin, end = windows.get(min(seals, default=0), EVER)
        if moment + CLOCKS < latest or not begin <= moment <= end:
            said.append(f"entry {row['seq']} not recorded when it says")
        latest = max(latest, moment)
    return said


def find_windows(seals):
    """Return between which instants entries were recorded that a seal took first.

    A seal that was changed says nothing about time.
    """
    windows, before = {}, EVER[0]
    for seal in seals:
        if sha(seal, *UNHASHED) != seal["root"]:
            continue
        moment = seconds(seal["sealed_at"])
        windows[int(seal["seq"])] = before - TRANSACTION, moment + CLOCKS
        if int(seal["line_count"]) < SEAL_LINES:
            before = moment
    return windows


def verify_seals(seals, lines, trusted, before):
    """Say what is wrong with the seals; each covers lines and follows another."""
    said = []
    for seal in seals:
        name, covered = f"seal {seal['seq']}", lines.pop(seal["seq"], "").encode()
        root = sha(seal, *UNHASHED)
        whole = hashlib.sha256(covered).hexdigest() == seal["lines_digest"]
        if root != seal["root"] or not whole or not is_signed(seal, trusted):
            said.append(f"{name} changed, or not signed with the key")
        if before != (int(seal["seq"]) - 1, seal["prev_root"]):
            said.append(f"seal before {name} missing")
        before = int(seal["seq"]), seal["root"]
    return said + [f"seal {seal} missing" for seal in lines]


def read_witness(company):
    """Return the seals that the witness file knows, what is wrong and what was said."""
    known, said, told = {}, [], []
    for place, line in enumerate(ASKED.witness.read_text("utf-8").splitlines(), 1):
        try:
            note = json.loads(line)
            seal, what = int(note["seal"]), note["what"]
            if str(note["company"]) != company:
                continue
            if what == "seal":
                known[seal] = note["root"], note["sealed_at"]
            elif what == "acknowledged":
                known = {seq: root for seq, root in known.items() if seq < seal}
                told.append(
                    f"from seal {seal} on, {note['by']} acknowledged at {note['at']} "
                    f"that the database differs from the witness: {note['reason']}"
                )
            else:
                told.append(f"seals up to {seal} were there before the witness")
        except (ValueError, KeyError, TypeError):
            said.append(f"line {place} of the witness cannot be read")
    return known, said, told


def verify_witness(seals, span):
    """Compare the seals in the range with those that the witness knows."""
    known, said, told = read_witness(span["company_id"])
    roots = {int(seal["seq"]): seal["root"] for seal in seals}
    roots.setdefault(int(span["seal_before"]), span["root_before"])
    for seq, (root, moment) in known.items():
        inside = span["begin"] <= moment < (span["end"] or "9")
        if seq in roots and roots[seq] != root:
            said.append(f"seal {seq} is not the one that the witness knows")
        elif seq not in roots and inside:
            said.append(f"seal {seq} missing: the witness knows it")
    return said, told


def is_signed(seal, trusted):
    """Tell whether a trusted key signed the root."""
    if seal["public_key"] not in trusted or not Ed25519PublicKey:
        return seal["public_key"] in trusted
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal["public_key"]))
    try:
        key.verify(bytes.fromhex(seal["signature"]), seal["root"].encode())
    except InvalidSignature:
        return False
    return True


def main():
    """Return what is wrong in the folder, and what else has to be known, in words."""
    chains, known, lines = defaultdict(list), defaultdict(dict), defaultdict(str)
    starts, counted, sealed = defaultdict(int), set(), defaultdict(list)
    for row in read("events.csv"):
        chains[row["number"]].append(row)
    for row in read("places.csv"):  # where chains start, stood at seals, and end
        number, at, last = row["number"], int(row["entry_count"]), row["head_hash"]
        if row["kind"] == "start":
            starts[number] = at
        elif row["kind"] == "count":
            counted.add(number)
        else:
            lines[row["seal"]] += f"{number} {at} {last}\n"
            sealed[number].append((int(row["seal"]), at))
        # of witnesses who contradict each other, none is believed
        same = known[number].get(at, last) == last
        known[number][at] = last if same else "disputed"
    seals, trusted = list(read("seals.csv")), (FOLDER / "public_keys.txt").read_text()
    [span] = read("range.csv")
    before = int(span["seal_before"]), span["root_before"]
    said = verify_seals(seals, lines, trusted.split(), before)
    found, told = verify_witness(seals, span) if ASKED.witness else ([], [])
    said += found
    windows = find_windows(seals)
    for number in sorted({*chains, *known}):
        rows, pins = chains[number], {0: "0" * 64, **known[number]}
        pins = {at: last for at, last in pins.items() if at >= starts[number]}
        wrong = verify_number(rows, pins, number in counted)
        wrong = wrong or verify_times(rows, sealed[number], windows)
        said += [f"{number}: {words}" for words in wrong]
    return said, told


if __name__ == "__main__":
    problems, notes = main()
    sys.stdout.write("\n".join([*(problems or ["nothing wrong"]), *notes]) + "\n")
    if not Ed25519PublicKey:
        sys.stdout.write("signatures not verified: no package cryptography\n")
    sys.exit(bool(problems))
