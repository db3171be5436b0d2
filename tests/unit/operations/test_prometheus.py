"""The text that monitoring systems read: its format is prescribed to the letter.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.prometheus import CONTENT_TYPE, Sample, render

HELPS = {"waiting": "Texts that wait.", "balance": "What is left."}
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
LINE = re.compile(rf"{_NAME}(?:\{{{_LABEL}(?:,{_LABEL})*\}})? (\S+)")


def lines(*samples):
    """Return the lines of samples, those of the head left out."""
    text = render(samples, HELPS, "x_")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def unescaped(value):
    """Read a label's value as a monitoring system does."""
    found = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    return re.sub(r'\\\\|\\"|\\n', lambda match: found[match[0]], value)


def test_samples_of_a_metric_stand_together_behind_its_help():
    samples = [
        Sample("balance", 7, {}),
        Sample("waiting", 2, {"lane": "urgent"}),
        Sample("balance", 8, {"gateway": "2"}),
    ]
    assert render(samples, HELPS, "x_") == (
        "# HELP x_waiting Texts that wait.\n"
        "# TYPE x_waiting gauge\n"
        'x_waiting{lane="urgent"} 2\n'
        "# HELP x_balance What is left.\n"
        "# TYPE x_balance gauge\n"
        "x_balance 7\n"
        'x_balance{gateway="2"} 8\n'
    )


def test_nothing_to_tell_is_an_empty_line_and_no_head():
    assert render([], HELPS, "x_") == "\n"
    assert render([Sample("waiting", 1, {})], {}, "x_") == "\n"


def test_what_has_no_help_is_left_out():
    assert lines(Sample("secret", 1, {}), Sample("waiting", 1, {})) == ["x_waiting 1"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (True, "1"),
        (0.25, "0.25"),
        (-3, "-3"),
        (1_234_567, "1234567"),
        (98_765_432.1, "98765432.1"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_figures_keep_their_digits(value, shown):
    [line] = lines(Sample("balance", value, {}))
    assert line == f"x_balance {shown}"


@given(st.text(max_size=30))
def test_any_label_stays_on_its_line_and_comes_back_as_it_was(value):
    value = value.replace("\r", "")
    text = render([Sample("waiting", 2, {"name": value})], HELPS, "x_")
    assert text.count("\n") == 3
    [_help, _type, line, _end] = text.split("\n")
    match = LINE.fullmatch(line)
    assert match, line
    assert unescaped(match[1]) == value


def test_the_content_type_names_the_version():
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
