"""The tables of docs/senders.md say what the data says."""

import os
from pathlib import Path

from policy.labels import LABELS, NAME_MARKS
from policy.sender_countries import COUNTRIES, REVIEWED, Kind, terms_for

_PAGE = Path(__file__).parents[3] / "docs" / "senders.md"
_BEGIN, _END = "<!-- countries -->\n", "<!-- end of countries -->\n"
#: Set to rewrite the committed tables instead of comparing with them.
_REWRITE = "SMS_HUB_REWRITE_DOCS"


def _row(*cells):
    return f"| {' | '.join(cells)} |\n"


def _countries():
    yield f"\nLast compared with its sources on {REVIEWED}.\n\n"
    yield _row(
        "country", "names", "numbers", "replies", "what to know", "source", "sure"
    )
    yield _row(*["---"] * 7)
    for code, country in sorted(COUNTRIES.items()):
        yield _row(
            code,
            terms_for(code, Kind.HEADER).value,
            terms_for(code, Kind.LONG_CODE).value,
            "yes" if country.two_way else "**no**",
            country.note,
            country.source,
            country.confidence.value,
        )


def _marks():
    yield "\n" + _row("country", "marketing", "source", "sure")
    yield _row(*["---"] * 4)
    for code, label in sorted(LABELS.items()):
        words = f"text begins with `{label.text}`"
        yield _row(code, words, label.source, label.confidence.value)
    for code, mark in sorted(NAME_MARKS.items()):
        where = (
            f"begins with `{mark.start}`" if mark.start else f"ends with `{mark.end}`"
        )
        yield _row(code, f"name {where}", mark.source, mark.confidence.value)
    yield "\n"


def test_the_page_has_the_tables_of_the_data():
    head, rest = _PAGE.read_text("utf-8").split(_BEGIN)
    found, tail = rest.split(_END)
    wanted = "".join([*_countries(), *_marks()])
    if os.environ.get(_REWRITE):
        _PAGE.write_text(f"{head}{_BEGIN}{wanted}{_END}{tail}", "utf-8")
    else:
        assert found == wanted, f"Run it once with {_REWRITE}=1."
