from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..models.sms_hub_choice import OWN
from ..models.sms_hub_consent_words import SOURCES
from ..tools.consent_list import is_web_address
from ..tools.consent_state import EVERYTHING

#: Where a person at a desk may say that a statement came from. The others speak for
#: themselves: a reply, a page, an operator.
_TOLD = ("form", "verbal", "contract", "customer", "agent", "api")


class SmsHubConsentEntry(models.TransientModel):
    """What somebody agreed to or refused, as told to whoever enters it."""

    _name = "sms.hub.consent.entry"
    _description = "Statement of Consent"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    record_name = fields.Char("Person", compute="_compute_record")
    number = fields.Char(compute="_compute_record")
    company_id = fields.Many2one("res.company", compute="_compute_record")
    action = fields.Selection(
        [
            ("granted", "Agreed"),
            ("refused", "Refused"),
            ("released", "Takes the refusal back"),
        ],
        "The person",
        required=True,
        default="granted",
    )
    scope_id = fields.Many2one("sms.hub.scope", "Topic")
    everything = fields.Boolean(
        "All texts", help="Not only this topic, and at all companies of this database."
    )
    source = fields.Selection(
        [choice for choice in SOURCES if choice[0] in _TOLD],
        "How We Know",
        required=True,
    )
    happened_at = fields.Datetime(
        "When", required=True, default=fields.Datetime.now, help="When it was said."
    )
    wording = fields.Text(
        compute="_compute_wording",
        store=True,
        readonly=False,
        help="What the person read or heard before agreeing.",
    )
    wording_version = fields.Char(
        "Version", compute="_compute_wording", store=True, readonly=False
    )
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language",
        compute="_compute_lang",
        store=True,
        readonly=False,
    )
    proof = fields.Binary("Proof on File", help="A scan, a recording, a picture.")
    proof_name = fields.Char()
    evidence_url = fields.Char("Proof on the Web")
    note = fields.Text("Reason")

    # === PROPOSALS === #

    @api.model
    def default_get(self, fields_list):
        """Override of `base`: most statements are about marketing."""
        values = super().default_get(fields_list)
        if "scope_id" in fields_list and not values.get("scope_id"):
            topic = self.env.ref(
                "sms_gateway_hub.scope_marketing", raise_if_not_found=False
            )
            values["scope_id"] = topic and topic.id
        refusal = values.get("action") == "refused"
        values.setdefault("source", "agent" if refusal else "form")
        return values

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        for entry in self:
            record = entry._record()
            entry.record_name = record.display_name
            entry.number = record.phone_sanitized
            entry.company_id = record._hub_consent_company()

    @api.depends("res_model", "res_id")
    def _compute_lang(self):
        for entry in self:
            record = entry._record()
            partner = record._hub_own_contact()
            entry.lang = partner.lang or self.env.lang

    @api.depends("scope_id", "action", "everything", "lang")
    def _compute_wording(self):
        for entry in self:
            topic = entry.scope_id.with_context(lang=entry.lang)
            agreed = entry.action == "granted" and not entry.everything
            entry.wording = agreed and topic.wording
            entry.wording_version = bool(entry.wording) and topic.wording_version

    def _record(self):
        """Return the record, whose model has to be one with consent."""
        model = self.env.get(self.res_model)
        if model is None or not isinstance(
            model, self.env.registry["sms.hub.consent.mixin"]
        ):
            raise UserError(self.env._("This kind of record has no consent."))
        return model.browse(self.res_id)

    # === RECORDING === #

    def action_record(self):
        """Append the statement to the ledger."""
        self.ensure_one()
        record = self._record()
        record.check_access("write")
        manager = self.env.user.has_group("sms_gateway_hub.group_manager")
        if self.action == "released" and not manager:
            raise AccessError(
                self.env._("Only a manager takes a refusal back, at the person's wish.")
            )
        self._check_statement()
        entry = self._entry(record)
        if self.action != "refused":
            self._check_refusals(entry, manager)
        self.env["sms.hub.consent"]._record([entry])
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _entry(self, record):
        """Return the statement as the ledger takes it."""
        return {
            "company": self.company_id,
            "number": self.number,
            "scope": EVERYTHING if self.everything else self.scope_id.code,
            "action": self.action,
            "source": self.source,
            "happened_at": self.happened_at,
            "wording": self.wording,
            "wording_version": self.wording_version,
            "lang": self.lang,
            "evidence_url": (self.evidence_url or "").strip(),
            "attachment": self._file(),
            "res_model": record._name,
            "res_id": record.id,
            "record_name": record.display_name,
            "note": self.note,
        }

    def _check_statement(self):
        """Tell what is missing, in words, before the ledger refuses it."""
        if not self.number:
            raise UserError(
                self.env._("There is no phone number that could be texted. Enter one.")
            )
        if self.happened_at > fields.Datetime.now():
            raise UserError(self.env._("“When” lies in the future. Correct it."))
        if not (self.everything or self.scope_id):
            raise UserError(self.env._("Choose a topic, or all texts."))
        if self.action == "granted" and self.everything:
            raise UserError(
                self.env._("Nobody can agree to all texts. Choose a topic instead.")
            )
        if self.action != "granted" and not (self.note or "").strip():
            raise UserError(self.env._("Write down the reason, in a few words."))
        address = (self.evidence_url or "").strip()
        if address and not is_web_address(address):
            raise UserError(
                self.env._(
                    "“Proof on the Web” has to be the address of a page or file, "
                    "beginning with https://. Correct it, or leave it empty."
                )
            )

    def _check_refusals(self, entry, manager):
        """Let nobody's word undo what the person said: not alone, and not later.

        :param entry: what would be recorded
        :param manager: whether the user may lift what staff entered
        """
        standing = self._refusals_against(entry)
        if not standing:
            return
        last = max(refusal.since for refusal in standing)
        # a consent of the same moment changes nothing, so it has to be later
        released = self.action == "released"
        if self.happened_at < last or (self.happened_at == last and not released):
            raise UserError(
                self.env._(
                    "This person refused later, on %(date)s. What was said before does "
                    "not count any more.",
                    date=format_datetime(self.env, last),
                )
            )
        if self.env["sms.hub.choice"]._to_confirm(entry)["action"] == "requested":
            raise UserError(
                self.env._(
                    "This person refused, so nobody asks them by text to confirm a "
                    "consent. A manager has to take the refusal back first."
                )
            )
        if entry["attachment"] or entry["evidence_url"]:
            return
        if any(refusal.source in OWN for refusal in standing):
            raise UserError(
                self.env._(
                    "This person refused by a text or on the opt-out page. Add a file "
                    "or a web address that proves that they changed their mind, or let "
                    "them do it the same way."
                )
            )
        if not manager:
            raise AccessError(
                self.env._(
                    "This person refused. Add a file or a web address that proves "
                    "that they changed their mind, or ask a manager."
                )
            )

    def _refusals_against(self, entry):
        """Return the refusals that stand against a statement.

        Those of all texts hold at every company.
        """
        wide = self.everything or self.action == "granted"
        found = self.env["sms.hub.consent"]._refusals([self.number])
        return [
            refusal
            for (company, _number), refusals in found.items()
            for refusal in refusals
            if (wide and refusal.scope == EVERYTHING)
            or (company == self.company_id.id and refusal.scope == entry["scope"])
        ]

    def _file(self):
        """Return the attachment behind the proof; the ledger copies it."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("res_field", "=", "proof"),
                ],
                limit=1,
            )
        )
