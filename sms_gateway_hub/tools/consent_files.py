"""The files of an export: CSV that no spreadsheet calculates, in one archive."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What starts a formula in one spreadsheet or another, and the mark itself.
_MARKED = ("=", "+", "-", "@", "\t", "\r", "'")
_FOLDER = Path(__file__).parent

README = """\
Export of the consent ledger
============================

Verify it, with Python 3.9 or newer:   python3 verify_consent.py
With the witness file that the server keeps outside of the database, deleted last seals
are found too:   python3 verify_consent.py . --witness FILE

Trust the result as far as you trust public_keys.txt: compare it with the key that the
company gave you by another way.

events.csv   every entry of the ledger in the range, number by number
range.csv    the instants (UTC) at which the range begins and before which it ends,
             empty where it is open; number and root of the last seal before it; the
             company
places.csv   what the entries have to fit: "start", how many entries a number had
             before the range and the hash of the last; "seal", the same at the moment
             of a seal; "count", the same as the database counts it now
seals.csv    the seals in the range, signed

CSV: UTF-8, a comma, quotes doubled. A value that starts with = + - @ ' a tab or a
carriage return has an apostrophe put in front, which must be taken away first.

hash of an entry: SHA-256, in hexadecimal, over a JSON object with every column of
events.csv but hash; all values are texts, names sorted, no spaces, UTF-8, nothing
escaped that JSON need not escape.
prev_hash: the hash of the entry before it, of the same number; of the first entry 64
zeros.
root of a seal: the same over every column of seals.csv but root, signature, public_key.
lines_digest: SHA-256 over the lines "number entry_count head_hash" of its places, each
ended by a line feed, sorted by number byte by byte.
prev_root: the root of the seal before it; of the first seal 64 zeros, and of the first
in the range what range.csv says. signature: Ed25519 over the root as text.
recorded_at, sealed_at: UTC. Along a number recorded_at never goes back. An entry was
recorded before the first seal that covers it and after the one before, which would
have covered it. A seal of 50000 numbers is full and leaves the rest to the next. An
hour is allowed for transactions that a seal did not wait for, a minute for clocks.
"""


def harmless(text: str) -> str:
    """Return a value that a spreadsheet shows instead of calculating.

    It can be undone: whatever begins with an apostrophe has one too many.
    """
    return f"'{text}" if text.startswith(_MARKED) else text


def write_csv(
    archive: zipfile.ZipFile,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
) -> int:
    """Stream rows of texts into a file of the archive; return how many."""
    count = 0
    with (
        archive.open(name, "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow(map(harmless, row))
            count += 1
    return count


def write_companions(archive: zipfile.ZipFile, public_keys: Iterable[str]) -> None:
    """Add what somebody needs to verify the archive without us."""
    archive.writestr("README.txt", README)
    archive.writestr("public_keys.txt", "".join(f"{key}\n" for key in public_keys))
    archive.write(_FOLDER / "verify_consent.py", "verify_consent.py")
