"""A pytest plugin: counts for ``./hub test``, and what Odoo logged as wrong.

Loaded with ``-p hub_report``; it knows nothing of Odoo and serves all test groups.
"""

import json
import logging
from pathlib import Path

#: Outcomes as pytest names them, and what they count as.
COUNTED = {
    "passed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "skipped",
    "xfailed": "skipped",
}


class Collector(logging.Handler):
    """Keeps the warnings and errors that are logged while tests run."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = {}

    def emit(self, record):
        """Count a record, once per logger and text."""
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        self.lines[text] = self.lines.get(text, 0) + 1


def pytest_addoption(parser):
    """Add the option that names the report."""
    parser.addoption("--hub-report", help="write the counts of outcomes to this file")


def pytest_configure(config):
    """Listen to what is logged."""
    config.hub_collector = Collector()
    logging.getLogger().addHandler(config.hub_collector)


def pytest_terminal_summary(terminalreporter, config):
    """Write the counts, and show what was logged."""
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for outcome, reports in terminalreporter.stats.items():
        if outcome in COUNTED:
            counts[COUNTED[outcome]] += len(reports)
    if config.option.hub_report:
        Path(config.option.hub_report).write_text(json.dumps(counts))
    lines = config.hub_collector.lines
    if lines:
        terminalreporter.section("logged as warning or error")
        for text, times in lines.items():
            terminalreporter.write_line(f"{times} x {text}" if times > 1 else text)
