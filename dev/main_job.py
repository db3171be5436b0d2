"""The main job, done once over HTTP as a person would do it, and told step by step."""

from __future__ import annotations

from contextlib import suppress

from .rpc import OdooClient
from .timeline import StepFailed, Timeline, TimelineStep


def perform_main_job(
    base_url: str, db: str, login: str, password: str, simulator_url: str
) -> list[TimelineStep]:
    """Perform the main job and return its steps; the last one tells if it worked."""
    timeline = Timeline()
    with suppress(StepFailed):
        _perform(timeline, base_url, db, login, password)
    return timeline.steps


def _perform(
    timeline: Timeline, base_url: str, db: str, login: str, password: str
) -> None:
    with timeline.step("logged in to Odoo") as step:
        client = OdooClient(base_url, db, login, password)
        step.detail = client.session["name"]
    with timeline.step("found an open lead with a phone number") as step:
        domain = [("phone", "!=", False), ("type", "=", "opportunity")]
        leads = client.read("crm.lead", domain, ["name", "phone"], limit=1)
        if not leads:
            raise StepFailed("the demo data has none")
        step.detail = f"{leads[0]['name']}, {leads[0]['phone']}"
