from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from ..policy.health import (
    Level,
    figure,
    of_balance,
    of_count,
    of_key,
    of_queue,
    of_rate,
    of_reports,
    worst,
)
from .sms_hub_health import COUNT_LIMIT
from .sms_hub_vocabulary import LANES

_NAMES = {Level.GOOD: "good", Level.LOOK: "look", Level.ACT: "act"}


class Tile(NamedTuple):
    """One tile of the page.

    :param code: names it in tests and styles
    :param value: the figure that is read from afar
    :param sentence: what it means
    :param lines: pairs of a label and a figure, for the details
    :param action: the list behind it; false for those who may not open it
    """

    code: str
    level: Level
    title: str
    value: str
    sentence: str
    lines: tuple = ()
    action: dict | bool = False

    def as_values(self):
        """Return what the browser gets."""
        return {**self._asdict(), "level": _NAMES[self.level]}


class SmsHubHealth(models.AbstractModel):
    """The health page: a tile per question, green, amber or red, with a sentence."""

    _inherit = "sms.hub.health"

    @api.model
    def get_page(self):
        """Return the whole page for the companies that the user has switched on.

        :raise AccessError: for those who are no managers of the hub
        """
        if not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(self.env._("Only managers of SMS Hub see its health."))
        companies = self.env.companies
        general = self._general_tiles(companies)
        sections = [
            (figures.gateway.sudo(False), self._gateway_tiles(figures))
            for figures in self._gateway_figures(companies)
        ]
        tiles = [*general, *(tile for _gateway, group in sections for tile in group)]
        level = worst(tile.level for tile in tiles)
        now = fields.Datetime.now()
        return {
            "level": _NAMES[level],
            "sentence": self._summary(tiles, sections),
            "at": format_datetime(self.env, now, dt_format="medium"),
            "general": [tile.as_values() for tile in general],
            "gateways": [
                {
                    "id": gateway.id,
                    "name": gateway.name,
                    "company": len(companies) > 1 and gateway.company_id.name,
                    "state": gateway.state,
                    "tiles": [tile.as_values() for tile in group],
                }
                for gateway, group in sections
            ],
        }

    def _summary(self, tiles, sections):
        """Say in one sentence how it stands."""
        if not sections:
            return self.env._(
                "No gateway is active: Odoo sends texts its own way, and the hub has "
                "nothing to do."
            )
        red = sum(tile.level is Level.ACT for tile in tiles)
        amber = sum(tile.level is Level.LOOK for tile in tiles)
        if red:
            return self.env._("Things that need a person: %s.", red)
        if amber:
            return self.env._("It works. Things to keep an eye on: %s.", amber)
        return self.env._("All is well.")

    # === WORDS === #

    def _ago(self, moment):
        """Say how long ago something was."""
        if not moment:
            return self.env._("never")
        seconds = (fields.Datetime.now() - moment).total_seconds()
        return self.env._("%s ago", self._lasting(seconds))

    def _lasting(self, seconds):
        """Say how long something lasts, in the biggest unit that fits."""
        for unit, words in (
            (86_400, self.env._("%s days")),
            (3_600, self.env._("%s hours")),
            (60, self.env._("%s minutes")),
        ):
            if seconds >= 2 * unit:
                return words % int(seconds // unit)
        return self.env._("%s seconds", max(0, int(seconds)))

    def _number(self, count):
        """Write a number that may stand for more."""
        return f"{count:,}+" if count >= COUNT_LIMIT else f"{count:,}"

    # === TILES OF A GATEWAY === #

    def _gateway_tiles(self, figures):
        """Hook: return the tiles of one gateway, the most urgent question first."""
        tiles = [
            self._queue_tile(figures),
            self._platform_tile(figures),
            self._rate_tile(figures),
            self._reports_tile(figures),
        ]
        if self.env["sms.hub.gateway"].has_access("write"):
            tiles += self._balance_tiles(figures)
            tiles += self._key_tiles(figures)
        return tiles

    def _queue_tile(self, figures):
        labels = dict(LANES)
        count = sum(lane.count for lane in figures.lanes)
        oldest = max((lane.oldest for lane in figures.lanes), default=0)
        level = of_queue({lane.name: lane.oldest for lane in figures.lanes})
        paused = figures.gateway.state == "paused"
        if paused and count:
            sentence = self.env._("They wait because the gateway is paused.")
            level = max(level, Level.LOOK)
        elif not count:
            sentence = self.env._("Nothing is due that was not handed over.")
        else:
            sentence = self.env._(
                "The oldest has been due for %s.", self._lasting(oldest)
            )
        lines = tuple(
            (
                str(labels[lane.name]),
                f"{self._number(lane.count)} · {self._lasting(lane.oldest)}"
                if lane.count
                else "0",
            )
            for lane in figures.lanes
        )
        title = self.env._("Texts Due")
        action = self._open_waiting(figures.gateway)
        return Tile("queue", level, title, self._number(count), sentence, lines, action)

    def _platform_tile(self, figures):
        title = self.env._("Platform")
        action = self._open_gateway(figures.gateway)
        if figures.circuit:
            seconds = (figures.circuit.until - fields.Datetime.now()).total_seconds()
            sentence = self.env._(
                "It is tried again in %(time)s. Its last words: %(reason)s",
                time=self._lasting(seconds),
                reason=figures.circuit.reason,
            )
            value = self.env._("Left alone")
            return Tile("platform", Level.ACT, title, value, sentence, (), action)
        if figures.gateway.state == "paused":
            sentence = self.env._("Somebody paused the gateway: texts wait.")
            value = self.env._("Paused")
            return Tile("platform", Level.LOOK, title, value, sentence, (), action)
        if figures.gateway.test_mode:
            sentence = self.env._("Only the numbers of the test list are texted.")
            value = self.env._("Test mode")
            return Tile("platform", Level.LOOK, title, value, sentence, (), action)
        sentence = self.env._("Nothing keeps texts from being handed over.")
        value = self.env._("Open")
        return Tile("platform", Level.GOOD, title, value, sentence, (), action)

    def _rate_tile(self, figures):
        limit = figures.gateway.rate
        level = of_rate(figures.rate_used, limit)
        if level is Level.LOOK:
            sentence = self.env._(
                "The account's limit sets the pace. Ask the platform for a higher one."
            )
        elif limit:
            sentence = self.env._("The limit is %s requests per second.", limit)
        else:
            sentence = self.env._("No limit is set.")
        title = self.env._("Requests per Second")
        return Tile("rate", level, title, f"{figures.rate_used:.1f}", sentence)

    def _reports_tile(self, figures):
        limit = figures.gateway.company_id.hub_alarm_report_minutes
        level = of_reports(figures.silent_minutes, limit)
        if figures.unreported:
            sentence = self.env._(
                "Accepted without any report since: %(count)s, the first %(time)s ago.",
                count=self._number(figures.unreported),
                time=self._lasting(figures.silent_minutes * 60),
            )
        else:
            sentence = self.env._("No text waits for its first report.")
        lines = [
            (self.env._("Last call from the platform"), self._ago(figures.last_push)),
            (self.env._("Last report we asked for"), self._ago(figures.last_poll)),
        ]
        refused = figures.refused
        if refused:
            lines.append((self.env._("Calls refused in an hour"), str(refused)))
            limit = figures.gateway.company_id.hub_alarm_refused
            level = max(level, of_count(refused, limit))
        title = self.env._("Last Delivery Report")
        value = self._ago(figures.last_report)
        domain = [("gateway_id", "=", figures.gateway.id)]
        action = self._open_events(domain)
        return Tile("reports", level, title, value, sentence, tuple(lines), action)

    def _balance_tiles(self, figures):
        gateway = figures.gateway
        low_days = gateway.company_id.hub_alarm_days
        tiles = []
        for name, amount, days in figures.balances:
            level = of_balance(amount, days, gateway.low_balance, low_days)
            if days is None:
                sentence = self.env._("Too little was spent to say how long it lasts.")
            else:
                sentence = self.env._(
                    "Lasts %s more days at the pace of the last two weeks.", int(days)
                )
            title = self.env._("Balance (%s)", name)
            domain = [("gateway_id", "=", gateway.id), ("name", "=", name)]
            context = {"fill_temporal": False}
            action = self._open_list("sms_hub_balance_action", domain, context)
            tiles.append(
                Tile("balance", level, title, figure(amount), sentence, (), action)
            )
        return tiles

    def _key_tiles(self, figures):
        if figures.key_days is None:
            return []
        level = of_key(figures.key_days)
        if level is Level.GOOD:
            sentence = self.env._("Replace it once a year, or when somebody leaves.")
        else:
            sentence = self.env._(
                "It is more than a year old. Make a new one in the platform's panel."
            )
        value = self._lasting(figures.key_days * 86400)
        action = self._open_gateway(figures.gateway)
        title = self.env._("Age of the API Key")
        return [Tile("key", level, title, value, sentence, (), action)]
