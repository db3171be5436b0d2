from datetime import datetime, time, timezone

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime, get_lang

from .sms_hub_consent_words import SOURCES, VALUES


class SmsHubMessage(models.Model):
    """What the gate's answer rests on, in words for whoever is asked about it."""

    _inherit = "sms.hub.message"

    evidence_words = fields.Html(
        "Decision",
        compute="_compute_evidence_words",
        sanitize=False,
        exportable=False,
        groups="sms_gateway_hub.group_manager",
    )

    @api.depends("evidence", "released_at", "state", "reason")
    @api.depends_context("uid", "lang", "tz")
    def _compute_evidence_words(self):
        for message in self:
            # sudo: in words it is for managers, too
            evidence = message.sudo().evidence
            lines = message._evidence_lines(evidence) if evidence else []
            lines += message._release_lines()
            message.evidence_words = lines and self.env["ir.qweb"]._render(
                "sms_gateway_hub.sms_hub_message_evidence", {"lines": lines}
            )

    def _evidence_lines(self, evidence):
        """Return ``[(label, text)]`` of what was known when it was decided."""
        lines = [(self.env._("Decided on"), self._moment_words(evidence["decided_at"]))]
        if consent := evidence.get("consent"):
            lines.append((self.env._("Consent"), self._consent_words(consent)))
        if hours := evidence.get("hours"):
            lines += self._hours_lines(hours)
        if caps := evidence.get("caps"):
            texts = [
                self.env._("%(used)s of %(limit)s in %(hours)s hours", **cap)
                for cap in caps
            ]
            lines.append((self.env._("Texts before it"), ", ".join(texts)))
        return lines

    def _release_lines(self):
        """Return who let it go and why, and what stopped it all the same."""
        if not self.released_at:
            return []
        released = self.env._(
            "by %(name)s, on %(day)s (%(why)s)",
            name=self.released_by_id.sudo().name,
            day=self._moment_words(self.released_at),
            why=self.release_note,
        )
        lines = [(self.env._("Released"), released)]
        if self._stopped_after_release():
            day = self._moment_words(self.closed_at)
            lines.append(
                (
                    self.env._("Stopped after that"),
                    self.env._("%(day)s: %(why)s", day=day, why=self.explanation),
                )
            )
        return lines

    def _moment_words(self, moment):
        """Say an instant by the reader's clock.

        :param moment: naive UTC, or ISO 8601, which is UTC where it names no zone
        """
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
        return format_datetime(self.env, moment)

    def _local_words(self, iso):
        """Say a time of another place as the reader writes times.

        :param iso: ISO 8601 without a zone, by the clock of that place
        """
        return format_datetime(self.env, datetime.fromisoformat(iso), tz="UTC")

    def _window_words(self, window):
        """Say the allowed hours of a day as the reader writes times.

        :param window: ``09:00-20:00``; ``24:00`` is the end of the day
        """
        # seconds say nothing here
        pattern = get_lang(self.env).time_format.replace(":%S", "")
        first, last = (
            time(int(text[:2]) % 24, int(text[3:])).strftime(pattern)
            for text in window.split("-")
        )
        return self.env._("%(first)s to %(last)s", first=first, last=last)

    def _consent_words(self, consent):
        value = dict(VALUES).get(consent["state"], consent["state"])
        if not consent.get("since"):
            return value
        return self.env._(
            "%(value)s for %(topic)s, on %(day)s (%(how)s)",
            value=value,
            topic=self._topic_name(consent["scope"]),
            day=self._moment_words(consent["since"]),
            how=dict(SOURCES).get(consent["source"], consent["source"]),
        )

    def _topic_name(self, code):
        """Return a topic's name; one that was removed keeps its code."""
        if code == "all":
            return self.env._("all texts")
        topics = self.env["sms.hub.scope"].with_context(active_test=False)
        return topics.search([("code", "=", code)]).name or code

    def _hours_lines(self, hours):
        """Return whose hours were asked, what time it was there, and the rules."""
        rules = self.env["sms.hub.hours"]._from_evidence(hours["rules"])
        windows = [
            self.env._(
                "%(day)s: %(window)s",
                day=format_date(self.env, day),
                window=self._window_words(window) if window else self.env._("none"),
            )
            for day, window in hours["windows"].items()
        ]
        local = sorted({hours["earliest"], hours["latest"]} - {None})
        where = {
            "preference": self.env._("the contact's own choice"),
            "partner": self.env._("the contact's time zone"),
            "address": self.env._("the contact's address"),
            "number": self.env._("the number"),
            "both": self.env._("address and number, which differ"),
            "country": self.env._("the country"),
            "company": self.env._("the company's time zone"),
            "none": self.env._("nothing; nobody knows"),
        }
        return [
            (
                self.env._("Time there"),
                " / ".join(map(self._local_words, local)) or "?",
            ),
            (self.env._("Time zones"), ", ".join(hours["zones"]) or "?"),
            (self.env._("Known from"), where[hours["step"]]),
            (self.env._("Allowed"), "; ".join(windows)),
            (self.env._("Rules"), ", ".join(rules.mapped("name") or hours["rules"])),
        ]
