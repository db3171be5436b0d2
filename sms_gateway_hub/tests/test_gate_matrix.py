import os
from contextlib import ExitStack, contextmanager
from pathlib import Path

from odoo.exceptions import UserError
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..models.sms_hub_doors import DOORS
from ..policy import Reason, Verdict
from .gate_rules import CASES, ELSEWHERE, WorldsCommon

#: Set to rewrite the committed table instead of comparing with it.
_REWRITE = "SMS_HUB_REWRITE_DOCS"
_BEGIN, _END = "<!-- matrix -->\n", "<!-- end of matrix -->\n"
#: Purposes of doors without a default, as the test names them.
_NAMED = {"automation": "marketing"}
#: What the gate is told of a row, besides its number's country.
_ASKED = [
    "number",
    "body",
    "segments",
    "purpose",
    "door",
    "sender",
    "sender_id",
    "expires_at",
    "partner_id",
    "res_model",
    "res_id",
    "scope_id",
    "batch_size",
    "batch_parts",
    "over_limit",
]
#: Reasons that whoever prepared the text tells the gate.
_SPOKEN = ("opted_out", "duplicate")
_STATES = {Verdict.ALLOW: "queued", Verdict.HOLD: "held", Verdict.DENY: "blocked"}
_OUTGOING = [code for code in DOORS if code != "inbound"]


@tagged("post_install", "-at_install")
class TestGateMatrix(WorldsCommon):
    """Every door by every rule, in two companies, of which one has the facts."""

    def test_each_cell_and_the_table_of_the_documentation(self):
        cells = {}
        for reason in CASES:
            for company in (self.company, self.other):
                with self._in_world(reason, company) as send:
                    for door in _OUTGOING:
                        cell = reason, door, company == self.company
                        with self.subTest(cell=cell):
                            cells[cell] = self._check(*cell, send)
        if len(cells) == 2 * len(CASES) * len(_OUTGOING):
            self._check_documentation(self._as_table(cells))

    def test_every_reason_is_a_rule_of_the_matrix_or_comes_from_elsewhere(self):
        reasons = {reason.value for reason in Reason}
        self.assertEqual(reasons, set(CASES) | set(ELSEWHERE))
        self.assertFalse(set(CASES) & set(ELSEWHERE))

    # === ONE CELL === #

    @contextmanager
    def _in_world(self, reason, company):
        """Prepare the facts for a reason, and undo everything afterwards.

        :return: a function that sends through a door and returns what became of it
        """

        def send(door):
            with self._undone():
                rows = self.through(door, records, body)
                self.assertEqual(rows.company_id, company)
                # of two recipients, the one who is concerned
                row = rows.filtered("reason")[:1] or rows[:1]
                self.assertEqual(self._verdict(row), (row.state, row.reason))
                return row.state, row.reason

        with self._undone(), ExitStack() as patches:
            records, body = self.world(reason, company, patches)
            yield send

    @contextmanager
    def _undone(self):
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _verdict(self, row):
        """Ask the gate about a row as the claim does; return its answer as a state."""
        [item] = row.read(_ASKED, load=None)
        if row.reason in _SPOKEN:
            item["refused"] = row.reason
        item["no_sender"] = row.reason == "no_sender"
        item["has_country"] = row.reason != "number_no_country"
        [decision] = self.env["sms.hub.gate"]._decide(row.gateway_id, [item])
        if decision.reason is Reason.EXPIRED:
            return "expired", "expired"
        reason = decision.reason and decision.reason.value
        return _STATES[decision.verdict], reason or False

    def _check(self, reason, door, ours, send):
        """Send through a door, and compare with what the case says.

        :return: the state of the row, or what else happens
        """
        case = CASES[reason]
        applies = case.applies_to(door, DOORS[door].purpose or _NAMED[door])
        applies = applies and (ours or case.everywhere)
        if door in case.never:
            return None
        if applies and door in case.told:
            with self.assertRaises(UserError):
                send(door)
            return "told at once"
        wanted = (case.state, reason) if applies else ("queued", False)
        self.assertEqual(send(door), wanted)
        return wanted[0]

    # === DOCUMENTATION === #

    def _as_table(self, cells):
        """Write the matrix for people, in Markdown."""
        heads = [DOORS[door].label for door in _OUTGOING]
        lines = ["| reason | other company | " + " | ".join(heads) + " |"]
        lines.append("| --- " * (len(heads) + 2) + "|")
        for reason, case in CASES.items():
            row = [f"`{reason}`", "same" if case.everywhere else "goes out"]
            row += [_word(cells[reason, door, True]) for door in _OUTGOING]
            lines.append("| " + " | ".join(row) + " |")
        return "\n".join(lines) + "\n"

    def _check_documentation(self, table):
        path = Path(get_module_path("sms_gateway_hub")).parent / "docs" / "gate.md"
        if not path.parent.is_dir():
            self.skipTest("the addon is installed without the repository's pages")
        text = path.read_text(encoding="utf-8")
        head, _mark, rest = text.partition(_BEGIN)
        _old, _mark, tail = rest.partition(_END)
        wanted = f"{head}{_BEGIN}\n{table}\n{_END}{tail}"
        if os.environ.get(_REWRITE):
            path.write_text(wanted, encoding="utf-8")
            return
        self.assertEqual(text, wanted, f"run again with {_REWRITE}=1")


def _word(found):
    if found is None:
        return ""
    return "goes out" if found == "queued" else f"**{found}**"
