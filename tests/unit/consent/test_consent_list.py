"""Lists of consents are read as people make them, or refused with a reason."""

import io
import zipfile
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from tools import consent_list
from tools.consent_list import (
    HEADERS,
    NO,
    YES,
    UnreadableFile,
    meaning,
    moment,
    read_lines,
    write_lines,
)


def at(*parts):
    """Return a time as spreadsheets have it: of no zone."""
    return datetime(*parts)  # noqa: DTZ001


def sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(text, name="list.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return [(line.place, line.values) for line in read_lines(content, name)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_as_spreadsheets_of_all_countries_save_it(delimiter, encoding):
    text = f"Phone{delimiter}Wording\r\n+33612345678{delimiter}Été\r\n"
    assert read(text.encode(encoding)) == [
        (2, {"phone": "+33612345678", "wording": "Été"})
    ]


def test_lines_are_counted_as_a_spreadsheet_counts_them():
    text = "\nPhone,Consent\n\n+331,yes\n,\n+332,no\n"
    assert [place for place, _values in read(text)] == [4, 6]


def test_short_lines_and_unknown_columns_do_no_harm():
    assert read("Shoe size,Phone,Topic\n43,+331\n") == [
        (2, {"phone": "+331", "scope": ""})
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("'+33612", "+33612"), ("''+33612", "+33612"), (" +33612 ", "+33612")],
)
def test_what_shields_a_number_from_a_spreadsheet_is_no_part_of_it(written, meant):
    assert read(f"phone\n{written}\n") == [(2, {"phone": meant})]


def test_an_apostrophe_of_the_text_stays():
    assert read("phone,wording\n1,'tis true\n2,'=1+1\n") == [
        (2, {"phone": "1", "wording": "'tis true"}),
        (3, {"phone": "2", "wording": "=1+1"}),
    ]


def test_a_spreadsheet_with_real_numbers_and_dates():
    content = sheet(
        ["Phone", "Date"],
        [33612345678, date(2025, 12, 31)],
        [33612345679.0, at(2025, 12, 31, 8, 30)],
        ["'+33612345670", "31/12/2025"],
        [None, None],
    )
    assert read(content, "List.XLSX") == [
        (2, {"phone": "33612345678", "date": at(2025, 12, 31)}),
        (3, {"phone": "33612345679", "date": at(2025, 12, 31, 8, 30)}),
        (4, {"phone": "+33612345670", "date": "31/12/2025"}),
    ]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"phone\n1\n", "list.pdf", "type"),
        (b"phone\n1\n", "", "type"),
        (b"no zip", "list.xlsx", "broken"),
        (b"PK\x03\x04broken", "list.xlsx", "broken"),
        (b"phone\n\0\0\n", "list.csv", "broken"),
        (b"", "list.csv", "empty"),
        (b"\n ,\n", "list.csv", "empty"),
        (b"phone\n", "list.csv", "empty"),
        (b"name\nCamille\n", "list.csv", "phone"),
        (b"+33612345678\n", "list.csv", "phone"),
        (b"phone,mobile\n1,2\n", "list.csv", "twice"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(content, name, code):
    with pytest.raises(UnreadableFile) as caught:
        read_lines(content, name)
    assert caught.value.code == code


def test_a_workbook_that_is_some_other_archive_is_refused():
    with pytest.raises(UnreadableFile, match="broken"):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("a.txt", "a")
        read_lines(content.getvalue(), "list.xlsx")


@pytest.mark.parametrize(
    "rest",
    [
        '+331,"I agree\n+332,no\n+333,no\n',
        '+331,"I" agree\n+332,no\n',
        f"+331,{'x' * 140_000}\n+332,no\n",
    ],
)
def test_a_stray_quote_never_swallows_the_rest_of_the_list(rest):
    with pytest.raises(UnreadableFile, match="broken"):
        read(f"phone,wording\n{rest}")


def test_quotes_as_spreadsheets_write_them_are_read():
    text = 'phone,wording\n+331,"I ""agree"", all of it\nSigned"\n+332,5" pipe\n'
    assert [values["wording"] for _place, values in read(text)] == [
        'I "agree", all of it\nSigned',
        '5" pipe',
    ]


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b"</row>", b""),
        ("xl/worksheets/sheet1.xml", b"<v>33612345678</v>", b"<v>3361x</v>"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets"),
        ("xl/styles.xml", b"<fonts", b"<"),
    ],
)
def test_a_damaged_spreadsheet_is_refused(part, old, new):
    damaged = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(["Phone"], [33612345678]))) as whole,
        zipfile.ZipFile(damaged, "w") as copy,
    ):
        assert old in whole.read(part)
        for name in whole.namelist():
            content = whole.read(name)
            copy.writestr(name, content.replace(old, new) if name == part else content)
    with pytest.raises(UnreadableFile, match="broken"):
        read_lines(damaged.getvalue(), "list.xlsx")


def test_too_long_a_list_is_refused(monkeypatch):
    monkeypatch.setattr(consent_list, "MAX_LINES", 2)
    assert len(read("phone\n1\n2\n")) == 2
    with pytest.raises(UnreadableFile, match="long"):
        read("phone\n1\n2\n3\n")


def test_every_header_stands_for_one_column():
    headers = [header for known in HEADERS.values() for header in known]
    assert len(headers) == len(set(headers))
    for column, known in HEADERS.items():
        for header in known:
            names = header.upper() if column == "phone" else f"phone,{header.upper()}"
            assert column in read(f"{names}\n1,1\n")[0][1]


@pytest.mark.parametrize(
    ("word", "agrees"),
    [(" YES ", True), ("Opted In", True), ("No", False), ("STOP", False), ("?", None)],
)
def test_yes_is_yes_and_no_is_no(word, agrees):
    assert meaning(word) is agrees


def test_no_word_is_both():
    assert not YES & NO


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025-12-31", at(2025, 12, 31)),
        ("2025-12-31 08:30:00", at(2025, 12, 31, 8, 30)),
        ("31/12/2025", at(2025, 12, 31)),
        ("12/31/2025", None),
        ("last summer", None),
        ("", None),
        (at(2025, 1, 1), at(2025, 1, 1)),
    ],
)
def test_dates_are_read_as_they_are_written_where_people_live(written, meant):
    assert moment(written, ["%d/%m/%Y"]) == meant


def test_a_time_that_names_its_zone_keeps_it():
    found = moment("2025-12-31T23:30:00+05:30")
    assert found.astimezone(timezone.utc).hour == 18


CELLS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=9
)


@given(st.lists(CELLS.filter(lambda one: one.strip("'")), min_size=1, max_size=5))
def test_what_was_written_is_read_again_and_never_calculated(wordings):
    content = write_lines([["Phone", "Wording"], *(["1", one] for one in wordings)])
    for line in content.decode("utf-8-sig").splitlines()[1:]:
        assert line.split(",", 1)[1].lstrip('"')[:1] not in tuple("=+-@")
    read_again = [line.values["wording"] for line in read_lines(content, "a.csv")]
    assert read_again == wordings
