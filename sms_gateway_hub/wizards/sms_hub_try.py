from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..models.sms_hub_gate_known import is_phone
from ..models.sms_hub_terms import CHOICES
from ..models.sms_hub_vocabulary import REASON_WORDS
from ..policy import Verdict

#: Any text will do: the question is about the person and the hour.
_SAMPLE = "?"
#: Zones that are listed one by one.
_ZONES_SHOWN = 6
#: The fields that the gate fills in.
_ANSWER = (
    *("verdict", "answer", "why", "advice"),
    *("zones", "opens", "hours_ids", "caps", "consent"),
)


class SmsHubTry(models.TransientModel):
    """Asks the gate about one person and one moment, and sends nothing."""

    _name = "sms.hub.try"
    _description = "When may I text?"

    # the gate looks wherever it is told to, so nobody names another company
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        help="Optional. Address and time zone of the contact count, too.",
    )
    number = fields.Char(
        compute="_compute_number", store=True, readonly=False, compute_sudo=False
    )
    purpose = fields.Selection(
        CHOICES, "Kind of Text", default="marketing", required=True
    )
    at = fields.Datetime("When", help="Empty: now.")

    verdict = fields.Selection(
        [("allow", "Goes out"), ("hold", "Waits"), ("deny", "Refused")],
        compute="_compute_answer",
    )
    answer = fields.Char(compute="_compute_answer")
    why = fields.Char(compute="_compute_answer")
    advice = fields.Char("What You Can Do", compute="_compute_answer")
    zones = fields.Text("Local Time", compute="_compute_answer")
    hours_ids = fields.Many2many(
        "sms.hub.hours", string="Hours That Hold There", compute="_compute_answer"
    )
    opens = fields.Char("Hours", compute="_compute_answer")
    caps = fields.Text("Texts So Far", compute="_compute_answer")
    consent = fields.Char(compute="_compute_answer")

    @api.depends_context("company")
    def _compute_company_id(self):
        self.company_id = self.env.company

    @api.depends("partner_id")
    def _compute_number(self):
        for box in self:
            box.number = box.partner_id.phone or box.number

    @api.depends("company_id", "partner_id", "number", "purpose", "at")
    @api.depends_context("lang", "tz")
    def _compute_answer(self):
        for box in self:
            box.update(dict.fromkeys(_ANSWER, False))
            if box.number and box.purpose:
                box._ask()

    # === ASKING === #

    def _ask(self):
        gateway = self._gateway()
        item = self._item(gateway)
        [judgement] = self.env["sms.hub.gate"]._judge(gateway, [item])
        decision, evidence = judgement.decision, judgement.evidence or {}
        hours = evidence.get("hours", {})
        words = REASON_WORDS.get(decision.reason and decision.reason.value)
        self.verdict = decision.verdict.value
        self.answer = self._sentence(item["number"], decision, hours)
        self.why = words and str(words[1])
        self.advice = words and str(words[2])
        self.zones = self._zone_words(hours)
        self.opens = self._opening_words(judgement.facts.hours)
        self.hours_ids = self.env["sms.hub.hours"]._from_evidence(
            hours.get("rules", ())
        )
        self.caps = self._cap_words(evidence.get("caps", ()))
        self.consent = self._consent_words(evidence.get("consent"))

    def _item(self, gateway):
        """Return the message that a person would send, as the gate asks for it."""
        partner = self.partner_id._origin
        partner.check_access("read")
        [(number, has_country)] = self.env["sms.hub.message"]._canonical_numbers(
            self.company_id,
            [{"number": self.number, "partner_id": partner.id}],
        )
        item = {
            "number": number,
            "has_country": has_country,
            "body": _SAMPLE,
            "segments": 1,
            "purpose": self.purpose,
            "door": "chatter",
            "sender_id": False,
            "partner_id": partner.id,
            "not_before": self.at or None,
            "expires_at": None,
        }
        if gateway.id:
            self.env["sms.hub.router"]._assign(self.company_id, [item])
        return item

    def _gateway(self):
        """Return the company's gateway, or one as it would be before there is any."""
        gateways = self.env["sms.hub.gateway"]
        company = self.company_id
        return gateways._for_company(company) or gateways.new(
            {"company_id": company.id}
        )

    # === IN WORDS === #

    def _sentence(self, number, decision, hours):
        """Return the answer in one sentence."""
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        known = {"number": self._shown(number), "kind": purposes[self.purpose]}
        if decision.verdict is Verdict.DENY:
            return self.env._("%(number)s, %(kind)s: refused.", **known)
        if decision.verdict is Verdict.HOLD and not decision.until:
            return self.env._("%(number)s, %(kind)s: waits for a person.", **known)
        moment = decision.until or self.at
        if not moment:
            return self.env._("%(number)s, %(kind)s: goes out now.", **known)
        known["when"] = self._moment(moment, hours.get("zones", ()))
        if decision.verdict is Verdict.HOLD:
            return self.env._("%(number)s, %(kind)s: waits until %(when)s.", **known)
        return self.env._("%(number)s, %(kind)s: goes out on %(when)s.", **known)

    def _shown(self, number):
        """Return the number as people write it."""
        if not is_phone(number):
            return number
        return self.env["res.partner"]._phone_format_number(
            number, self.company_id.country_id, force_format="INTERNATIONAL"
        )

    def _moment(self, moment, zones):
        """Return a moment on the clock of the recipient, or else of the user."""
        zone = zones[0] if len(zones) == 1 else self.env.tz.zone
        when = format_datetime(
            self.env, _naive(moment), tz=zone, dt_format="EEEE d MMMM, HH:mm"
        )
        return self.env._("%(when)s (%(place)s)", when=when, place=_city(zone))

    def _zone_words(self, hours):
        """Return the zones where the person may be, each with its time."""
        zones = hours.get("zones", ())
        at = (self.at or fields.Datetime.now()).replace(tzinfo=timezone.utc)
        lines = [
            f"{_city(zone)}: {at.astimezone(ZoneInfo(zone)):%H:%M}"
            for zone in zones[:_ZONES_SHOWN]
        ]
        if more := len(zones) - len(lines):
            lines.append(self.env._("and %(count)s more zones", count=more))
        return "\n".join(lines)

    def _opening_words(self, hours):
        """Return whether the hours are open, whatever else stands in the way."""
        if not hours:
            return False
        at = (self.at or fields.Datetime.now()).replace(tzinfo=timezone.utc)
        opening = hours.next_open(at)
        if not opening:
            return self.env._("No hour suits all places where the person may be")
        if opening == at:
            return self.env._("Open")
        return self.env._(
            "Closed until %(when)s", when=self._moment(opening, hours.zones)
        )

    def _cap_words(self, caps):
        return "\n".join(
            self.env._(
                "%(used)s of %(limit)s texts in %(span)s",
                used=cap["used"],
                limit=cap["limit"],
                span=self._span_words(cap["hours"]),
            )
            for cap in caps
        )

    def _span_words(self, hours):
        days, rest = divmod(hours, 24)
        if rest or days < 2:
            return self.env._("%(count)s hours", count=hours)
        return self.env._("%(count)s days", count=days)

    def _consent_words(self, consent):
        """Return what is known about the person's will."""
        if not consent:
            return False
        state = self._consent_states().get(consent["state"], consent["state"])
        if not consent["since"]:
            return state
        return self.env._(
            "%(state)s, since %(day)s",
            state=state,
            day=format_date(self.env, consent["since"][:10]),
        )

    def _consent_states(self):
        translate = self.env._
        return {
            "none": translate("Nothing is recorded"),
            "pending": translate("Asked, not confirmed yet"),
            "granted": translate("Agreed, with a proof"),
            "unproven": translate("Agreed, without a proof"),
            "expired": translate("Agreed, but too long ago"),
            "refused": translate("Refused"),
        }


def _city(zone):
    """Return what people call a zone: ``America/New_York`` is New York."""
    return zone.rpartition("/")[2].replace("_", " ")


def _naive(moment):
    """Return an instant as Odoo stores it; naive ones are."""
    if moment.tzinfo:
        return moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment
