"""Read a list of consents from a file that somebody made elsewhere.

Pure: bytes in, plain lines out. What a line means is decided by whoever asked for it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from openpyxl import load_workbook

from .consent_files import harmless

#: Lines that can be recorded within the two minutes that a server gives a person.
MAX_LINES = 50_000
#: column → the headers that stand for it, in small letters
HEADERS = {
    "phone": ("phone", "mobile", "number", "phone number", "mobile number", "tel"),
    "consent": ("consent", "opt-in", "opt in", "agreed", "subscribed"),
    "scope": ("scope", "topic", "about"),
    "source": ("source", "origin", "where from"),
    "wording": ("wording", "text", "consent text"),
    "date": ("date", "when", "consent date", "given on"),
    "proof": ("proof", "proof url", "evidence", "evidence url", "link"),
    "country": ("country", "country code"),
    "lang": ("language", "lang"),
}
_COLUMN = {header: name for name, headers in HEADERS.items() for header in headers}
YES = frozenset(
    ("yes", "y", "true", "1", "x", "granted", "agreed", "opt-in", "opted in", "opt in")
)
NO = frozenset(
    ("no", "n", "false", "0", "refused", "stop", "opt-out", "opted out", "opt out")
)
#: What an apostrophe keeps spreadsheets from calculating; it is none of the text.
_SHIELDED = ("'=", "'+", "'-", "'@", "''")


class UnreadableFile(Exception):
    """The file is no list; the code says why.

    ``type`` (neither CSV nor XLSX), ``broken``, ``empty``, ``phone`` (no such column),
    ``twice`` (two columns for one thing), ``long`` (too many lines).
    """

    def __init__(self, code: str, detail: str = ""):
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file.

    :param place: as counted by a spreadsheet, where the headers are line 1
    :param values: text by column; a ``date`` that the file holds as one stays a
        ``datetime``. Columns that are not there are left out.
    """

    place: int
    values: dict[str, str | datetime]


def read_lines(content: bytes, name: str) -> list[Line]:
    """Return the lines that hold anything, in order.

    :param content: a CSV (comma, semicolon or tab; UTF-8 or Windows) or an XLSX file
    :param name: its name, whose ending tells which
    :raise UnreadableFile: when it is no such list
    """
    rows = enumerate(_rows(content, name.lower()), 1)
    for _place, headers in rows:
        if any(_text(cell) for cell in headers):
            break
    else:
        raise UnreadableFile("empty")
    columns = _columns(headers)
    lines = []
    for place, row in islice(rows, MAX_LINES + 1):
        values = {
            column: _value(column, row[index]) if index < len(row) else ""
            for column, index in columns.items()
        }
        if any(values.values()):
            lines.append(Line(place, values))
    if len(lines) > MAX_LINES:
        raise UnreadableFile("long")
    if not lines:
        raise UnreadableFile("empty")
    return lines


def write_lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as a CSV file that a spreadsheet shows and never evaluates."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def meaning(word: str) -> bool | None:
    """Tell whether a word in the consent column agrees; ``None``: it says neither."""
    word = word.strip().casefold()
    if word in YES:
        return True
    return False if word in NO else None


def moment(value: str | datetime, formats: Iterable[str] = ()) -> datetime | None:
    """Return a date or time as it is written, ``None`` if it cannot be read.

    One that names its zone is aware, any other is what the clocks there showed.

    :param formats: further formats of ``strptime``, as people write dates where they
        live; what is international comes first
    """
    if isinstance(value, datetime):
        return value
    readers = [datetime.fromisoformat]
    readers += [partial(_strptime, pattern) for pattern in formats]
    for reader in readers:
        try:
            found = reader(value.strip())
        except ValueError:
            continue
        return found
    return None


def is_web_address(text: str) -> bool:
    """Tell whether somebody could open this text in a browser."""
    try:
        parts = urlsplit(text)
    except ValueError:
        # brackets that hold no address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _strptime(pattern: str, text: str) -> datetime:
    # a day, without a zone on purpose
    return datetime.strptime(text, pattern)  # noqa: DTZ007


def _rows(content: bytes, name: str) -> Iterator[list]:
    """Yield the rows of the file; what is wrong with it may show up late."""
    if name.endswith(".xlsx"):
        reader = _sheet_rows
    elif name.endswith((".csv", ".txt", ".tsv")):
        reader = _text_rows
    else:
        raise UnreadableFile("type")
    try:
        yield from reader(content)
    except UnreadableFile:
        raise
    except Exception as error:
        # a damaged archive, sheet, number or date: each parser has errors of its own
        raise UnreadableFile("broken") from error


def _sheet_rows(content: bytes) -> Iterator[list]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield list(row)


def _text_rows(content: bytes) -> Iterator[list]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnreadableFile("broken")
    first = next(filter(str.strip, text.splitlines()), "")
    delimiter = max(",;\t", key=first.count)
    # strict: a quote that nobody closes would swallow all lines that follow
    yield from csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True
    )


def _columns(headers: list) -> dict[str, int]:
    """Return ``{column: index}``; headers that nobody knows are left out."""
    columns: dict[str, int] = {}
    for index, header in enumerate(headers):
        name = _COLUMN.get(_text(header).casefold().replace("_", " "))
        if name in columns:
            raise UnreadableFile("twice", _text(header))
        if name:
            columns[name] = index
    if "phone" not in columns:
        raise UnreadableFile("phone")
    return columns


def _value(column: str, cell: object) -> str | datetime:
    if column == "date" and isinstance(cell, date):
        return cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    text = _text(cell)
    if text.startswith(_SHIELDED):
        text = text[1:]
    return text.lstrip("'") if column == "phone" else text


def _text(cell: object) -> str:
    """Return a cell as people see it: spreadsheets keep long numbers as floats."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
