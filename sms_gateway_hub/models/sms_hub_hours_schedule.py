from odoo import api, fields, models
from odoo.tools import ormcache

from ..policy.hours import Hours, Schedule
from ..policy.zones import knows_state
from .sms_hub_hours import SPECIAL_DAYS, WEEK, minutes, region_of


class SmsHubHours(models.Model):
    """What the gate gets of the rows: all schedules that hold for a recipient."""

    _inherit = "sms.hub.hours"

    # === FOR THE GATE === #

    @api.model
    def _hours_for(self, company, zones, places):
        """Return the hours in which a recipient may be texted.

        :param company: the company that texts
        :param tuple zones: IANA names of the zones where the recipient may be
        :param places: pairs of country code and state code (Odoo's; empty if not known)
            where the recipient may be; without any, the row for other countries holds
        :return: one :class:`Hours` for all recipients of whom the same is known
        """
        schedules = {
            schedule: None
            for country_code, state_code in sorted(places) or [("", "")]
            for schedule in self._schedules(company, country_code, state_code)
        }
        return Hours.of(tuple(zones), tuple(schedules))

    @api.model
    def _schedules(self, company, country_code, state_code=""):
        """Return the schedules that all hold in a place.

        :param company: the company that texts
        :param str country_code: ISO 3166-1, or ``""`` if it is not known
        :param str state_code: as Odoo writes it (``TX``, ``DE-BY``), or ``""``
        :return: a tuple of :class:`Schedule`, the shared ones first
        """
        return self._schedules_of(
            company.id,
            company.hub_state_unknown,
            country_code or "",
            region_of(country_code or "", state_code or ""),
            fields.Date.today().year,
        )

    @api.model
    @ormcache("company_id", "state_unknown", "country_code", "region", "year")
    def _schedules_of(self, company_id, state_unknown, country_code, region, year):
        """Return the schedules of a place; the year is that of the holidays."""
        return tuple(
            row._to_schedule(company_id, country_code, region, year)
            for owner in (False, company_id)
            for row in self._rows_of(owner, state_unknown, country_code, region)
        )

    def _rows_of(self, owner, state_unknown, country_code, region):
        """Return the rows of one company, or the shared ones, that hold in a place."""
        # the rules of a company bind also what its users may not read
        rows = self.sudo().with_context(lang=None)
        mine = rows.search(
            [("company_id", "=", owner), ("country_id.code", "=", country_code)]
        )
        found = mine.filtered(lambda row: row.scope == "country")
        if region:
            found += mine.filtered(lambda row: row._region() == region)
        if not knows_state(country_code, region):
            found += mine.filtered(lambda row: row.scope == state_unknown)
        return found or rows.search(
            [("company_id", "=", owner), ("scope", "=", "other")]
        )

    def _to_schedule(self, company_id, country_code, region, year):
        """Return the row as the gate reads it, with the holidays of the place."""
        rules = {day: self._day_rule(*SPECIAL_DAYS[day]) for day in SPECIAL_DAYS}
        return Schedule(
            code=self._evidence_code(),
            label=self.name,
            week=tuple(minutes(self, start, end) for start, end in WEEK),
            holidays=(
                self.env["sms.hub.holiday"]._dates(
                    company_id, country_code, region, year
                )
                if any(rule != "same" for rule in rules.values())
                else frozenset()
            ),
            **rules,
        )

    def _day_rule(self, rule, start, end):
        own = (round(self[start] * 60), round(self[end] * 60))
        return {"same": "same", "closed": None, "own": own}[self[rule]]

    def _evidence_code(self):
        """Return the name of the row in the evidence of a message."""
        return f"{self.place}/{self.company_id.id}" if self.company_id else self.place

    @api.model
    def _from_evidence(self, codes):
        """Return the rows that the evidence of a message names, as far as they exist.

        Of those the user may read: evidence is shown to people.
        """
        places = {code.partition("/")[0] for code in codes}
        rows = self.with_context(active_test=False).search([("place", "in", places)])
        return rows.filtered(lambda row: row._evidence_code() in codes)

    # === IN WORDS === #

    def _in_words(self):
        """Return the week in short: equal days together, as on a shop's door."""
        groups = []
        for day, (start, end) in zip(self._day_names(), WEEK, strict=True):
            span = minutes(self, start, end)
            if groups and groups[-1][1] == span:
                groups[-1][0].append(day)
            else:
                groups.append(([day], span))
        words = [f"{_joined(days)} {self._span_words(span)}" for days, span in groups]
        words += [
            f"{label} {self._span_words(span)}"
            for label, span in (
                (self.env._("Holidays"), self._day_rule(*SPECIAL_DAYS["holiday"])),
                (self.env._("Eves"), self._day_rule(*SPECIAL_DAYS["eve"])),
            )
            if span != "same"
        ]
        return ", ".join(words)

    def _day_names(self):
        translate = self.env._
        return [
            translate("Mon"),
            translate("Tue"),
            translate("Wed"),
            translate("Thu"),
            translate("Fri"),
            translate("Sat"),
            translate("Sun"),
        ]

    def _span_words(self, span):
        if span is None:
            return self.env._("closed")
        return "-".join(f"{at // 60:02}:{at % 60:02}" for at in span)


def _joined(days):
    return days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"
