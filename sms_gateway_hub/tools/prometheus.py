"""The text format that Prometheus and most monitoring systems read."""

from collections.abc import Iterable
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One figure.

    :param name: of the metric, without the common prefix
    :param value: the figure
    :param labels: what it is about, by name
    """

    name: str
    value: float
    labels: dict[str, str]


def render(samples: Iterable[Sample], helps: dict[str, str], prefix: str) -> str:
    """Return samples as text, those of one metric together behind its help.

    :param helps: what each metric means; only these are shown, in this order
    """
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    lines = []
    for name, meaning in helps.items():
        if name not in by_name:
            continue
        lines.append(f"# HELP {prefix}{name} {meaning}")
        lines.append(f"# TYPE {prefix}{name} gauge")
        lines += [
            f"{prefix}{name}{_labels(one.labels)} {_written(one.value)}"
            for one in by_name[name]
        ]
    return "\n".join(lines) + "\n"


def _written(value: float) -> str:
    """Return a figure in full: rounded to some digits, a large one stands still."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
