"""Borders: no Odoo in the pure packages, no platform's words outside its own."""

import ast
import re
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[3] / "sms_gateway_hub"
PURE = ("gateway", "policy")
PROVIDER = ADDON / "gateway" / "providers" / "smsgatewayhub"

#: Spellings that exist in the platform's interface only.
PLATFORM_WORDS = re.compile(
    r"APIKey|JobId|MessageData|SendSMS|GetDelivery|GetBalance|GetSenderId|senderid"
    r"|DeliveryReports|DeliveryStatus|DLTTemplateId|dlttemplateid|PEID|PEId|EntityId"
    r"|Statuss|flashsms|ErrorMessage|ErrorCode"
)
SOURCES = sorted(
    path
    for pattern in ("*.py", "*.xml")
    for path in ADDON.rglob(pattern)
    if PROVIDER not in path.parents
)
PURE_MODULES = sorted(
    path for package in PURE for path in (ADDON / package).rglob("*.py")
)


def imported_names(path):
    """Yield the whole names of everything a module imports from outside its package."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_there_is_something_to_check():
    assert any("gateway" in path.parts for path in PURE_MODULES)
    assert PURE_MODULES[0] in SOURCES


@pytest.mark.parametrize("path", PURE_MODULES, ids=lambda p: str(p.relative_to(ADDON)))
def test_pure_module_imports_no_odoo(path):
    roots = {name.partition(".")[0] for name in imported_names(path)}
    # The package has two names, so its own modules are imported relatively too.
    assert not roots & {"odoo", "gateway", "policy"}


def test_only_the_transport_knows_an_http_library():
    users = {
        path.name
        for path in PURE_MODULES
        for name in imported_names(path)
        if name.partition(".")[0] in {"requests", "urllib3", "socket"}
    }
    # Resolving a name is not speaking HTTP.
    assert users - {"addresses.py"} == {"transport.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ADDON)))
def test_platform_words_stay_in_their_package(path):
    assert not PLATFORM_WORDS.findall(path.read_text("utf-8"))


def test_platform_words_are_found_where_they_belong():
    own = "".join(path.read_text("utf-8") for path in PROVIDER.glob("*.py"))
    assert len(set(PLATFORM_WORDS.findall(own))) > 10
