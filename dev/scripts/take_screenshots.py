"""Take the README's pictures of a running demo.

Called by ``./hub screenshots`` with: address, login, password, browser, folder, and
the names of the pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

SIZE = {"width": 1280, "height": 720}
#: Where the demo's administrator lives, as what the server writes says too.
ZONE = "Europe/Brussels"
#: Milliseconds for fonts, pictures and animations to settle.
SETTLE = 1200


class Shot(NamedTuple):
    """One picture.

    :param name: of the file
    :param path: where it starts
    :param clicks: what to click on the way, as CSS selectors; with a text to type, a
        pair of both
    :param scroll_to: what has to be in view
    :param height: of the window
    """

    name: str
    path: str
    clicks: tuple[str | tuple[str, str], ...] = ()
    scroll_to: str = ""
    height: int = SIZE["height"]


SHOTS = (
    Shot(
        "lead",
        "/odoo/crm",
        (".o_kanban_record:has-text('Kitchen refit')",),
        ".o-mail-Message:has-text('Thursday is fine')",
    ),
    Shot("messages", "/odoo/sms-messages"),
    Shot("health_good", "/odoo/sms-health", height=900),
    Shot("health_bad", "/odoo/sms-health", height=1000),
    Shot(
        "history",
        "/odoo/sms-messages",
        (".o_data_row:has-text('your worktop has left') td[name=body]",),
    ),
    Shot(
        "forecast",
        "/odoo/contacts",
        (
            (".o_searchview_input", "Twelve answers"),
            ".o_searchview_autocomplete .o-dropdown-item:has-text('Tag')",
            ".o_switch_view.o_list",
            "thead .o_list_record_selector input",
            ".o_cp_action_menus button:has-text('Actions')",
            ".o-dropdown--menu :text('Send SMS')",
            ".o_sms_hub_forecast_counts",
        ),
        height=1400,
    ),
    Shot(
        "reasons",
        "/odoo/sms-blocked",
        (".o_searchview_facet .o_facet_remove",),
        height=2350,
    ),
)


def log_in(page: Page, url: str, login: str, password: str) -> None:
    """Open a session in the page's browser."""
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def take(page: Page, url: str, shot: Shot, folder: Path) -> Path:
    """Take one picture and return its file."""
    page.set_viewport_size({**SIZE, "height": shot.height})
    page.goto(url + shot.path)
    page.wait_for_selector(".o_view_controller, .o_sms_hub_health")
    for click in shot.clicks:
        if isinstance(click, str):
            page.click(click)
        else:
            page.fill(*click)
        page.wait_for_timeout(SETTLE)
    if shot.scroll_to:
        page.locator(shot.scroll_to).first.scroll_into_view_if_needed()
    page.mouse.move(0, shot.height - 1)
    page.wait_for_timeout(SETTLE)
    target = folder / f"{shot.name}.png"
    page.screenshot(path=target)
    return target


def main(
    url: str, login: str, password: str, browser: str, folder: str, *names: str
) -> None:
    """Take the pictures of these names and say how big they are."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport=SIZE, timezone_id=ZONE)
        log_in(page, url, login, password)
        for shot in (one for one in SHOTS if one.name in names):
            target = take(page, url, shot, place)
            print(f"{target} {target.stat().st_size // 1000} kB")
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
