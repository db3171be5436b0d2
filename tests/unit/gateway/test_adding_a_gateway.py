"""The guide for strangers shows a client that works."""

import json
import re
import types
from pathlib import Path
from unittest import TestCase

import pytest
from gateway import contract
from gateway.contract import GatewayClientContract

GUIDE = Path(__file__).resolve().parents[3] / "ADDING_A_GATEWAY.md"
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)

REPLIES = {
    "accepted_one": {"status": 201, "body": {"id": "msg-1"}},
    "rejected_one": {"status": 422, "body": {"error": "bad_number"}},
}


def client_of_the_guide():
    """Return the class the guide prints, run as it stands."""
    source = PYTHON[0].replace("odoo.addons.sms_gateway_hub.gateway", "gateway")
    module = types.ModuleType("example")
    exec(compile(source, str(GUIDE), "exec"), module.__dict__)
    return module.ExampleClient


class TestGuideContract(GatewayClientContract, TestCase):
    """The guide's client keeps the contract it tells strangers to keep."""

    client_class = client_of_the_guide()

    @pytest.fixture(autouse=True)
    def _recorded(self, tmp_path):
        for name, reply in REPLIES.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(reply))
        self.fixtures = tmp_path


@pytest.mark.parametrize("source", PYTHON, ids=["client", "model", "test"])
def test_code_of_the_guide_is_python(source):
    assert compile(source, str(GUIDE), "exec")


def test_guide_names_every_file_the_contract_reads():
    source = Path(contract.__file__).read_text("utf-8")
    read = set(re.findall(r'self\.reply\("(\w+)"\)', source))
    assert len(read) >= 8
    assert all(f"`{name}`" in GUIDE.read_text("utf-8") for name in read)
