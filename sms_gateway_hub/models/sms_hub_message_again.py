from uuid import uuid4

from odoo import models
from odoo.exceptions import UserError

from ..policy.labels import without_stop
from .sms_hub_message_enqueue import NOT_RELEASED

#: Refusals that no repair on the contact can lift: the person's own choice, a number
#: that is served already, a text that does not exist.
_FINAL_REFUSALS = ("opted_out", "duplicate", "text_not_rendered")
_REPEATABLE = ("failed", "expired", "blocked", "cancelled")


class SmsHubMessage(models.Model):
    """Sending again: always a new row, and only for what surely did not arrive."""

    _inherit = "sms.hub.message"

    def _send_again(self, released_for=None, release=None):
        """Ask for each surely unsent message once more, as a new row.

        Core's rows follow the new row, so that chatter and mailing show its result.

        :param released_for: the reason that a manager lifted for the repetition
        :param release: the columns that tell who did so, when and why
        :return: the new rows
        :raise UserError: when no gateway takes the company's messages any more
        """
        retry = self.filtered(lambda one: one._may_be_repeated())
        gateways = self.env["sms.hub.gateway"]
        for company in retry.company_id:
            if not gateways._for_company(company):
                raise UserError(
                    self.env._(
                        "%(company)s has no active SMS gateway. Activate one first.",
                        company=company.name,
                    )
                )
        batch = {"batch_ref": uuid4().hex} if len(retry) > 1 else {}
        numbers = retry._current_numbers()
        again = self._enqueue(
            [
                one._asked_again(
                    number=numbers[one.id],
                    # as many as then, or as now: no way around an approval
                    batch_size=max(one.batch_size, len(retry)),
                    released=one._release_of_retry(released_for, release),
                    **({} if one.mailing_id else batch),
                )
                for one in retry
            ]
        )
        self.env["sms.hub.mirror"]._follow(retry, again)
        return again

    def _may_be_repeated(self):
        """Tell whether it surely did not arrive, and is not being repeated already."""
        self.ensure_one()
        if self.direction != "out" or self.state not in _REPEATABLE:
            return False
        if self.reason in _FINAL_REFUSALS:
            return False
        return all(one.state in ("blocked", "cancelled") for one in self.retry_ids)

    def _asked_again(self, **asked):
        return {
            "company": self.company_id,
            "door": self.door,
            "purpose": self.purpose,
            # perhaps it leaves from another sender this time
            "body": without_stop(self.body, self.sender_id.stop_text or ""),
            "partner_id": self.partner_id.id,
            "res_model": self.res_model,
            "res_id": self.res_id,
            "mailing_id": self.mailing_id.id,
            "mail_message_id": self.mail_message_id.id,
            "template_ref": self.template_ref,
            "retry_of_id": self.id,
            "key": f"retry:{self.id}",
            "mirror_pending": True,
            "scope_id": self.scope_id.id,
            "batch_ref": self.batch_ref,
            # what somebody chose once stays chosen
            "sender_id": self.sender_reason == "explicit" and self.sender_id.id,
            **asked,
        }

    def _release_of_retry(self, reason, release):
        """Return the columns of a release that holds for the repetition.

        Who agreed to a sending agreed to its text and its recipients, so an approval
        holds again. Hours and caps are a matter of the moment.
        """
        reasons = {"approval"} & set((self.released_reasons or "").split(","))
        if reason:
            return {**release, "released_reasons": ",".join([*reasons, reason])}
        if not reasons:
            return NOT_RELEASED
        return {
            "released_reasons": "approval",
            "released_by_id": self.released_by_id.id,
            "released_at": self.released_at,
            "release_note": self.release_note,
        }

    def _current_numbers(self):
        """Return ``{id: number}``: as it is today where the old one was the problem."""
        numbers = {one.id: one.number for one in self}
        at_fault = self.filtered(
            lambda one: (
                one.door != "numbers"
                and one.reason != "repeated"
                and (one.state == "blocked" or one.error_class == "number")
            )
        )
        for message_id, record in at_fault.sudo()._get_records().items():
            message = self.browse(message_id)
            info = record._sms_get_recipients_info()[record.id]
            if message.partner_id and info["partner"] != message.partner_id:
                # a follower was texted along, not the record's own customer
                current = message.partner_id.phone
            else:
                current = info["sanitized"] or info["number"]
            numbers[message_id] = current or message.number
        return numbers
