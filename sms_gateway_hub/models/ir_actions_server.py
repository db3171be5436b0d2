import logging

from psycopg2 import errors

from odoo import fields, models

from .sms_hub_vocabulary import PURPOSES

_logger = logging.getLogger(__name__)


class IrActionsServer(models.Model):
    """The door of automation: it never stands in the way of somebody's save."""

    _inherit = "ir.actions.server"

    hub_purpose = fields.Selection(
        [choice for choice in PURPOSES if choice[0] in ("transactional", "marketing")],
        "SMS Purpose",
        help="What this automation texts for. It decides whether consent is needed.",
    )

    def _run_action_sms_multi(self, eval_context=None):
        """Override of `sms`: one bad record costs neither the save nor the others."""
        records = (eval_context or {}).get("records") or (eval_context or {}).get("record")
        if not records or not self.sms_template_id or self._is_recompute():
            return super()._run_action_sms_multi(eval_context=eval_context)
        gateways = self.env["sms.hub.gateway"]
        ours = records.filtered(
            lambda record: gateways._for_company(
                record.company_id
                if "company_id" in record and record.company_id
                else self.env.company
            )
        )
        if others := records - ours:
            super()._run_action_sms_multi({**eval_context, "records": others})
        for record in ours:
            self._hub_text(record)
        return False

    def _hub_text(self, record):
        """Text one record; what goes wrong becomes a blocked row, never an error."""
        try:
            with self.env.cr.savepoint():
                self._hub_composer(record)._action_send_sms()
        except (errors.SerializationFailure, errors.DeadlockDetected):
            raise  # Odoo repeats the whole save
        except Exception:
            # a template that does not render must not undo the user's change
            _logger.warning(
                "SMS action %s failed on %s.", self.id, record, exc_info=True
            )
            self.env["sms.sms"]._hub_record_refused(
                [self._hub_refusal(record, "text_not_rendered")]
            )

    def _hub_composer(self, record):
        comment = self.sms_method == "comment"
        return (
            self.env["sms.composer"]
            .with_context(
                default_res_model=record._name,
                default_res_ids=str(record.ids),
                default_composition_mode="comment" if comment else "mass",
                default_template_id=self.sms_template_id.id,
                default_mass_keep_log=self.sms_method == "note",
                default_hub_purpose=self.hub_purpose or "marketing",
                default_hub_door="automation",
            )
            .create({})
        )

    def _hub_refusal(self, record, reason):
        info = record._sms_get_recipients_info()[record.id]
        company = record.company_id if "company_id" in record else None
        return {
            "number": info["sanitized"] or info["number"],
            "partner_id": info["partner"].id,
            "body": self.sms_template_id.body,
            "hub_company_id": (company or self.env.company).id,
            "hub_door": "automation",
            "hub_purpose": self.hub_purpose or "marketing",
            "hub_res_model": record._name,
            "hub_res_id": record.id,
            "hub_refused": reason,
        }
