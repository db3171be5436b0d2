"""Verify an export: python3 verify_consent.py [folder]. README.txt tells the format."""

import csv
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # everything but the signatures is verified
FOLDER = Path(sys.argv[1] if sys.argv[1:] else ".")


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


def put_in_place(rows, known, counted):
    """Return the entries by the place they were written for, and what fits nowhere.

    A hash covers the place, so where it fits is where the entry was written.
    """
    first, top = min(known), max(known)
    entries, foreign = {first: {"hash": known[first], "seq": first}}, {}
    followed = {row["prev_hash"] for row in rows} | set(known.values())
    for row in sorted(rows, key=lambda row: row["hash"] not in followed):
        here = int(row["seq"])
        places = (here, *range(first + 1, max(top, first) + len(rows) + 1))
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
    entries, foreign = put_in_place(rows, known, counted)
    missing = set(range(first + 1, max([top, *entries]) + 1)) - set(entries)
    last = max([*entries, *foreign])
    said = []
    for at, what in foreign.items():
        said.append(f"entry {at} {what if at in missing else 'inserted'}")
    for at in sorted(missing - set(foreign)):
        said.append(f"entry {at} deleted {'at the end' if at > last else 'in between'}")
    if sorted(entries, key=lambda at: int(entries[at]["seq"])) != sorted(entries):
        said.append("entries reordered")
    for at, row in entries.items():
        if at - 1 in entries and entries[at - 1]["hash"] != row["prev_hash"]:
            said.append(f"entry {max(at - 1, 1)} changed, with a new hash")
        if known.get(at, row["hash"]) != row["hash"]:
            said.append(f"entries up to {at} written anew")
    return said


def verify_seals(lines, trusted):
    """Say what is wrong with the seals; each covers lines and follows another."""
    said, before = [], None
    for seal in read("seals.csv"):
        name, covered = f"seal {seal['seq']}", lines.pop(seal["seq"], "").encode()
        root = sha(seal, "root", "signature", "public_key")
        whole = hashlib.sha256(covered).hexdigest() == seal["lines_digest"]
        if root != seal["root"] or not whole or not is_signed(seal, trusted):
            said.append(f"{name} changed, or not signed with the key")
        if before and before != (int(seal["seq"]) - 1, seal["prev_root"]):
            said.append(f"seal before {name} missing")
        before = int(seal["seq"]), seal["root"]
    return said + [f"seal {seal} missing" for seal in lines]


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
    """Return what is wrong in the folder, in words."""
    chains, known, lines = defaultdict(list), defaultdict(dict), defaultdict(str)
    starts, counted = defaultdict(int), set()
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
        # of witnesses who contradict each other, none is believed
        same = known[number].get(at, last) == last
        known[number][at] = last if same else "disputed"
    said = verify_seals(lines, (FOLDER / "public_keys.txt").read_text().split())
    for number in sorted({*chains, *known}):
        pins = {0: "0" * 64, **known[number]}
        pins = {at: last for at, last in pins.items() if at >= starts[number]}
        for words in verify_number(chains[number], pins, number in counted):
            said.append(f"{number}: {words}")
    return said


if __name__ == "__main__":
    problems = main()
    sys.stdout.write("\n".join(problems or ["nothing wrong"]) + "\n")
    if not Ed25519PublicKey:
        sys.stdout.write("signatures not verified: no package cryptography\n")
    sys.exit(bool(problems))
