from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class SmsHubMessage(models.Model):
    """Who may read a message: whoever may read the record it is about."""

    _inherit = "sms.hub.message"

    # === READING === #

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        """Override of `base`: add the record rules of what the messages are about."""
        if not bypass_access and not self._sees_everything():
            domain = Domain(domain) & self._readable_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        """Override of `base`: forbid messages about records one may not read."""
        result = super()._check_access(operation)
        if self._sees_everything() or not any(self._ids):
            return result
        allowed = self.sudo().search(
            Domain("id", "in", self.ids) & self._readable_domain()
        )
        forbidden = self - self.browse(allowed._ids)
        if not forbidden:
            return result
        if result:
            forbidden |= result[0]
        return forbidden, lambda: AccessError(
            self.env._("You may read a text only if you may read what it is about.")
        )

    def _sees_everything(self):
        return self.env.su or self.env.user.has_group("sms_gateway_hub.group_manager")

    def _readable_domain(self):
        """Messages about readable records, and one's own that are about no record.

        Record rules travel as sub-selects, so that the ids of what somebody may read
        are never listed.
        """
        own = Domain("author_id", "=", self.env.uid) & Domain("res_model", "=", False)
        domains = [own]
        for model in self._used_models():
            records = self.env[model]
            if records.has_access("read"):
                # archiving a record does not hide its history
                query = records.with_context(active_test=False)._search(Domain.TRUE)
                domains.append(
                    Domain("res_model", "=", model)
                    & Domain("res_id", "in", query.subselect())
                )
        return Domain.OR(domains)

    def _used_models(self):
        """Return the models the ledger is about, by jumps over the index."""
        self.flush_model(["res_model"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE used AS (
                    (SELECT res_model FROM sms_hub_message
                      WHERE res_model IS NOT NULL ORDER BY res_model LIMIT 1)
                    UNION ALL
                    SELECT (SELECT m.res_model FROM sms_hub_message m
                             WHERE m.res_model > used.res_model
                             ORDER BY m.res_model LIMIT 1)
                      FROM used WHERE used.res_model IS NOT NULL)
                SELECT res_model FROM used WHERE res_model IS NOT NULL
                """
            )
        )
        return [model for (model,) in rows if model in self.env]

    # === EXPORTING === #

    def fields_get(self, allfields=None, attributes=None):
        """Override of `base`: do not offer what only programs can read.

        Own filters and groupings offer every field; ``record_name`` says the same in
        words. They cannot have a group: the rules above search by them.
        """
        described = super().fields_get(allfields, attributes)
        if not self.env.user.has_group("sms_gateway_hub.group_administrator"):
            for name in ("res_model", "res_id"):
                described.pop(name, None)
        return described

    def export_data(self, fields_to_export):
        """Override of `base`: taking texts and numbers out is a right of its own."""
        self._check_export()
        return super().export_data(fields_to_export)

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Override of `base`: also by way of another record's export."""
        self._check_export()
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    def _check_export(self):
        user = self.env.user
        if not self.env.su and not user.has_group("sms_gateway_hub.group_export"):
            raise AccessError(
                self.env._(
                    "Exporting messages needs the right “Export SMS logs”. Ask an "
                    "administrator for it."
                )
            )

    # === RECORDS THAT MOVE === #

    @api.model
    def _follow_merge(self, model, source_ids, target_id):
        """Let the history of merged records stand on the record that remains."""
        self.sudo().search(
            [("res_model", "=", model), ("res_id", "in", source_ids)]
        ).write({"res_id": target_id})

    @api.model
    def _name_customer(self, records, partner_id):
        """Let the history of records stand with the customer they got meanwhile."""
        self.sudo().search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("partner_id", "=", False),
            ]
        ).write({"partner_id": partner_id})

    @api.model
    def _leave_records(self, records):
        """Cancel what waits for records about to be deleted; keep their history.

        The history moves to the customer, if there is one left.
        """
        messages = self.sudo().search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        )
        if not messages:
            return
        if messages._move("cancel", reason="record_deleted"):
            self.env["sms.hub.mirror"]._wake()
        if records._name == "res.partner":
            return
        for partner, group in messages.grouped("partner_id").items():
            if partner:
                group.write({"res_model": "res.partner", "res_id": partner.id})
