"""What a country wants written in marketing: a label, and a way out.

Labels are data with their source. Where a country wants the mark in the sender's name
instead (the Emirates, Saudi Arabia), it is part of the name as it is registered.
"""

from dataclasses import dataclass

from .sender_countries import Confidence

#: Purposes of texts that are marketing, or show what marketing will look like.
_LABELLED = frozenset(("marketing", "test"))


@dataclass(frozen=True, slots=True)
class Label:
    """What a country wants at the very beginning of marketing."""

    text: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class NameMark:
    """How a country wants the names of senders of marketing to look.

    :param start: what the name begins with; empty if that is free
    :param end: what the name ends with; empty if that is free
    """

    start: str
    end: str
    source: str
    confidence: Confidence

    def is_on(self, name: str) -> bool:
        """Tell whether a name wears the mark."""
        return name.startswith(self.start) and name.endswith(self.end)


#: ISO 3166-1 → the label of marketing texts.
LABELS: dict[str, Label] = {
    "KR": Label(
        "(광고)",
        "Act on Promotion of Information and Communications Network Utilization, 50",
        Confidence.HIGH,
    ),
    "SG": Label("<ADV>", "Spam Control Act, second schedule", Confidence.HIGH),
    "VN": Label("[QC]", "Decree 91/2020/ND-CP", Confidence.MEDIUM),
    "IL": Label("פרסומת", "Communications Law, section 30A", Confidence.LOW),
}
#: ISO 3166-1 → the mark of names that send marketing.
NAME_MARKS: dict[str, NameMark] = {
    "AE": NameMark("AD-", "", "TDRA; vendors' guides", Confidence.HIGH),
    "SA": NameMark("", "-AD", "CST; vendors' guides", Confidence.MEDIUM),
}


def with_label(text: str, country: str, purpose: str) -> str:
    """Return a text with the label of its country, once.

    :param country: two letters of the number's country, or empty
    """
    label = LABELS.get(country) if purpose in _LABELLED else None
    if not label or not text.strip() or text.lstrip().startswith(label.text):
        return text
    return f"{label.text} {text}"


def with_stop(text: str, stop_text: str, purpose: str) -> str:
    """Return marketing that ends with the way out of its sender, once.

    :param stop_text: as its country wants it; empty for none
    """
    if purpose not in _LABELLED or not stop_text or not text.strip():
        return text
    return text if stop_text in text else f"{text.rstrip()}\n{stop_text}"


def without_stop(text: str, stop_text: str) -> str:
    """Return marketing without the way out that :func:`with_stop` ended it with."""
    return text.replace(f"\n{stop_text}", "") if stop_text else text


def name_is_fit(name: str, country: str, purpose: str) -> bool:
    """Tell whether a sender's name looks as its country wants it for this purpose.

    A name with the mark of marketing is out of place on other texts.
    """
    mark = NAME_MARKS.get(country)
    return mark is None or mark.is_on(name) == (purpose in _LABELLED)
