"""The dialect of Odoo's own service, which the benchmarks stand beside."""

import json
import urllib.request

from tests.simulator import Simulator


def test_all_texts_of_a_call_are_taken_and_each_is_answered(tmp_path):
    texts = {
        "Hello Ann": [{"number": "+919876543210", "uuid": "one"}],
        "Hello": [
            {"number": "+919876543211", "uuid": "two"},
            {"number": "+919876543212", "uuid": "three"},
        ],
    }
    call = {
        "jsonrpc": "2.0",
        "method": "call",
        "params": {
            "messages": [
                {"content": content, "numbers": numbers}
                for content, numbers in texts.items()
            ]
        },
    }
    with Simulator(tmp_path / "log") as platform:
        request = urllib.request.Request(
            f"{platform.url}/api/sms/3/send",
            json.dumps(call).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            answer = json.load(reply)
        taken = [(entry["number"], entry["text"]) for entry in platform.accepted()]
    assert taken == [
        ("919876543210", "Hello Ann"),
        ("919876543211", "Hello"),
        ("919876543212", "Hello"),
    ]
    assert [(one["uuid"], one["state"]) for one in answer["result"]] == [
        ("one", "success"),
        ("two", "success"),
        ("three", "success"),
    ]
