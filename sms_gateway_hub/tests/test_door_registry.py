import ast
from pathlib import Path

from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, tagged

from ..models.sms_hub_doors import DOOR_SELECTION, DOORS
from ..models.sms_hub_vocabulary import HOURS_TO_LIVE, LANE_OF_PURPOSE, PURPOSES

_OURS = "sms_gateway_hub"
#: Methods that make or hand over SMS and need no door, and why.
_ALLOWED = {
    ("sms.sms", "_send_with_api"): (
        "marked rows never come here: send and _process_queue leave them out, and a "
        "company with a gateway gets an API that only queues"
    ),
    ("sms.twilio.account.manage", "action_send_test"): "sends by the composer",
}


@tagged("post_install", "-at_install")
class TestDoorRegistry(TransactionCase):
    """Nothing in the installed addons may send an SMS past the ledger."""

    def test_every_method_of_the_installed_addons_that_sends_is_a_door(self):
        known = {way for door in DOORS.values() for way in door.methods}
        stray = {}
        for path in self._installed_sources():
            for way in senders(path.read_text(encoding="utf-8")):
                if way not in known and way not in _ALLOWED:
                    stray[way] = str(path)
        self.assertFalse(stray, "these send past the ledger")

    def test_the_search_finds_the_ways_that_are_known(self):
        found = {
            way
            for path in self._installed_sources()
            for way in senders(path.read_text(encoding="utf-8"))
        }
        allowed = {(model, method) for model, method in _ALLOWED if model in self.env}
        self.assertLessEqual(allowed, found, "an entry nobody needs any more")
        for way in (
            ("mail.thread", "_notify_thread_by_sms"),
            ("sms.composer", "_action_send_sms_numbers"),
            ("sms.composer", "_prepare_mass_sms"),
            ("mailing.sms.test", "action_send_sms"),
        ):
            self.assertIn(way, found)

    def test_the_search_finds_a_new_way(self):
        source = (
            "class Visit(models.Model):\n"
            "    _name = 'visit'\n"
            "    def remind(self):\n"
            "        queue = self.env['sms.sms'].sudo()\n"
            "        queue.create({'number': self.phone})\n"
            "    def shout(self):\n"
            "        api._send_sms_batch([])\n"
            "    def count(self):\n"
            "        return self.env['sms.sms'].search_count([])\n"
        )
        self.assertEqual(senders(source), {("visit", "remind"), ("visit", "shout")})

    def test_every_door_is_really_overridden(self):
        for code, door in DOORS.items():
            for model, method in door.methods:
                with self.subTest(door=code, method=method):
                    classes = self.env.registry[model].__mro__
                    modules = {
                        klass.__module__.split(".")[2]
                        for klass in classes
                        if method in vars(klass)
                        and klass.__module__.startswith("odoo.addons.")
                    }
                    self.assertIn(_OURS, modules)
                    self.assertGreater(len(modules), 1, "core has no such method")

    def test_every_purpose_has_a_lane_and_a_life(self):
        purposes = {code for code, _label in PURPOSES}
        self.assertEqual(set(LANE_OF_PURPOSE), purposes)
        self.assertEqual(set(HOURS_TO_LIVE), purposes)
        defaults = {door.purpose for door in DOORS.values()} - {None}
        self.assertLessEqual(defaults, purposes)
        self.assertEqual([code for code, _label in DOOR_SELECTION], list(DOORS))

    def _installed_sources(self):
        modules = self.env["ir.module.module"].search([("state", "=", "installed")])
        for name in modules.mapped("name"):
            if _OURS in name:
                continue
            root = Path(get_module_path(name))
            for path in root.rglob("*.py"):
                if not {"tests", "migrations"} & set(path.relative_to(root).parts):
                    yield path


def senders(source):
    """Return the ``(model, method)`` that make SMS records or call an SMS API."""
    if "sms.sms" not in source and "_send_sms_batch" not in source:
        return set()
    return {
        (_model(klass), method.name)
        for klass in ast.walk(ast.parse(source))
        if isinstance(klass, ast.ClassDef)
        for method in klass.body
        if isinstance(method, ast.FunctionDef) and _model(klass) and _sends(method)
    }


def _model(klass):
    """Return the model a class defines or extends; ``None`` for other classes."""
    named = {
        target.id: node.value.value
        for node in klass.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return named.get("_name") or named.get("_inherit")


def _sends(method):
    nodes = list(ast.walk(method))
    called = {
        node.func.attr
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    if "_send_sms_batch" in called:
        return True
    names_queue = any(
        isinstance(node, ast.Constant) and node.value == "sms.sms" for node in nodes
    )
    return names_queue and "create" in called
