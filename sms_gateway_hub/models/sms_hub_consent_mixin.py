from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..policy.consent import Consent
from ..policy.identity import canonical
from ..tools.consent_state import EVERYTHING, standing
from .sms_hub_consent_words import VALUES

_USER = "sms_gateway_hub.group_user"
_SCOPES = ("marketing", EVERYTHING)


class SmsHubConsentMixin(models.AbstractModel):
    """Records with a phone that show, record and withdraw consent to marketing.

    For any model that inherits ``mail.thread.phone``.
    """

    _name = "sms.hub.consent.mixin"
    _description = "Record with consent to SMS"

    hub_consent_state = fields.Selection(
        VALUES,
        "Marketing by SMS",
        compute="_compute_hub_consent",
        search="_search_hub_consent_state",
        groups=_USER,
    )
    hub_consent_hint = fields.Char(
        "Consent Recorded", compute="_compute_hub_consent", groups=_USER
    )
    hub_may_market = fields.Boolean(
        "May Get Marketing Texts",
        compute="_compute_hub_may_market",
        search="_search_hub_may_market",
        groups=_USER,
    )

    def _hub_consent_company(self):
        """Return the company in whose ledger consent of this record stands."""
        company = self.company_id if "company_id" in self._fields else None
        return company or self.env.company

    @api.depends("phone_sanitized", "phone_sanitized_blacklisted")
    @api.depends_context("company", "lang")
    def _compute_hub_consent(self):
        sources = dict(
            self.env["sms.hub.consent"]
            ._fields["source"]
            ._description_selection(self.env)
        )
        for company, records in self.grouped(
            lambda one: one._hub_consent_company()
        ).items():
            numbers = [record.phone_sanitized or "" for record in records]
            known = self.env["sms.hub.consent"]._states(company, numbers)
            for record, number in zip(records, numbers, strict=True):
                states = known.get(canonical(number), {})
                record._show_consent(standing(states, _SCOPES), sources)

    def _show_consent(self, found, sources):
        """Put one number's state into words.

        :param found: scope and state, as :func:`standing` returns them
        """
        scope, state = found
        if not self.phone_sanitized:
            self.hub_consent_state = self.hub_consent_hint = False
        elif state and (
            state.value is Consent.REFUSED or not self.phone_sanitized_blacklisted
        ):
            source, day = sources[state.source], format_date(self.env, state.since)
            everything = scope == EVERYTHING and state.value is Consent.REFUSED
            self.hub_consent_state = state.value.value
            self.hub_consent_hint = (
                self.env._("All texts. %(origin)s, %(day)s", origin=source, day=day)
                if everything
                else f"{source}, {day}"
            )
        elif self.phone_sanitized_blacklisted:
            self.hub_consent_state = "refused"
            self.hub_consent_hint = self.env._("All texts. Phone blacklist")
        else:
            self.hub_consent_state = "none"
            self.hub_consent_hint = False

    @api.model
    def _search_hub_consent_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        consents, company = self.env["sms.hub.consent"], self.env.company
        wanted = {one for one in value if one}
        listed = Domain("phone_sanitized_blacklisted", "=", True)
        found = [
            Domain("phone_sanitized", "in", consents._spellings_with(company, [one]))
            & (Domain.TRUE if one == "refused" else ~listed)
            for one in wanted - {"none"}
        ]
        if "refused" in wanted:
            found.append(listed)
        if "none" in wanted:
            others = [code for code, _label in VALUES if code != "none"]
            known = consents._spellings_with(company, others)
            found.append(
                Domain("phone_sanitized", "!=", False)
                & Domain("phone_sanitized", "not in", known)
                & ~listed
            )
        if wanted != set(value):
            found.append(Domain("phone_sanitized", "=", False))
        return Domain.OR(found)

    @api.depends("phone_sanitized", "phone_sanitized_blacklisted")
    @api.depends_context("company")
    def _compute_hub_may_market(self):
        allowed = self.filtered_domain(self._search_hub_may_market("in", [True]))
        for record in self:
            record.hub_may_market = record in allowed

    @api.model
    def _search_hub_may_market(self, operator, value):
        """Find who could get marketing now, as far as consent goes.

        Numbers of the United States need a proof. They share their country code with
        Canada, and a search cannot tell the two apart: it leaves both out.
        """
        if operator != "in" or True not in value:
            return NotImplemented
        state = "hub_consent_state"
        if self.env.company.hub_marketing_consent != "required":
            refused = Domain(state, "=", "refused")
            return Domain("phone_sanitized", "!=", False) & ~refused
        unproven = Domain(state, "=", "unproven")
        american = Domain("phone_sanitized", "=like", "+1%")
        return Domain(state, "=", "granted") | (unproven & ~american)

    # === BUTTONS === #

    def action_hub_record_consent(self):
        """Ask what the person agreed to."""
        return self._hub_ask("granted", self.env._("Record Consent"))

    def action_hub_withdraw_consent(self):
        """Ask what the person refused."""
        return self._hub_ask("refused", self.env._("Withdraw Consent"))

    def _hub_ask(self, action, name):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "sms.hub.consent.entry",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_action": action,
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    def action_hub_evidence(self):
        """Print everything that is on record about the number of this record."""
        self.ensure_one()
        number = canonical(self.phone_sanitized or "")
        company = self._hub_consent_company()
        return self.env["sms.hub.consent.chain"]._print_evidence(company, number)
