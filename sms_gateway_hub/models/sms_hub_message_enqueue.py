import re
from datetime import timedelta
from uuid import uuid4

from odoo import fields, models

from ..gateway.segments import count_segments
from ..policy import Verdict
from .sms_hub_doors import DOORS
from .sms_hub_gate import naive
from .sms_hub_vocabulary import HOURS_TO_LIVE, LANE_OF_PURPOSE

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class SmsHubMessage(models.Model):
    """Every door ends here: asked messages become ledger rows."""

    _inherit = "sms.hub.message"

    def _enqueue(self, asked):
        """Put messages into the ledger, in the caller's transaction.

        Nothing is called over the network, and nothing raises because of a number, a
        text or a refusal: what may not go out becomes a blocked row that says why.

        :param asked: dicts with ``company`` (record with a gateway), ``door``,
            ``number``, ``body``; optionally ``purpose``, ``uuid``, ``key``,
            ``partner_id``, ``res_model``, ``res_id``, ``author_id``, ``mailing_id``,
            ``mail_message_id``, ``template_ref``, ``not_before``, ``expires_at``,
            ``retry_of_id``, ``refused`` (a reason spoken by the caller)
        :return: the rows, in order; where a key is known, the row it stands for
        """
        messages = self.sudo()
        for company, group in _grouped_by_company(asked):
            gateway = self.env["sms.hub.gateway"]._for_company(company)
            values = [self._prepare_values(gateway, one) for one in group]
            self._gate_values(gateway, values)
            messages |= self._insert(company, values)
        self._wake_for(messages)
        return messages

    def _prepare_values(self, gateway, asked):
        """Return the columns of one asked message."""
        purpose = asked.get("purpose") or DOORS[asked["door"]].purpose or "marketing"
        not_before = asked.get("not_before") or False
        start = not_before or fields.Datetime.now()
        body = asked.get("body") or ""
        number, has_country = self._canonical_number(asked)
        parts = count_segments(body)
        uuid = asked.get("uuid") or uuid4().hex
        return {
            "uuid": uuid,
            "company_id": gateway.company_id.id,
            "gateway_id": gateway.id,
            "sender": gateway.sender,
            "number": number,
            "partner_id": asked.get("partner_id") or False,
            "res_model": asked.get("res_model") or False,
            "res_id": asked.get("res_id") or False,
            "body": body,
            "encoding": parts.encoding.value,
            "segments": parts.count,
            "door": asked["door"],
            "purpose": purpose,
            "lane": LANE_OF_PURPOSE[purpose],
            "author_id": asked.get("author_id", self.env.uid),
            "mailing_id": asked.get("mailing_id") or False,
            "mail_message_id": asked.get("mail_message_id") or False,
            "template_ref": asked.get("template_ref") or False,
            "retry_of_id": asked.get("retry_of_id") or False,
            "not_before": start,
            "expires_at": asked.get("expires_at")
            or start + timedelta(hours=HOURS_TO_LIVE[purpose]),
            # for the gate and the keys; not columns
            "refused": asked.get("refused"),
            "has_country": has_country,
            "key": asked.get("key") or f"uuid:{uuid}",
        }

    def _canonical_number(self, asked):
        """Return the number as E.164 if it can be, else as typed; and whether a country
        was known to complete it with."""
        raw = (asked.get("number") or "").strip()
        if _E164.fullmatch(raw):
            return raw, True
        record = self.env["res.partner"]
        if asked.get("partner_id"):
            record = self.env["res.partner"].sudo().browse(asked["partner_id"])
        elif asked.get("res_model") in self.env and asked.get("res_id"):
            record = self.env[asked["res_model"]].sudo().browse(asked["res_id"])
        country = record._phone_get_country().get(record.id) if record else None
        country = country or asked["company"].country_id
        number = raw and record._phone_format(number=raw, country=country)
        return number or raw, bool(country)

    def _gate_values(self, gateway, values):
        """Ask the gate, and store its answer in the columns of each message."""
        decisions = self.env["sms.hub.gate"]._decide(gateway, values)
        now = fields.Datetime.now()
        for vals, decision in zip(values, decisions, strict=True):
            for helper in ("refused", "has_country"):
                del vals[helper]
            if decision.verdict is Verdict.DENY:
                expired = decision.reason.value == "expired"
                vals.update(
                    state="expired" if expired else "blocked",
                    reason=decision.reason.value,
                    closed_at=now,
                    mirror_pending=True,
                )
            elif decision.verdict is Verdict.HOLD:
                until = naive(decision.until)
                vals.update(
                    state="held",
                    reason=decision.reason.value,
                    # without an end it waits for a person
                    not_before=until and max(vals["not_before"], until),
                )

    def _insert(self, company, values):
        """Insert rows and their keys together, skipping keys that are known."""
        keys_model = self.env["sms.hub.key"].sudo()
        for _attempt in range(2):
            taken = keys_model._taken(company, [vals["key"] for vals in values])
            fresh, seen = [], set(taken)
            for vals in values:
                if vals["key"] not in seen:
                    seen.add(vals["key"])
                    fresh.append(vals)
            rows = self._insert_fresh(company, fresh)
            if rows is not None:
                return self.sudo().browse(
                    {**taken, **rows}[vals["key"]] for vals in values
                )
        raise AssertionError("keys of a finished transaction are visible")

    def _insert_fresh(self, company, fresh):
        """Return ``{key: id}`` of new rows; ``None`` when a key was taken meanwhile."""
        columns = [
            {name: value for name, value in vals.items() if name != "key"}
            for vals in fresh
        ]
        with self.env.cr.savepoint() as savepoint:
            rows = self.sudo().create(columns)
            keyed = [
                {"company_id": company.id, "key": vals["key"], "message_id": row.id}
                for vals, row in zip(fresh, rows, strict=True)
                if row.state != "blocked"
            ]
            if not self.env["sms.hub.key"].sudo()._claim_keys(keyed):
                savepoint.rollback()
                return None
        return {vals["key"]: row.id for vals, row in zip(fresh, rows, strict=True)}

    def _rewrite(self, body=None, number=None):
        """Change the text or the number of waiting messages; others stay as they are."""
        for message in self.filtered(lambda one: one._is_waiting()):
            if body is not None:
                parts = count_segments(body or "")
                message.write(
                    {
                        "body": body or "",
                        "encoding": parts.encoding.value,
                        "segments": parts.count,
                    }
                )
            if number is not None:
                message.number = message._canonical_number(
                    {
                        "number": number,
                        "partner_id": message.partner_id.id,
                        "company": message.company_id,
                    }
                )[0]

    def _wake_for(self, messages):
        states = set(messages.mapped("state"))
        if "queued" in states:
            self.env["sms.hub.dispatcher"]._wake()
        if states & {"blocked", "expired"}:
            self.env["sms.hub.mirror"]._wake()

    def _send_again(self):
        """Ask for each surely unsent message once more, as a new row.

        Core's rows follow the new row, so that chatter and mailing show its result.

        :return: the new rows
        """
        retry = self.filtered(
            lambda one: one.direction == "out"
            and one.state in ("failed", "expired", "blocked", "cancelled")
        )
        twins = self.browse()
        for old in retry:
            new = self._enqueue(
                [
                    {
                        "company": old.company_id,
                        "door": old.door,
                        "purpose": old.purpose,
                        "number": old._current_number(),
                        "body": old.body,
                        "partner_id": old.partner_id.id,
                        "res_model": old.res_model,
                        "res_id": old.res_id,
                        "mailing_id": old.mailing_id.id,
                        "mail_message_id": old.mail_message_id.id,
                        "template_ref": old.template_ref,
                        "retry_of_id": old.id,
                        "key": f"retry:{old.id}",
                    }
                ]
            )
            self.env["sms.hub.mirror"]._follow(old.uuid, new)
            twins |= new
        return twins

    def _current_number(self):
        """Return the contact's number as it is today, in case it was repaired."""
        self.ensure_one()
        if self.state == "blocked" and (record := self._get_record()):
            info = record.sudo()._sms_get_recipients_info()[record.id]
            return info["sanitized"] or info["number"] or self.number
        return self.number


def _grouped_by_company(asked):
    groups = {}
    for one in asked:
        groups.setdefault(one["company"], []).append(one)
    return groups.items()
