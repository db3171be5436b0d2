import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.prometheus import Sample, render

_PREFIX = "sms_hub_"
#: metric → what it means, in the language of monitoring systems
METRICS = {
    "queue_depth": "Texts due and not handed over, by gateway and lane.",
    "queue_oldest_seconds": "Seconds for which the oldest of them has been due.",
    "requests_per_second": "Requests to the platform, mean of the last minute.",
    "requests_per_second_limit": "Limit of the account; 0 is none.",
    "circuit_open": "1 while the platform is left alone.",
    "gateway_paused": "1 while the gateway is paused.",
    "last_report_age_seconds": "Seconds since the last delivery report.",
    "unreported": "Texts accepted since the last delivery report.",
    "webhook_refused": "Webhook calls refused within an hour.",
    "balance": "What is left on the account.",
    "balance_days": "Days for which it lasts at the pace of two weeks.",
    "key_age_days": "Age of the API key in days.",
    "unknown": "Texts whose fate is unknown.",
    "dead_letters": "Reports and replies put aside.",
    "alarms_open": "Alarms that are not over.",
    "cron_active": "1 while a scheduled action is on.",
    "cron_late_seconds": "Seconds by which its next run is late.",
    "cron_failures": "Failures in a row.",
}


class SmsHubMetrics(models.AbstractModel):
    """The health of one company in figures, for a monitoring system.

    It gets in by a token that stands for the company. Gateways and scheduled actions
    are labels; there is no phone number, no text and no name of a person.
    """

    _name = "sms.hub.metrics"
    _description = "SMS figures for monitoring"

    # === WHO MAY READ === #

    @api.model
    def _company_of(self, header):
        """Return the company whose token an ``Authorization`` header carries.

        Every token is compared, and each in the same time, so that neither the answer
        nor its time tells how much of a guess was right.
        """
        scheme, _space, token = (header or "").partition(" ")
        given = token_hash(token.strip())
        companies = self.env["res.company"].sudo()
        found = companies.browse()
        for company in companies.search([("hub_metrics_hash", "!=", False)]):
            if hmac.compare_digest(company.hub_metrics_hash, given):
                found = company
        return found if scheme.lower() == "bearer" and token.strip() else found.browse()

    # === FIGURES === #

    @api.model
    def _as_text(self, company):
        """Return the figures in the text format of Prometheus."""
        return render(self._samples(company), METRICS, _PREFIX)

    @api.model
    def _as_values(self, company):
        """Return the same figures as plain values, ``{metric: [{labels, value}]}``."""
        found = {}
        for sample in self._samples(company):
            row = {"labels": sample.labels, "value": sample.value}
            found.setdefault(sample.name, []).append(row)
        return found

    def _samples(self, company):
        """Hook: return the :class:`Sample` of a company."""
        health = self.env["sms.hub.health"]
        samples = []
        for figures in health._gateway_figures(company):
            samples += self._gateway_samples(figures)
        lasting = Domain("company_id", "=", company.id) & Domain(
            "state", "!=", "closed"
        )
        alarms = self.env["sms.hub.alarm"].sudo().search_count(lasting)
        for name, count in (
            ("unknown", health._unknown_counts(company).get(company.id, 0)),
            ("dead_letters", health._dead_counts(company).get(company.id, 0)),
            ("alarms_open", alarms),
        ):
            samples.append(Sample(name, count, {}))
        for figures in health._cron_figures():
            samples += self._cron_samples(figures)
        return samples

    def _gateway_samples(self, figures):
        gateway = figures.gateway
        labels = {"gateway": str(gateway.id), "name": gateway.name}
        samples = []
        for lane in figures.lanes:
            where = {**labels, "lane": lane.name}
            samples.append(Sample("queue_depth", lane.count, where))
            samples.append(Sample("queue_oldest_seconds", lane.oldest, where))
        for name, value in (
            ("requests_per_second", figures.rate_used),
            ("requests_per_second_limit", gateway.rate),
            ("circuit_open", int(bool(figures.circuit))),
            ("gateway_paused", int(gateway.state == "paused")),
            ("last_report_age_seconds", self._age(figures.last_report)),
            ("unreported", figures.unreported),
            ("webhook_refused", figures.refused),
            ("key_age_days", figures.key_days),
        ):
            if value is not None:
                samples.append(Sample(name, value, labels))
        for name, amount, days in figures.balances:
            where = {**labels, "balance": name}
            samples.append(Sample("balance", amount, where))
            if days is not None:
                samples.append(Sample("balance_days", days, where))
        return samples

    def _age(self, moment):
        return moment and (fields.Datetime.now() - moment).total_seconds()

    def _cron_samples(self, figures):
        cron = figures.cron
        labels = {"cron": str(cron.id), "name": cron.name}
        return [
            Sample("cron_active", int(cron.active), labels),
            Sample("cron_late_seconds", figures.late if cron.active else 0, labels),
            Sample("cron_failures", cron.failure_count, labels),
        ]

    # === THE TOKEN === #

    @api.model
    def _renew_token(self, company):
        """Make a new token for a company; the old one opens nothing any more.

        :return: the token, which is stored nowhere
        :raise AccessError: for those who are no administrators of the hub
        """
        if not self.env.user.has_group("sms_gateway_hub.group_administrator"):
            raise AccessError(
                self.env._("Only administrators of SMS Hub make monitoring tokens.")
            )
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("This is not a company of yours."))
        token = secrets.token_urlsafe(32)
        # sudo: of a company, people change nothing but this
        company.sudo().write(
            {
                "hub_metrics_hash": token_hash(token),
                "hub_metrics_set_at": fields.Datetime.now(),
            }
        )
        return token


class SmsHubMetricsToken(models.AbstractModel):
    """Shows a new monitoring token, this once: nothing of it is stored."""

    _name = "sms.hub.metrics.token"
    _description = "Monitoring token of SMS Hub"

    # the form asks for it when it gets its defaults
    id = fields.Id()
    token = fields.Char(readonly=True)
    address = fields.Char(readonly=True)


def token_hash(token):
    """Return what is stored of a monitoring token to know it by."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
