import logging

from odoo import fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .sms_hub_terms import CHOICES, Terms

_logger = logging.getLogger(__name__)

#: What Odoo answers by repeating the whole save.
_REPEATED_BY_ODOO = (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)


class IrActionsServer(models.Model):
    """The door of automation: it never stands in the way of somebody's save."""

    _inherit = "ir.actions.server"

    hub_purpose = fields.Selection(
        CHOICES,
        "SMS Purpose",
        help="What this automation texts for. It decides whether consent is needed.",
    )

    hub_sender_id = fields.Many2one(
        "sms.hub.sender",
        "Send From",
        ondelete="restrict",
        help="Empty: the sender of the conversation, of the country, or the first one. "
        "Companies that this sender is not of go on with their own.",
    )

    def _run_action_sms_multi(self, eval_context=None):
        """Override of `sms`: one bad record costs neither the save nor the others."""
        context = eval_context or {}
        records = context.get("records") or context.get("record")
        if not records or not self.sms_template_id or self._is_recompute():
            return super()._run_action_sms_multi(eval_context=eval_context)
        gateways = self.env["sms.hub.gateway"]
        companies = records.sudo()._mail_get_companies(default=self.env.company)
        ours = records.filtered(lambda one: gateways._for_company(companies[one.id]))
        if others := records - ours:
            super()._run_action_sms_multi({**context, "records": others})
        if ours:
            # what the user changed is checked first, and as the user's own
            self.env.flush_all()
            self._hub_text(ours)
        return False

    def _hub_text(self, records):
        """Text the records; those that go wrong become blocked rows, never an error."""
        try:
            with self.env.cr.savepoint():
                self._hub_composer(records)._action_send_sms()
        except _REPEATED_BY_ODOO:
            raise
        except Exception:
            # a template that does not render must not undo the user's change
            if len(records) > 1:
                for record in records:
                    self._hub_text(record)
                return
            _logger.warning(
                "SMS action %s failed on %s.", self.id, records, exc_info=True
            )
            self.env["sms.sms"]._hub_record_refused(
                [self._hub_refusal(records, "text_not_rendered")]
            )

    def _hub_composer(self, records):
        comment = self.sms_method == "comment"
        return (
            self.env["sms.composer"]
            .with_context(
                default_res_model=records._name,
                default_res_ids=str(records.ids),
                default_composition_mode="comment" if comment else "mass",
                default_template_id=self.sms_template_id.id,
                default_mass_keep_log=self.sms_method == "note",
                default_hub_purpose=self._hub_purpose(),
                hub_terms=Terms(
                    hub_door="automation", hub_sender_id=self.hub_sender_id.id
                ),
            )
            .create({})
        )

    def _hub_purpose(self):
        """Where nobody said what it is for, the purpose with most rules is safe."""
        return self.hub_purpose or "marketing"

    def _hub_refusal(self, record, reason):
        info = record._sms_get_recipients_info()[record.id]
        company = record.sudo()._mail_get_companies(default=self.env.company)
        return {
            "number": info["sanitized"] or info["number"],
            "partner_id": info["partner"].id,
            "body": self.sms_template_id.body,
            "hub_company_id": company[record.id].id,
            "hub_door": "automation",
            "hub_purpose": self._hub_purpose(),
            "hub_sender_id": self.hub_sender_id.id,
            "hub_res_model": record._name,
            "hub_res_id": record.id,
            "hub_refused": reason,
        }
