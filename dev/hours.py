"""A good and a bad hour of the running demo: real texts, real faults of the platform.

Nothing of what the health page shows then is made up: texts go out by the composer, the
simulated platform delivers, refuses, loses answers and says nothing, and the hub draws
its own conclusions.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .console import step
from .main_job import NAME
from .rpc import OdooClient, RpcError
from .simulator import post
from .timeline import until

#: Whom the simulated platform texts; nothing leaves the machine.
AMERICANS = [
    f"+1{area}555{last:04d}" for area in (415, 628, 213) for last in range(100, 200)
]
INDIANS = [f"+9198205550{last}" for last in range(40, 48)]
#: The sender for India, which the operators' register does not know.
UNREGISTERED = "STUDIO"
#: Seconds until scheduled actions that run once a minute have run, and again.
PATIENCE = 240
#: Seconds until an alarm whose cause is gone has closed: five minutes, and some.
SETTLING = 480
#: What the platform's panel would show as too little.
LOW, LEFT = 200, 4
#: Minutes without a delivery report that are too long, in a picture of one hour.
SILENT_MINUTES = 2
#: What is not green in the bad hour.
WRONG = frozenset(
    (
        *("alarms", "unknown", "dead", "senders", "crons"),
        *("queue", "platform", "reports", "balance"),
    )
)


class Hours:
    """Makes the hours one after the other, and sets things right again."""

    def __init__(self, client: OdooClient) -> None:
        self.client = client
        [gateway] = client.read(
            "sms.hub.gateway",
            [("name", "=", NAME)],
            ["base_url", "webhook_url", "company_id"],
        )
        self.gateway, self.platform = gateway["id"], gateway["base_url"]
        self.company = gateway["company_id"][0]
        self.push_url = post(self.platform, "/_control", {})["push_url"]

    # === THE GOOD ONE === #

    def good(self) -> None:
        """Settle what the demo left open, and deliver a few hundred texts."""
        with step("A good hour: a few hundred texts are delivered") as shown:
            self._settle()
            self._text(
                AMERICANS, "Your order has arrived. We are open until 7 tonight."
            )
            until(lambda: not self._on_their_way(), "their delivery", PATIENCE, 2)
            until(self._is_good, "a green page", SETTLING, 2)
            shown.note = f"{len(AMERICANS)} texts"

    def _settle(self) -> None:
        """Do what the page asks for, with the buttons that people have."""
        unknown = self._ids("sms.hub.message", [("state", "=", "unknown")])
        for message in unknown:
            self._answer_form(
                self._call("sms.hub.message", "action_resolve", [message]),
                "action_resolve",
                resolution="delivered",
                note="The customer has it on the phone",
            )
        pauses = self._ids("sms.hub.sender.pause", [("state", "!=", "over")])
        for pause in pauses:
            self._answer_form(
                self._call("sms.hub.sender.pause", "action_resume", [pause]),
                "action_switch",
                note="The registration is confirmed",
            )
        dead = self._ids("sms.hub.event", [("state", "=", "dead")])
        if dead:
            self._call("sms.hub.event", "action_dismiss", dead)

    # === THE BAD ONE === #

    def bad(self) -> None:
        """Let everything go wrong that can go wrong within a few minutes."""
        with step("A bad hour: everything goes wrong at once") as shown:
            self._set_limits(low_balance=LOW, minutes=SILENT_MINUTES)
            self._refuse_a_sender()
            self._say_nothing_more()
            self._lose_answers()
            self._run_out_of_credit()
            self._switch("sms_gateway_hub.ir_cron_poll", active=False)
            until(lambda: self._wrong() >= WRONG, "a bad page", PATIENCE, 2)
            shown.note = f"{len(self._wrong())} kinds of trouble"

    def _refuse_a_sender(self) -> None:
        """Text a country by a sender that the platform does not know there."""
        [country] = self._ids("res.country", [("code", "=", "IN")])
        values = {
            "name": UNREGISTERED,
            "gateway_id": self.gateway,
            "country_ids": [(6, 0, [country])],
            "registration_state": "approved",
            "sequence": 5,
        }
        archived = [
            ("name", "=", UNREGISTERED),
            ("gateway_id", "=", self.gateway),
            ("active", "in", (True, False)),
        ]
        if known := self._ids("sms.hub.sender", archived):
            self._call("sms.hub.sender", "write", known, {"active": True})
        else:
            self._call("sms.hub.sender", "create", [values])
        # whoever sends next is taken
        refused = {"match": {"number_suffix": ""}, "fault": "reject:015"}
        self._control(faults=[{**refused, "times_per_number": 1}])
        self._text(INDIANS, "Your fitting is on Thursday at 10.")
        paused = [("kind", "=", "unregistered"), ("state", "!=", "over")]
        until(lambda: self._ids("sms.hub.sender.pause", paused), "a pause", PATIENCE, 2)

    def _say_nothing_more(self) -> None:
        """Let the platform send one call that nobody can read, then nothing at all."""
        with suppress(OSError):
            # the webhook keeps it and says that it could not be read
            post(self.platform, "/_push", {"kind": "dlr", "ref": "7f2a", "st": "OK"})
        self._control(push_url="", faults=[{"fault": "no_report", "match": {}}])
        self._text(AMERICANS[:40], "Your delivery comes today between 2 and 4.")
        taken = [("state", "=", "accepted")]
        until(lambda: self._count(taken) >= 40, "their acceptance", PATIENCE, 1)

    def _lose_answers(self) -> None:
        """Accept texts, and break the line before the answer."""
        lost = {"fault": "accept_then_reset", "match": {}}
        self._control(faults=[lost, {"fault": "no_report", "match": {}}])
        self._text(AMERICANS[40:52], "May our fitter come on Friday instead?")
        unknown = [("state", "=", "unknown")]
        until(lambda: self._count(unknown) >= 12, "lost answers", PATIENCE, 1)

    def _run_out_of_credit(self) -> None:
        """Refuse the account, while texts go on coming."""
        self._control(credit=LEFT, faults=[{"fault": "reject:021", "match": {}}])
        self._call("sms.hub.gateway", "action_test_connection", [self.gateway])
        self._text(AMERICANS[100:180], "Your invoice is in your mailbox. Thank you!")

    # === AFTERWARDS === #

    def mend(self) -> None:
        """Set right what was broken; the hub does the rest by itself."""
        with step("Mending everything"):
            self._control(push_url=self.push_url, faults=[], credit=1000)
            self._set_limits(low_balance=0, minutes=60)
            self._switch("sms_gateway_hub.ir_cron_poll", active=True)
            ours = [("name", "=", UNREGISTERED), ("gateway_id", "=", self.gateway)]
            senders = self._ids("sms.hub.sender", ours)
            self._call("sms.hub.sender", "write", senders, {"active": False})
            self._call("sms.hub.gateway", "action_test_connection", [self.gateway])

    # === HANDS === #

    def _call(self, model: str, method: str, *words: Any) -> Any:
        return self.client.call(model, method, *words)

    def _ids(self, model: str, domain: list[Any], **words: Any) -> list[int]:
        return self.client.call(model, "search", domain, **words)

    def _control(self, **settings: Any) -> None:
        post(self.platform, "/_control", settings)

    def _text(self, numbers: list[str], body: str) -> None:
        """Text free numbers as a person does, by the composer."""
        values = {
            "composition_mode": "numbers",
            "numbers": ",".join(numbers),
            "body": body,
        }
        [composer] = self._call("sms.composer", "create", [values])
        self._call("sms.composer", "action_send_sms", [composer])

    def _count(self, domain: list[Any]) -> int:
        """Count texts of the platform's gateway."""
        ours = [("gateway_id", "=", self.gateway), *domain]
        return self._call("sms.hub.message", "search_count", ours)

    def _on_their_way(self) -> int:
        return self._count([("state", "in", ("queued", "claimed", "accepted"))])

    def _answer_form(self, form: dict[str, Any], button: str, **values: Any) -> None:
        """Fill in the form that a button opened, and press another one in it."""
        model, record = form["res_model"], [form["res_id"]]
        self._call(model, "write", record, values)
        self._call(model, button, record)

    def _set_limits(self, low_balance: float, minutes: int) -> None:
        limit = {"low_balance": low_balance}
        self._call("sms.hub.gateway", "write", [self.gateway], limit)
        patience = {"hub_alarm_report_minutes": minutes}
        self._call("res.company", "write", [self.company], patience)

    def _switch(self, cron: str, *, active: bool) -> None:
        """Switch a scheduled action; while it runs, Odoo lets nobody change it."""
        module, name = cron.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        [known] = self.client.read("ir.model.data", domain, ["res_id"])

        def switched() -> bool:
            with suppress(RpcError):
                values = {"active": active}
                return self._call("ir.cron", "write", [known["res_id"]], values)
            return False

        until(switched, "switching a scheduled action", PATIENCE, 1)

    def _page(self) -> dict[str, Any]:
        return self._call("sms.hub.health", "get_page")

    def _is_good(self) -> bool:
        return self._page()["level"] == "good"

    def _wrong(self) -> set[str]:
        """Return the tiles that are not green now."""
        page = self._page()
        tiles = [*page["general"], *page["gateways"][0]["tiles"]]
        return {tile["code"] for tile in tiles if tile["level"] != "good"}
