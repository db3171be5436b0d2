from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .sms_hub_transitions import WAITING
from .sms_hub_vocabulary import FAILURE_TYPES

#: What a caller may say about an SMS beyond core's fields; read once, not stored here.
TERMS = (
    "hub_company_id",
    "hub_door",
    "hub_purpose",
    "hub_res_model",
    "hub_res_id",
    "hub_template_ref",
    "hub_not_before",
)
#: core's refusals → ours. What core says of a number is not here: the gate has the same
#: answer for every door, and core's mass mode refuses ranges that are merely new.
_REFUSED = {
    "sms_blacklist": "suppressed",
    "sms_optout": "opted_out",
    "sms_duplicate": "duplicate",
}


class SmsSms(models.Model):
    """Core's queue row. For a company with a gateway it only mirrors the ledger.

    The row stays ``outgoing`` while its message waits, because the chatter and the
    mailings read that state after creating it; the marker keeps core from sending it.
    """

    _inherit = "sms.sms"

    hub_managed = fields.Boolean(
        "Sent by SMS Hub", readonly=True, copy=False, index="btree_not_null"
    )
    failure_type = fields.Selection(
        selection_add=[("sms_not_delivered", "Not Delivered"), *FAILURE_TYPES]
    )

    # === DOOR === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `sms`: lead the SMS of companies with a gateway into the ledger."""
        gateways = self.env["sms.hub.gateway"]
        asked = []
        for vals in vals_list:
            terms = self._hub_pop_terms(vals)
            company = self._hub_company(vals, terms)
            if gateways._for_company(company) and self._hub_is_new(vals):
                vals.setdefault("uuid", uuid4().hex)
                vals["hub_managed"] = True
                asked.append(self._hub_prepare(vals, terms, company))
        records = super().create(vals_list)
        if asked:
            self.env["sms.hub.message"]._enqueue(asked)
        return records

    def _hub_pop_terms(self, vals):
        context = self.env.context
        return {
            name: vals.pop(name, None) or context.get(f"default_{name}")
            for name in TERMS
        }

    def _hub_company(self, vals, terms):
        """Explicit company, else the record's, else the mailing's, else the user's."""
        if terms["hub_company_id"]:
            return self.env["res.company"].browse(terms["hub_company_id"])
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id"))
        mailing = self.env["mailing.mailing"].sudo().browse(vals.get("mailing_id"))
        return message.record_company_id or mailing.hub_company_id or self.env.company

    @staticmethod
    def _hub_is_new(vals):
        return vals.get("state", "outgoing") in ("outgoing", "error", "canceled")

    def _hub_prepare(self, vals, terms, company):
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id"))
        door = terms["hub_door"] or ("chatter" if message else "queue")
        return {
            "company": company,
            "door": door,
            "purpose": terms["hub_purpose"],
            "uuid": vals["uuid"],
            "number": vals.get("number"),
            "body": vals.get("body"),
            "partner_id": vals.get("partner_id"),
            "res_model": terms["hub_res_model"] or message.model,
            "res_id": terms["hub_res_id"] or message.res_id,
            "mail_message_id": message.id,
            "mailing_id": vals.get("mailing_id"),
            "template_ref": terms["hub_template_ref"],
            "not_before": terms["hub_not_before"],
            "refused": _REFUSED.get(vals.get("failure_type")),
        }

    def _hub_record_refused(self, values):
        """Put messages that will not be sent into the ledger, with their reason.

        :param values: values of ``sms.sms`` that were dropped before they were made
        """
        gateways, asked = self.env["sms.hub.gateway"], []
        for vals in values:
            terms = self._hub_pop_terms(vals)
            company = self._hub_company(vals, terms)
            if gateways._for_company(company):
                vals.setdefault("uuid", uuid4().hex)
                one = self._hub_prepare(vals, terms, company)
                one["refused"] = vals.get("hub_refused") or one["refused"]
                asked.append(one)
        if asked:
            self.env["sms.hub.message"]._enqueue(asked)

    def _hub_adopt_waiting(self, company):
        """Take over what waits in core's queue for a company, and is not being sent."""
        waiting = (
            self.sudo()
            .search([("state", "=", "outgoing"), ("to_delete", "!=", True)])
            .filtered(
                lambda sms: not sms.hub_managed
                and sms._hub_own_company() == company
            )
            .try_lock_for_update()
        )
        waiting._hub_adopt()

    def _hub_adopt(self):
        """Put SMS that core had queued into the ledger, under their own uuid."""
        self.env["sms.hub.message"]._enqueue(
            [
                self._hub_prepare(
                    {
                        "uuid": sms.uuid,
                        "number": sms.number,
                        "body": sms.body,
                        "partner_id": sms.partner_id.id,
                        "mail_message_id": sms.mail_message_id.id,
                        "mailing_id": sms.mailing_id.id,
                    },
                    dict.fromkeys(TERMS),
                    sms._hub_own_company(),
                )
                for sms in self
            ]
        )
        self.hub_managed = True

    def _hub_own_company(self):
        self.ensure_one()
        if "record_company_id" in self._fields and self.record_company_id:
            return self.record_company_id
        return self._hub_company(
            {
                "mail_message_id": self.mail_message_id.id,
                "mailing_id": self.mailing_id.id,
            },
            dict.fromkeys(TERMS),
        )

    # === CORE'S OWN SENDING === #

    def _hub_messages(self):
        """Return the ledger rows of these SMS."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search([("uuid", "in", self.filtered("hub_managed").mapped("uuid"))])
        )

    def send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Override of `sms`: the dispatcher sends ours, after the commit."""
        others = self.filtered(lambda sms: not sms.hub_managed)
        if others != self:
            self.env["sms.hub.dispatcher"]._wake()
        return super(SmsSms, others).send(
            unlink_failed=unlink_failed,
            unlink_sent=unlink_sent,
            raise_exception=raise_exception,
        )

    def _split_by_api(self):
        """Override of `sms`: never hand ours to one of core's APIs."""
        others = self.filtered(lambda sms: not sms.hub_managed)
        if others:
            yield from super(SmsSms, others)._split_by_api()

    @api.model
    def _process_queue(self):
        """Override of `sms`: core's cron sees only the rows that core sends."""
        core_only = self.with_context(hub_core_queue=True)
        return super(SmsSms, core_only)._process_queue()

    @api.model
    def _search(self, domain, *args, **kwargs):
        # core's cron offers no hook for its domain, and takes the 500 oldest rows:
        # ours that wait would starve everybody else's
        if self.env.context.get("hub_core_queue"):
            domain = Domain(domain) & Domain("hub_managed", "!=", True)
        return super()._search(domain, *args, **kwargs)

    # === CHANGES THAT BELONG TO THE LEDGER === #

    def write(self, vals):
        """Override of `sms`: a changed text or number changes the waiting message."""
        if "body" in vals or "number" in vals:
            self.filtered("hub_managed")._hub_rewrite(vals)
        return super().write(vals)

    def _hub_rewrite(self, vals):
        for message in self._hub_messages():
            changed = {
                name: vals[name]
                for name in ("body", "number")
                if name in vals and vals[name] != message[name]
            }
            if changed:
                self._hub_refuse_if_out(message)
                message._rewrite(**changed)

    def unlink(self):
        """Override of `sms`: deleting a waiting SMS cancels it."""
        messages = self._hub_messages()
        self._hub_refuse_if_out(messages)
        messages._move("cancel", reason="record_deleted")
        return super().unlink()

    def _hub_refuse_if_out(self, messages):
        if any(message.state in ("claimed", "unknown") for message in messages):
            raise UserError(
                self.env._(
                    "This SMS is being handed to the platform, or may have been sent: it "
                    "cannot be changed or deleted any more."
                )
            )

    def action_set_canceled(self):
        """Override of `sms`: cancel in the ledger, if nothing was handed over yet."""
        ours = self.filtered("hub_managed")
        if messages := ours._hub_messages():
            messages.action_cancel()
        return super(SmsSms, self - ours).action_set_canceled()

    def action_set_outgoing(self):
        """Override of `sms`: sending again is a new message."""
        ours = self.filtered("hub_managed")
        if messages := ours._hub_messages():
            messages.filtered(
                lambda one: one.state not in WAITING
            ).action_send_again()
        return super(SmsSms, self - ours).action_set_outgoing()

    def resend_failed(self):
        """Override of `sms`: count what was really queued again."""
        ours = self.filtered("hub_managed")
        if not ours:
            return super().resend_failed()
        again = ours._hub_messages()._send_again()
        if others := self - ours:
            super(SmsSms, others).resend_failed()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if again else "warning",
                "message": self.env._(
                    "%(count)s of %(total)s SMS are queued again.",
                    count=len(again),
                    total=len(self),
                ),
            },
        }
