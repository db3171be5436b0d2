"""How PostgreSQL carries out the statements that a large ledger must not slow down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from .figures import sized
from .ledger import copies

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "query_plans.md"
#: Texts that wait while the plans are made.
_WAITING = sized(20_000, 200)
#: A table that grows with every text, read from end to end.
_WHOLE = re.compile(r"Seq Scan on (sms_hub_message|sms_hub_request|sms_hub_event)\b")

_HEAD = """# How the database finds its rows

This page is written by `./hub bench --only ledger`: the statements are recorded while
they run, and carried out once more under `EXPLAIN (ANALYZE)` in a ledger of {rows}
rows, of which {waiting} wait. A statement that reads a table of the ledger from end to
end makes the benchmark fail.
"""


def write(env: Any, rows: int) -> list[str]:
    """Write the page, unless the ledger is small.

    :param rows: of the ledger.
    :return: what reads a table from end to end.
    """
    _let_wait(env)
    found = {title: _plan(env, *one) for title, one in _statements(env)}
    head = _HEAD.format(rows=f"{rows:,}", waiting=f"{_WAITING:,}")
    parts = [f"## {title}\n\n```\n{plan}\n```\n" for title, plan in found.items()]
    if rows >= 1_000_000:
        _PAGE.write_text("\n".join([head, *parts]))
    return [title for title, plan in found.items() if _WHOLE.search(plan)]


def _let_wait(env: Any) -> None:
    """Fill the queue, and let some requests be asked about."""
    env["sms.hub.gateway"].search([]).action_pause()
    env["sms.sms"].create(
        [{"number": "+33600000150", "body": "Sale", "hub_purpose": "marketing"}]
    )
    env["sms.hub.gateway"].search([]).action_activate()
    env.flush_all()
    env.cr.execute(
        copies(
            "sms_hub_message",
            _WAITING - 1,
            uuid="md5('waiting' || n)",
            number="'+336' || lpad(n::text, 6, '0') || '50'",
        )
    )
    env.cr.execute(
        "UPDATE sms_hub_request SET next_poll_at = now() AT TIME ZONE 'UTC' "
        "WHERE id > (SELECT max(id) - 300 FROM sms_hub_request)"
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def _statements(env: Any) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield a title, and a statement as it is run, with its parameters."""
    from odoo.addons.sms_gateway_hub.models import sms_hub_dispatcher

    messages = env["sms.hub.message"]
    # a short slice, so that most of them still wait when the claim is explained
    with _recorded() as run, patch.object(sms_hub_dispatcher, "SLICE_SECONDS", 1):
        env["sms.hub.dispatcher"]._run_slice()
        env["sms.hub.poller"]._run()
    claim = "sms_hub_message", "SKIP LOCKED", "'queued'", "'marketing'"
    yield "The claim", _find(run, *claim)
    yield "What to show in Odoo", _find(run, "mirror_pending", "SKIP LOCKED")
    yield "Requests to ask about", _find(run, "sms_hub_request", "SKIP LOCKED")
    yield (
        "What was sent to these numbers before",
        _find(run, "FROM sms_hub_message", "number = ANY", "claimed_at >"),
    )
    for title, domain in (
        (
            "The history of a record",
            [("res_model", "=", "res.partner"), ("res_id", "=", 7)],
        ),
        ("The history of a number", [("number", "=", "+33700000007")]),
        ("The list of all texts", []),
    ):
        yield title, _searched(lambda domain=domain: messages.search(domain, limit=80))


def _searched(search: Callable[[], Any]) -> tuple[str, Any]:
    with _recorded() as run:
        search()
    return _find(run, "sms_hub_message", "LIMIT")


@contextmanager
def _recorded() -> Iterator[list[tuple[str, Any]]]:
    """Yield a list that holds every statement meanwhile, with its parameters."""
    from odoo.sql_db import Cursor

    run: list[tuple[str, Any]] = []
    execute = Cursor.execute

    def recording(self: Any, query: Any, params: Any = None, *more: Any) -> Any:
        run.append(
            (query, params) if isinstance(query, str) else (query.code, query.params)
        )
        return execute(self, query, params, *more)

    with patch.object(Cursor, "execute", recording):
        yield run


def _find(run: list[tuple[str, Any]], *words: str) -> tuple[str, Any]:
    """Return the first statement with all these words.

    :raise AssertionError: there is none: the code says it in another way now.
    """
    for query, params in run:
        if all(word in query or word in repr(params) for word in words):
            return query, params
    raise AssertionError(f"No statement holds {words}.")


def _plan(env: Any, query: str, params: Any) -> str:
    """Carry a statement out once more, undo it, and return how it was done."""
    env.cr.rollback()
    options = "ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF"
    env.cr.execute(f"EXPLAIN ({options}) {query}", params)
    lines = [line for (line,) in env.cr.fetchall()]
    env.cr.rollback()
    return "\n".join(_shortened(line) for line in lines)


def _shortened(line: str) -> str:
    """Cut a line that holds hundreds of parameters."""
    return line if len(line) <= 160 else f"{line[:157]}..."
