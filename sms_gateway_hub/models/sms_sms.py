from uuid import uuid4

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from .sms_hub_terms import Terms
from .sms_hub_transitions import OUT
from .sms_hub_vocabulary import FAILURE_TYPES

#: What a caller may say about an SMS beyond core's fields, in its values or, where core
#: lies in between, as ``hub_terms`` in the context. Read once, not stored here.
TERMS = (
    "hub_company_id",
    "hub_door",
    "hub_purpose",
    "hub_res_model",
    "hub_res_id",
    "hub_template_ref",
    "hub_not_before",
    "hub_scope_id",
    "hub_batch_size",
    "hub_batch_ref",
    "hub_sender_id",
)
#: core's refusals → ours. What core says of a number is not here: the gate has the same
#: answer for every door, and core's mass mode refuses ranges that are merely new.
_REFUSED = {
    "sms_blacklist": "suppressed",
    "sms_optout": "opted_out",
    "sms_duplicate": "duplicate",
}
#: core's word on a number, which the gate judges anew
_REJUDGED = ("sms_number_missing", "sms_number_format")


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
        """Override of `sms`: lead companies with a gateway into the ledger."""
        asked = []
        of_posts = self._hub_of_posts(vals_list)
        for vals in vals_list:
            one = self._hub_asked(vals, of_posts)
            if one and _is_asked_for(vals):
                vals["hub_managed"] = True
                asked.append(one)
        records = super().create(vals_list)
        self.env["sms.hub.message"]._enqueue(asked)
        return records

    def _hub_record_refused(self, values):
        """Put messages that will not be sent into the ledger, with their reason.

        :param values: values of ``sms.sms`` that were dropped before they were made;
            ``hub_refused`` may name the reason
        """
        refused = [vals.pop("hub_refused", None) for vals in values]
        of_posts = self._hub_of_posts(values)
        asked = [
            {**one, "refused": reason or one["refused"]}
            for vals, reason in zip(values, refused, strict=True)
            if (reason or _is_asked_for(vals))
            and (one := self._hub_asked(vals, of_posts))
        ]
        self.env["sms.hub.message"]._enqueue(asked)

    def _hub_of_posts(self, vals_list):
        """Return ``{post id: company}`` of the posts of SMS, read for all at once."""
        if not self.env["sms.hub.gateway"]._anybody_sends():
            return {}
        ids = {
            vals["mail_message_id"] for vals in vals_list if vals.get("mail_message_id")
        }
        return self.env["mail.message"].browse(ids)._hub_companies()

    def _hub_asked(self, vals, of_posts=None):
        """Return what the ledger is asked for, or ``None`` where core sends.

        Takes the terms out of the values, which no field would hold, and sees to it
        that the values name the SMS by a uuid.

        :param of_posts: the companies of posts; who asks for many reads them once
        """
        terms = dict(Terms.of(self.env))
        terms.update((name, value) for name in TERMS if (value := vals.pop(name, None)))
        if not self.env["sms.hub.gateway"]._anybody_sends():
            return None
        company = self._hub_company(vals, terms, of_posts)
        if not self.env["sms.hub.gateway"]._for_company(company):
            return None
        vals.setdefault("uuid", uuid4().hex)
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id"))
        return {
            "company": company,
            "door": terms.get("hub_door") or ("chatter" if message else "queue"),
            "purpose": terms.get("hub_purpose"),
            "uuid": vals["uuid"],
            "number": vals.get("number"),
            "body": vals.get("body"),
            "partner_id": vals.get("partner_id"),
            "res_model": terms.get("hub_res_model") or message.model,
            "res_id": terms.get("hub_res_id") or message.res_id,
            "mail_message_id": message.id,
            "mailing_id": vals.get("mailing_id"),
            "author_id": self._hub_author(vals).id,
            "scope_id": terms.get("hub_scope_id"),
            "sender_id": terms.get("hub_sender_id"),
            "batch_size": terms.get("hub_batch_size"),
            "batch_ref": terms.get("hub_batch_ref"),
            "template_ref": terms.get("hub_template_ref"),
            "not_before": terms.get("hub_not_before"),
            "refused": _REFUSED.get(vals.get("failure_type")),
            # core's rows show a refusal that the gate may not share
            "mirror_pending": vals.get("state", "outgoing") != "outgoing",
        }

    def _hub_company(self, vals, terms, of_posts):
        """Explicit company, else the record's, else the mailing's, else the user's."""
        if terms.get("hub_company_id"):
            return self.env["res.company"].browse(terms["hub_company_id"])
        if of_posts is None:
            of_posts = self._hub_of_posts([vals])
        mailing = self.env["mailing.mailing"].sudo().browse(vals.get("mailing_id"))
        return (
            of_posts.get(vals.get("mail_message_id"))
            or mailing.hub_company_id
            or self.env.company
        )

    def _hub_author(self, vals):
        """Return who sends: of a mailing that runs by itself, who launched it."""
        mailing = self.env["mailing.mailing"].sudo().browse(vals.get("mailing_id"))
        if self.env.uid == SUPERUSER_ID and (launcher := mailing._hub_launcher()):
            return launcher
        return self.env["res.users"].browse(self.env.uid)

    def _hub_messages(self):
        """Return the ledger rows of these SMS."""
        uuids = self.filtered("hub_managed").mapped("uuid")
        return self.env["sms.hub.message"].sudo().search([("uuid", "in", uuids)])

    # === CHANGES THAT BELONG TO THE LEDGER === #

    def write(self, vals):
        """Override of `sms`: a changed text or number changes the waiting message."""
        names = [name for name in ("body", "number") if name in vals]
        if not names:
            return super().write(vals)
        changed = self.filtered(
            lambda sms: (
                sms.hub_managed
                and any((sms[name] or "") != (vals[name] or "") for name in names)
            )
        )
        if not changed and len(names) == len(vals) and all(self.mapped("hub_managed")):
            return True  # core writes each text of a mailing once more, as it is
        if changed:
            changed._hub_refuse_if_out()
        result = super().write(vals)
        if changed:
            changed._hub_carry_over(names)
        return result

    def _update_body_short_links(self):
        """Override of `mass_mailing_sms`: the ledger gets the links that are counted.

        Core writes them one by one afterwards; here they are written in one go, and
        core's writing then changes nothing.
        """
        bodies = super()._update_body_short_links()
        changed = self.filtered(
            lambda sms: sms.hub_managed and bodies[sms.id] != sms.body
        )
        for sms in changed:
            super(SmsSms, sms).write({"body": bodies[sms.id]})
        changed._hub_carry_over(["body"])
        return bodies

    def _hub_carry_over(self, names):
        """Give the waiting messages of these SMS their body and number as they are."""
        by_uuid = {sms.uuid: sms for sms in self}
        for message in self._hub_messages():
            sms = by_uuid[message.uuid]
            message._rewrite(**{name: sms[name] or "" for name in names})

    def unlink(self):
        """Override of `sms`: deleting a waiting SMS cancels it."""
        self._hub_refuse_if_out()
        self._hub_messages()._move("cancel", reason="record_deleted")
        return super().unlink()

    def _hub_refuse_if_out(self):
        if any(message.state in OUT for message in self._hub_messages()):
            raise UserError(
                self.env._(
                    "This SMS was handed to the platform, or is just about to be: it "
                    "cannot be changed or deleted any more."
                )
            )


def _is_asked_for(vals):
    """Tell whether the ledger is to judge an SMS of these values.

    What was canceled or failed for another reason is core's, and stays so: it must
    not come to life here.
    """
    if vals.get("state", "outgoing") == "outgoing":
        return True
    return vals.get("failure_type") in (*_REFUSED, *_REJUDGED)
