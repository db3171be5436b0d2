from odoo import api, models


class MergePartnerAutomatic(models.TransientModel):
    """Merging contacts keeps their SMS history together."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        """Override of `base`: messages name their record by model and id."""
        result = super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
        self.env["sms.hub.message"]._follow_merge(
            referenced_model, src_records.ids, dst_record.id
        )
        return result
