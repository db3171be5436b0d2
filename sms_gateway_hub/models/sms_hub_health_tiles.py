from odoo import models

from ..policy.health import Level, of_count
from .sms_hub_health_page import Tile

#: Seconds by which a scheduled action may be late, and from when on none runs at all.
_LATE, _DEAD = 180, 900
#: Lines that a tile has room for.
_LINES = 4


class SmsHubHealth(models.AbstractModel):
    """The tiles that are not about one gateway: alarms, leftovers, scheduled jobs."""

    _inherit = "sms.hub.health"

    def _general_tiles(self, companies):
        """Hook: return the tiles above the gateways."""
        return [
            self._alarms_tile(companies),
            self._unknown_tile(companies),
            self._dead_tile(companies),
            self._senders_tile(companies),
            self._crons_tile(),
        ]

    def _alarms_tile(self, companies):
        alarms = self.env["sms.hub.alarm"].search(
            [("company_id", "in", companies.ids), ("state", "!=", "closed")]
        )
        fresh = alarms.filtered(lambda one: one.state == "open")
        level = Level.ACT if fresh else Level.LOOK if alarms else Level.GOOD
        if fresh:
            sentence = self.env._("Each one says what is wrong and what to do.")
        elif alarms:
            sentence = self.env._("Somebody looks at all of them.")
        else:
            sentence = self.env._("Nothing needs a person.")
        lines = tuple(
            (alarm.display_name, self._ago(alarm.since)) for alarm in alarms[:_LINES]
        )
        return Tile(
            "alarms",
            level,
            self.env._("Alarms"),
            str(len(alarms)),
            sentence,
            lines,
            self._open_alarms([("company_id", "in", companies.ids)]),
        )

    def _unknown_tile(self, companies):
        counts = self._unknown_counts(companies)
        sentence = (
            self.env._("Their answers got lost. They are not sent again by themselves.")
            if counts
            else self.env._("What became of every text is known.")
        )
        return Tile(
            "unknown",
            self._level_of(counts, companies, "hub_alarm_unknown"),
            self.env._("Unknown Texts"),
            self._number(sum(counts.values())),
            sentence,
            (),
            self._open_unknown(companies),
        )

    def _dead_tile(self, companies):
        counts = self._dead_counts(companies)
        sentence = (
            self.env._("Reports or replies that could not be read or matched.")
            if counts
            else self.env._("Every report and reply found its text.")
        )
        domain = [("company_id", "in", companies.ids), ("state", "=", "dead")]
        return Tile(
            "dead",
            self._level_of(counts, companies, "hub_alarm_dead"),
            self.env._("Reports Put Aside"),
            self._number(sum(counts.values())),
            sentence,
            (),
            self._open_events(domain),
        )

    def _level_of(self, counts, companies, limit):
        return max(
            of_count(counts.get(company.id, 0), company.sudo()[limit])
            for company in companies
        )

    def _senders_tile(self, companies):
        pauses = self.env["sms.hub.sender.pause"].search(
            [("company_id", "in", companies.ids), ("state", "!=", "over")]
        )
        # what somebody asked for is no surprise
        alone = pauses.filtered(lambda one: one.kind != "manual")
        level = Level.ACT if alone else Level.LOOK if pauses else Level.GOOD
        if pauses:
            sentence = self.env._(
                "Texts go out by others where there are any, else they wait."
            )
        else:
            sentence = self.env._("Every sender works.")
        return Tile(
            "senders",
            level,
            self.env._("Paused Senders"),
            str(len(pauses)),
            sentence,
            tuple((one.display_name, self._ago(one.since)) for one in pauses[:_LINES]),
            self._open_list(
                "sms_hub_sender_pause_action"
                if pauses
                else "sms_hub_sender_health_action",
                [("company_id", "in", companies.ids)],
            ),
        )

    def _crons_tile(self):
        figures = self._cron_figures()
        off = [one for one in figures if one.needed and not one.cron.active]
        on = [one for one in figures if one.cron.active]
        failing = [one for one in on if one.cron.failure_count]
        # what is wrong comes first
        slow = [one for one in on if one.late > _LATE]
        first = [*off, *slow, *failing, *(one for one in figures if one.needed)]
        late = max((one.late for one in on), default=0)
        if off:
            level = Level.ACT
            sentence = self.env._("Switched off: %s.", self._names_of(off))
        elif late > _LATE:
            level = Level.ACT if late > _DEAD else Level.LOOK
            sentence = self.env._(
                "One is %s late: there are too few cron workers, or none.",
                self._lasting(late),
            )
        elif failing:
            level = Level.LOOK
            sentence = self.env._(
                "Failed the last time, see the server's log: %s.",
                self._names_of(failing),
            )
        else:
            level = Level.GOOD
            sentence = self.env._("They run on time.")
        return Tile(
            "crons",
            level,
            self.env._("Scheduled Actions"),
            self.env._("%(on)s on", on=len(on)),
            sentence,
            tuple(dict.fromkeys(self._cron_line(one) for one in first))[:_LINES],
            self._open_crons(figures),
        )

    def _names_of(self, figures):
        return ", ".join(one.cron.name for one in figures)

    def _cron_line(self, figures):
        cron = figures.cron
        # what all of them begin with would leave no room for what tells them apart
        name = cron.name.removeprefix("SMS Hub: ")
        return name, self._ago(cron.lastcall) if cron.active else self.env._("off")

    def _open_crons(self, figures):
        """Return their list, for those who may open it: system administrators."""
        if not self.env["ir.cron"].has_access("read"):
            return False
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Scheduled Actions"),
            "res_model": "ir.cron",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", [one.cron.id for one in figures])],
            "context": {"active_test": False},
        }
