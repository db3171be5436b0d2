from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

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
        if operator not in ("in", "not in"):
            return NotImplemented
        codes = {code for code, _label in VALUES}
        wanted = {code or False for code in value} & (codes | {False})
        if operator == "not in":
            wanted = (codes | {False}) - wanted
        spellings = self.env["sms.hub.consent"]._spellings_with
        nobody = Domain("phone_sanitized", "=", False)
        if wanted == codes:
            return ~nobody
        if "none" in wanted:
            # most of them are in no table: whoever is not among the others
            others = self._hub_among(
                spellings(self.env.company, sorted(codes - wanted)), inside=False
            )
            return others if False in wanted else ~nobody & others
        if not wanted - {False}:
            return nobody if wanted else Domain.FALSE
        among = self._hub_among(spellings(self.env.company, sorted(wanted - {False})))
        return nobody | among if False in wanted else among

    def _hub_among(self, spellings, inside=True):
        """Return the domain of those whose number is in a query, or is not.

        The database joins the two, whatever their size. Core would fetch the ids of
        one side, or have the other one searched from end to end for every record.

        :param spellings: SQL, with one column ``spelling``
        """

        def to_sql(model, alias, query):
            number = model._field_to_sql(alias, "phone_sanitized", query)
            return SQL(
                "%s (SELECT FROM (%s) AS known WHERE known.spelling = %s)",
                SQL("EXISTS" if inside else "NOT EXISTS"),
                spellings,
                number,
            )

        return Domain.custom(to_sql=to_sql)

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
        company = self.env.company
        if company.hub_marketing_consent != "required":
            return self._search_hub_consent_state("not in", ["refused", False])
        spellings = self.env["sms.hub.consent"]._spellings_with
        return self._hub_among(
            SQL(
                """
                %s UNION ALL
                SELECT spelling FROM (%s) AS unproven WHERE spelling NOT LIKE '+1%%'
                """,
                spellings(company, ["granted"]),
                spellings(company, ["unproven"]),
            )
        )

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
