import re
from datetime import timedelta
from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import ConcurrencyError

from ..gateway.segments import count_segments
from ..gateway.text import storable
from .sms_hub_doors import DOORS
from .sms_hub_transitions import TRANSITIONS
from .sms_hub_vocabulary import HOURS_TO_LIVE, LANE_OF_PURPOSE

#: Columns of a manager's release, as they are on a text that nobody released. All rows
#: of an insert name the same columns.
NOT_RELEASED = dict.fromkeys(
    ("released_reasons", "released_by_id", "released_at", "release_note"), False
)
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class SmsHubMessage(models.Model):
    """Every door ends here: asked messages become ledger rows."""

    _inherit = "sms.hub.message"

    def _enqueue(self, asked):
        """Put messages into the ledger, in the caller's transaction.

        Nothing is called over the network, and nothing raises because of a number, a
        text or a refusal: what may not go out becomes a blocked row that says why.

        :param asked: dicts with ``company`` (record with a gateway), ``door``,
            ``number``, ``body``; optionally ``purpose``, ``uuid``, ``key``
            (an idempotency key of the company),
            ``partner_id``, ``res_model``, ``res_id``, ``author_id``, ``mailing_id``,
            ``mail_message_id``, ``template_ref``, ``not_before``, ``expires_at``,
            ``retry_of_id``, ``refused`` (a reason spoken by the caller),
            ``mirror_pending`` (core's rows show something else than waiting),
            ``scope_id``, ``batch_size`` and ``batch_ref`` (recipients of the whole
            sending, and its name), ``released`` (columns of a manager's release),
            ``sender_id`` (the sender that somebody chose)
        :return: a row for each, in order; where a key is known, the row it stands for
        """
        ids = [None] * len(asked)
        for company, positions in by_company(asked).items():
            group = [asked[position] for position in positions]
            for position, row_id in zip(
                positions, self._enqueue_for(company, group), strict=True
            ):
                ids[position] = row_id
        return self.sudo().browse(ids)

    def _enqueue_for(self, company, asked):
        """Put messages of one company into the ledger; return their ids, in order."""
        gateway = self.env["sms.hub.gateway"]._for_company(company)
        values = self._values_for(gateway, asked)
        self._gate_values(gateway, values)
        self._keep_ways_out(values)
        ids = self._insert(company, values)
        self._wake_for(values)
        return ids

    def _values_for(self, gateway, asked, binding=True):
        """Return the columns of messages of one company, before the gate is asked.

        :param binding: whether they are made now; previews wait for nobody
        """
        numbers = self._canonical_numbers(gateway.company_id, asked)
        values = [
            self._prepare_values(gateway, one, *number)
            for one, number in zip(asked, numbers, strict=True)
        ]
        hashes = self._text_hashes([vals["body"] for vals in values])
        for vals, text_hash in zip(values, hashes, strict=True):
            vals["text_hash"] = text_hash
        self.env["sms.hub.router"]._assign(gateway.company_id, values)
        self._add_ways_out(gateway.company_id, values)
        self._mark_one_sending(values)
        self._mark_over_limit(gateway, values, binding)
        return values

    def _wake_for(self, values):
        """Let those work soon who have to do with new rows of these columns."""
        if any(vals.get("state", "queued") == "queued" for vals in values):
            self.env["sms.hub.dispatcher"]._wake()
        self.env["sms.hub.housekeeping"]._wake_at(
            vals["not_before"] for vals in values if vals.get("state") == "held"
        )
        if any(vals["mirror_pending"] for vals in values):
            self.env["sms.hub.mirror"]._wake()

    # === VALUES === #

    def _prepare_values(self, gateway, asked, number, has_country):
        """Return the columns of one asked message."""
        purpose = asked.get("purpose") or DOORS[asked["door"]].purpose or "marketing"
        start = asked.get("not_before") or fields.Datetime.now()
        body = storable(asked.get("body") or "")
        parts = count_segments(body)
        return {
            "uuid": asked.get("uuid") or uuid4().hex,
            "company_id": gateway.company_id.id,
            "sender_id": asked.get("sender_id") or False,
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
            "mirror_pending": asked.get("mirror_pending", False),
            "scope_id": asked.get("scope_id") or False,
            "batch_size": asked.get("batch_size") or 0,
            "batch_ref": asked.get("batch_ref") or False,
            "batch_parts": 0,
            "over_limit": False,
            **asked.get("released", NOT_RELEASED),
            "planned_at": start,
            "not_before": start,
            "expires_at": asked.get("expires_at")
            or start + timedelta(hours=HOURS_TO_LIVE[purpose]),
            # for the gate and the keys; not columns
            "refused": asked.get("refused"),
            "has_country": has_country,
            "key": asked.get("key"),
        }

    def _canonical_numbers(self, company, asked):
        """Return ``(number, has_country)`` of each asked message.

        The number is E.164 if it can be, else as it was typed. Countries are read once
        for all of them, and only where a number lacks one.
        """
        numbers = [storable(one.get("number") or "").strip() for one in asked]
        owners = [
            None if _E164.fullmatch(number) else _owner(one)
            for number, one in zip(numbers, asked, strict=True)
        ]
        countries = self._countries(owners)
        return [
            (number, True)
            if _E164.fullmatch(number)
            else self._complete(number, countries.get(owner) or company.country_id)
            for number, owner in zip(numbers, owners, strict=True)
        ]

    def _countries(self, owners):
        """Return ``{owner: country}`` for (model, id) pairs that have a country."""
        ids = {}
        for model, res_id in filter(None, owners):
            if model in self.env:
                ids.setdefault(model, set()).add(res_id)
        return {
            (model, res_id): country
            for model, res_ids in ids.items()
            for res_id, country in self.env[model]
            .sudo()
            .browse(res_ids)
            .exists()
            ._phone_get_country()
            .items()
        }

    def _complete(self, number, country):
        formatted = self.env["res.partner"]._phone_format_number(number, country)
        return formatted or number, bool(country)

    def _gate_values(self, gateway, values):
        """Ask the gate, and store its answer in the columns of each message."""
        judgements = self.env["sms.hub.gate"]._judge(gateway, values)
        now = fields.Datetime.now()
        for vals, judgement in zip(values, judgements, strict=True):
            # what it rests on is read from the helpers, too
            refusal = judgement.refusal()
            for helper in ("refused", "has_country", "no_sender", "stop_text"):
                del vals[helper]
            if not refusal:
                continue  # the claim finds out what its own answer rests on
            transition, columns = refusal
            vals.update(columns, state=TRANSITIONS[transition].target)
            if transition != "hold":
                vals.update(closed_at=now, mirror_pending=True)

    # === ROWS AND KEYS === #

    def _insert(self, company, values):
        """Insert rows and their keys together, skipping keys that are known.

        :return: an id for each, in order
        :raise ConcurrencyError: when another transaction took a key after ours began;
            only a new transaction can see its row, and Odoo repeats ours
        """
        keys = [vals.pop("key") for vals in values]
        if not any(keys):
            return self.sudo()._insert_rows(values)
        # who names no key asks for something new: it is told apart by its own uuid
        keys = [
            key or f"uuid:{vals['uuid']}"
            for key, vals in zip(keys, values, strict=True)
        ]
        key_rows = self.env["sms.hub.key"].sudo()
        for _attempt in range(2):
            ids = key_rows._taken(company, keys)
            fresh = {}
            for key, vals in zip(keys, values, strict=True):
                if key not in ids:
                    fresh.setdefault(key, vals)
            rows = self._insert_fresh(company, fresh)
            if rows is not None:
                ids.update(rows)
                return [ids[key] for key in keys]
        raise ConcurrencyError("Another transaction asked for the same SMS.")

    def _insert_fresh(self, company, fresh):
        """Insert ``{key: columns}`` and return ``{key: id}``.

        ``None`` says that a key was taken meanwhile, and that nothing was inserted.

        A blocked message keeps no key: once its cause is mended it may be asked for
        again.
        """
        with self.env.cr.savepoint() as savepoint:
            rows = self.sudo()._insert_rows(list(fresh.values()))
            ids = dict(zip(fresh, rows, strict=True))
            keyed = [
                {"company_id": company.id, "key": key, "message_id": ids[key]}
                for key, vals in fresh.items()
                if vals.get("state") != "blocked"
            ]
            if not self.env["sms.hub.key"].sudo()._claim_keys(keyed):
                savepoint.rollback()
                return None
        return ids

    # === CHANGES WHILE WAITING === #

    def _rewrite(self, body=None, number=None):
        """Change text or number of those that wait; the others stay as they are."""
        for message in self.filtered(lambda one: one._is_waiting()):
            if body is not None:
                message.write(message._rewritten(body))
            if number is not None:
                owner = {"number": number, "partner_id": message.partner_id.id}
                [(message.number, _has_country)] = self._canonical_numbers(
                    message.company_id, [owner]
                )
                self.env["sms.hub.choice.link"]._readdress(message)
                self.env["sms.hub.router"]._readdress(message)


def by_company(asked):
    """Return ``{company: positions in asked}``."""
    positions = {}
    for position, one in enumerate(asked):
        positions.setdefault(one["company"], []).append(position)
    return positions


def _owner(asked):
    """Name the record whose country completes a national number, as (model, id)."""
    if asked.get("partner_id"):
        return "res.partner", asked["partner_id"]
    if asked.get("res_model") and asked.get("res_id"):
        return asked["res_model"], asked["res_id"]
    return None
