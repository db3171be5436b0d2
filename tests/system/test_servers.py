"""The ground the other system tests stand on: servers that start, die and come back."""

import pytest


@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_odoo_comes_back_with_all_that_was_committed(
    start_odoo, database, workers
):
    server = start_odoo(workers=workers)
    partner = server.login().call("res.partner", "create", [{"name": "Kill | test"}])
    server.kill()
    found = database.records("SELECT name FROM res_partner WHERE name LIKE 'Kill%'")
    assert found == [{"name": "Kill | test"}]
    client = start_odoo(workers=workers).login()
    assert client.read("res.partner", [("id", "in", partner)], ["name"]) == [
        {"id": partner[0], "name": "Kill | test"}
    ]


def test_the_simulator_stands_beside_odoo(start_simulator):
    running = start_simulator()
    assert running.url.startswith("http://127.0.0.1:")
    assert running.process.poll() is None
