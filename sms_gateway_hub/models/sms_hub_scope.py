from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.consent_state import EVERYTHING
from .sms_hub_consent_words import PURPOSES


class SmsHubScope(models.Model):
    """What a person can agree to or refuse: a purpose, or a topic within one."""

    _name = "sms.hub.scope"
    _description = "Topic of SMS"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Stands in consent records for ever, so it cannot be changed later.",
    )
    purpose = fields.Selection(
        PURPOSES,
        required=True,
        default="marketing",
        help="Cannot be changed once somebody agreed to the topic or refused it.",
    )
    description = fields.Char(
        translate=True, help="What people read on the page where they choose."
    )
    wording = fields.Text(
        "Consent Wording",
        translate=True,
        help="What a person agrees to, proposed whenever consent is recorded.",
    )
    wording_version = fields.Char(
        "Version",
        default="1",
        help="Change it together with the wording, so that each consent tells which "
        "one it was.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _unique_code = models.Constraint("unique (code)", "This code is used already.")

    @api.constrains("code")
    def _check_code(self):
        for scope in self:
            if scope.code == EVERYTHING:
                raise ValidationError(
                    self.env._("“all” stands for every text. Choose another code.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: the names are kept at hand."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `base`: entries of the ledger name a topic by its code."""
        if "code" in vals and any(scope.code != vals["code"] for scope in self):
            raise UserError(
                self.env._(
                    "Consent was recorded under this code, so it cannot be changed. "
                    "Archive the topic and create another one."
                )
            )
        if any(scope.purpose != vals.get("purpose", scope.purpose) for scope in self):
            self._check_not_recorded()
        self.env.registry.clear_cache()
        return super().write(vals)

    def _check_not_recorded(self):
        """Refuse another purpose: nobody agreed to that."""
        events = self.env["sms.hub.consent.event"].sudo()
        if events.search_count([("scope", "in", self.mapped("code"))], limit=1):
            raise UserError(
                self.env._(
                    "People agreed to this topic or refused it, so its purpose cannot "
                    "be changed. Archive the topic and create another one."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        """Refuse to delete a topic: the ledger would no longer say what it means."""
        raise UserError(
            self.env._(
                "A topic cannot be deleted, as consent may rest on it. Archive it."
            )
        )

    def _check_for_marketing(self):
        """Refuse topics of another purpose where marketing rests on them."""
        if any(scope.purpose != "marketing" for scope in self):
            raise ValidationError(
                self.env._(
                    "Choose a topic of marketing: the others cover no marketing."
                )
            )

    @api.model
    def _names(self):
        """Return the names of topics by code: archived ones and ``all`` too."""
        return {code: name for code, (name, _purpose) in self._topics().items()}

    @api.model
    def _topics(self):
        """Return name and purpose by code, as :meth:`_names` does."""
        return {EVERYTHING: (self.env._("All texts"), None), **self._topics_by_code()}

    @api.model
    @tools.ormcache("self.env.lang")
    def _topics_by_code(self):
        scopes = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        return {scope.code: (scope.name, scope.purpose) for scope in scopes}
