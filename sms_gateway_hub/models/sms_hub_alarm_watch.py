from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from ..policy.health import Level, figure, of_balance, of_count, of_reports

#: A trouble that was not seen for this long is over; shorter, it may just flicker.
_QUIET = timedelta(minutes=5)
#: Fewer texts without a report may be phones that are off.
_LEAST_UNREPORTED = 5


class Trouble(NamedTuple):
    """Something that is wrong now, as :meth:`_raise_alarm` takes it."""

    kind: str
    company: models.Model
    figures: dict
    #: records by the field of the alarm that names them
    subject: dict


class SmsHubAlarm(models.Model):
    """Looks once a minute: opens alarms, keeps them open, closes what is over."""

    _inherit = "sms.hub.alarm"

    @api.model
    def _watch(self):
        """The entry point of the cron."""
        self._look()
        self.env["ir.cron"]._commit_progress(1)
        self._tell()

    def _look(self):
        """Compare what is wrong now with what is open."""
        seen = self.browse()
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        for trouble in self._troubles(companies):
            seen |= self._raise_alarm(
                trouble.kind, trouble.company, trouble.figures, **trouble.subject
            )
        quiet_since = fields.Datetime.now() - _QUIET
        lasting = self.sudo().search(
            [("state", "!=", "closed"), ("kind", "in", self._watched_kinds())]
        )
        (lasting - seen).filtered(lambda one: one.last_seen_at <= quiet_since)._end()

    def _watched_kinds(self):
        """Hook: the kinds that :meth:`_troubles` finds, and that close by themselves.

        What only a hook raises is closed by the same hook.
        """
        return [
            *("low_balance", "balance_ends", "no_reports", "unknown", "dead_letters"),
            *("cron_off", "circuit_open", "webhook_refused", "consent_findings"),
            "spend_cap",
        ]

    def _troubles(self, companies):
        """Hook: return every :class:`Trouble` of these companies."""
        health = self.env["sms.hub.health"]
        found = []
        for figures in health._gateway_figures(companies):
            found += self._gateway_troubles(figures)
        found += self._company_troubles(health, companies)
        found += self._cron_troubles(health)
        found += self._consent_troubles(companies)
        found += self._spend_troubles(companies)
        return found

    # === WHAT IS WRONG === #

    def _gateway_troubles(self, figures):
        gateway, company = figures.gateway, figures.gateway.company_id
        about = {"gateway_id": gateway}
        found = [
            Trouble(kind, company, told, about)
            for kind, told in self._balance_troubles(figures)
        ]
        limit = company.hub_alarm_report_minutes
        silent = of_reports(figures.silent_minutes, limit)
        if silent is Level.ACT and figures.unreported >= _LEAST_UNREPORTED:
            told = {
                "count": figures.unreported,
                "minutes": int(figures.silent_minutes),
            }
            found.append(Trouble("no_reports", company, told, about))
        if figures.circuit:
            told = {"reason": figures.circuit.reason}
            found.append(Trouble("circuit_open", company, told, about))
        if of_count(figures.refused, company.hub_alarm_refused) is Level.ACT:
            told = {"count": figures.refused}
            found.append(Trouble("webhook_refused", company, told, about))
        return found

    def _balance_troubles(self, figures):
        """Return what is wrong with the balances: the worst one, named once."""
        low = figures.gateway.low_balance
        low_days = figures.gateway.company_id.hub_alarm_days
        for name, amount, days in figures.balances:
            told = {"name": name, "amount": figure(amount)}
            if of_balance(amount, None, low, 0) is Level.ACT:
                return [("low_balance", told)]
            if of_balance(amount, days, 0, low_days) is Level.ACT:
                return [("balance_ends", {**told, "days": int(days)})]
        return []

    def _company_troubles(self, health, companies):
        found = []
        senders = companies.filtered(self.env["sms.hub.gateway"]._for_company)
        unknown = health._unknown_counts(companies)
        dead = health._dead_counts(companies)
        # an address that nobody has may be an old one of anybody
        lost = self.env["sms.hub.refusal"]._last_hour().get(None, 0)
        for company in companies:
            for kind, count, limit in (
                ("unknown", unknown.get(company.id, 0), company.hub_alarm_unknown),
                ("dead_letters", dead.get(company.id, 0), company.hub_alarm_dead),
                (
                    "webhook_refused",
                    lost if company in senders else 0,
                    company.hub_alarm_refused,
                ),
            ):
                if of_count(count, limit) is Level.ACT:
                    found.append(Trouble(kind, company, {"count": count}, {}))
        return found

    def _cron_troubles(self, health):
        """Return what Odoo switched off: trouble of every company that sends."""
        gateways = self.env["sms.hub.gateway"].sudo()
        companies = gateways.search([("state", "!=", "draft")]).company_id
        return [
            Trouble("cron_off", company, {}, {"cron_id": figures.cron})
            for figures in health._cron_figures()
            if figures.cron.hub_stopped_at and not figures.cron.active
            for company in companies
        ]

    def _consent_troubles(self, companies):
        """Return the companies whose last verification found something."""
        checks = self.env["sms.hub.consent.check"].sudo()
        last = checks._read_group(
            [("company_id", "in", companies.ids), ("state", "!=", "running")],
            ["company_id"],
            ["id:max"],
        )
        return [
            Trouble(
                "consent_findings",
                check.company_id,
                {"count": check.finding_count},
                {},
            )
            for check in checks.browse(check_id for _company, check_id in last)
            if check.state == "findings"
        ]

    def _spend_troubles(self, companies):
        """Return the companies whose texts wait because of a limit on spending."""
        return [
            Trouble(
                "spend_cap",
                company,
                {"count": by_day + by_mailing, "mailing": by_mailing},
                {},
            )
            for company, by_day, by_mailing in self.env["sms.hub.spend"]._waiting(
                companies
            )
        ]
