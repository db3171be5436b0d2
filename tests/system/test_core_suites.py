"""Odoo's own SMS tests, with our addons installed and no gateway active."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import databases, layout, stack
from dev.stack import Stack

SUITES = ("sms", "test_mail_sms", "mass_mailing_sms", "crm_sms", "sms_twilio")
#: Tests in these suites; fewer would mean that some are not found any more.
AT_LEAST = 130


@pytest.fixture(scope="module")
def fast_stack() -> Stack:
    """Nothing here has to survive a power cut."""
    return stack.ready(layout.current(), "fast", with_browser=True)


@pytest.fixture(scope="module")
def database(fast_stack: Stack) -> Iterator[str]:
    """A database with our addons and the models that core's tests need."""
    template = databases.full_template(fast_stack)
    with databases.copied(fast_stack, template) as name:
        databases.install(fast_stack, name, ["test_mail_sms"])
        yield name


def test_a_company_without_a_gateway_has_the_odoo_it_had_before(
    fast_stack: Stack, database: str, tmp_path: Path
) -> None:
    """All of core's tests pass, pinned query counts included."""
    addons = fast_stack.odoo.path / "odoo" / "addons"
    report = tmp_path / "counts.json"
    scripts = fast_stack.layout.root / "dev" / "scripts"
    environment = fast_stack.environment
    search = os.pathsep.join([str(scripts), environment["PYTHONPATH"]])
    done = subprocess.run(
        [
            str(fast_stack.env.python),
            *("-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"),
            *("-p", "hub_report", f"--hub-report={report}"),
            "--odoo-http",
            f"--odoo-database={database}",
            f"--odoo-config={fast_stack.write_config(database)}",
            "--odoo-log-level=critical",
            *(str(addons / suite / "tests") for suite in SUITES),
        ],
        cwd=tmp_path,
        env={**os.environ, **environment, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-20_000:]
    assert json.loads(report.read_text())["passed"] >= AT_LEAST
