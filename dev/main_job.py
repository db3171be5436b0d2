"""The main job, done once over HTTP as a person would do it, and told step by step."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from .rpc import OdooClient
from .simulator import post
from .timeline import StepFailed, Timeline, TimelineStep, until

#: Key that the simulator accepts.
KEY = "sim-key"
NAME, SENDER = "Simulated platform", "+14155550199"
QUESTION = "Hello! Your offer is ready. Shall we go through it tomorrow at 10?"
ANSWER = "Yes, 10 is fine. See you tomorrow!"
#: Seconds a simulated person takes to answer a text that ends with a question mark.
ANSWER_AFTER = 4


def perform_main_job(
    base_url: str, db: str, login: str, password: str, simulator_url: str
) -> list[TimelineStep]:
    """Perform the main job and return its steps; the last one tells if it worked."""
    timeline = Timeline()
    with suppress(StepFailed):
        _MainJob(timeline, simulator_url).perform(base_url, db, login, password)
    return timeline.steps


class _MainJob:
    """A salesperson texts a lead and reads the answer."""

    def __init__(self, timeline: Timeline, simulator_url: str) -> None:
        self.timeline = timeline
        self.platform = simulator_url
        self.client: OdooClient

    def perform(self, base_url: str, db: str, login: str, password: str) -> None:
        """Go through all steps.

        :raise StepFailed: one of them did not come out as it should.
        """
        with self.timeline.step("logged in to Odoo") as step:
            self.client = OdooClient(base_url, db, login, password)
            step.detail = self.client.session["name"]
        self._connect()
        lead = self._find_lead()
        message = self._send(lead)
        self._follow(message)
        self._answer(message, lead)
        # from now on simulated people answer questions by themselves
        self._control(answer_after=ANSWER_AFTER)

    def _connect(self) -> None:
        """Lead the company's texts to the simulator, and its reports back."""
        with self.timeline.step("connected the simulated platform") as step:
            call = self.client.call
            gateway = self._gateway()
            address = self.client.read(
                "sms.hub.gateway", [("id", "=", gateway)], ["webhook_url"]
            )[0]["webhook_url"]
            webhook = self.client.base_url + urlsplit(address).path
            self._control(push_url=webhook, answer_after=0)
            answer = call("sms.hub.gateway", "action_test_connection", [gateway])
            step.detail = answer["params"]["message"].replace("\n", ", ")
            if answer["params"]["type"] != "success":
                raise StepFailed(step.detail)

    def _gateway(self) -> int:
        """Return our gateway, active in place of any other one."""
        model, call = "sms.hub.gateway", self.client.call
        values = {"base_url": self.platform, "api_key": KEY, "sender": SENDER}
        others = [("name", "!=", NAME), ("state", "!=", "draft")]
        busy = [row["id"] for row in self.client.read(model, others, ["id"])]
        if busy:
            call(model, "action_deactivate", busy)
        found = self.client.read(model, [("name", "=", NAME)], ["state"])
        if found:
            gateway = found[0]["id"]
            call(model, "write", [gateway], values)
        else:
            values |= {
                "name": NAME,
                "provider": "smsgatewayhub",
                "allow_private_host": True,
            }
            [gateway] = call(model, "create", [values])
        if not found or found[0]["state"] != "active":
            call(model, "action_activate", [gateway])
        return gateway

    def _find_lead(self) -> dict[str, Any]:
        with self.timeline.step("found an open lead with a phone number") as step:
            domain = [
                ("phone_sanitized", "!=", False),
                ("type", "=", "opportunity"),
                ("won_status", "=", "pending"),
            ]
            fields = ["name", "phone", "phone_blacklisted"]
            leads = self.client.read("crm.lead", domain, fields, limit=20)
            lead = next((one for one in leads if not one["phone_blacklisted"]), None)
            if not lead:
                raise StepFailed("there is none that may be texted; try --fresh")
            step.detail = f"{lead['name']}, {lead['phone']}"
        return lead

    def _send(self, lead: dict[str, Any]) -> int:
        with self.timeline.step("pressed Send SMS: the text is queued") as step:
            composer = self.client.call(
                "sms.composer",
                "create",
                [
                    {
                        "composition_mode": "comment",
                        "res_model": "crm.lead",
                        "res_id": lead["id"],
                        "body": QUESTION,
                    }
                ],
            )
            self.client.call("sms.composer", "action_send_sms", composer)
            found = self._messages(lead, "out")
            if not found:
                raise StepFailed("the ledger has no row for it")
            step.detail = f"{found[0]['number']}, {found[0]['segments']} part(s)"
        return found[0]["id"]

    def _messages(self, lead: dict[str, Any], direction: str) -> list[dict[str, Any]]:
        return self.client.read(
            "sms.hub.message",
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "=", lead["id"]),
                ("direction", "=", direction),
            ],
            ["number", "segments", "body", "state"],
            order="id desc",
        )

    def _row(self, message: int) -> dict[str, Any]:
        fields = ["state", "explanation", "platform_ref", "number", "request_id"]
        return self.client.read("sms.hub.message", [("id", "=", message)], fields)[0]

    def _follow(self, message: int) -> None:
        with self.timeline.step("accepted by the platform") as step:
            row = until(
                lambda: (found := self._row(message))["platform_ref"] and found,
                "the acceptance",
                75,
            )
            job = self.client.read(
                "sms.hub.request", [("id", "=", row["request_id"][0])], ["platform_ref"]
            )
            step.detail = f"job {job[0]['platform_ref']}, id {row['platform_ref']}"
        with self.timeline.step("delivered, says the report") as step:
            row = until(
                lambda: (found := self._row(message))["state"] == "delivered" and found,
                "the delivery report",
                75,
            )
            step.detail = row["explanation"]

    def _answer(self, message: int, lead: dict[str, Any]) -> None:
        known = len(self._messages(lead, "in"))
        with self.timeline.step("the customer answers") as step:
            number = self._row(message)["number"].lstrip("+")
            event = {"from": number, "to": SENDER, "text": ANSWER}
            status = post(self.platform, "/_inbound", event)["status"]
            step.detail = f"“{ANSWER}” (webhook answered {status})"
        with self.timeline.step("the answer stands on the lead") as step:
            until(
                lambda: len(self._messages(lead, "in")) > known, "the customer's answer"
            )
            posts = self.client.read(
                "mail.message",
                [("model", "=", "crm.lead"), ("res_id", "=", lead["id"])],
                ["preview", "author_id"],
                limit=1,
                order="id desc",
            )
            if not posts or ANSWER not in posts[0]["preview"]:
                raise StepFailed("it is not the last post in the lead's chatter")
            author = posts[0]["author_id"]
            step.detail = (
                f"posted by {author[1] if author else 'the number itself'}, see "
                f"{self.client.base_url}/odoo/crm/{lead['id']}"
            )

    def _control(self, **settings: object) -> None:
        post(self.platform, "/_control", settings)
