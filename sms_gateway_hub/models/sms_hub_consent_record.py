import hashlib
import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL

from ..gateway.text import storable
from ..policy.identity import canonical, same_numbers
from ..tools.consent_chain import FIELDS, FORMAT, as_text, digest
from .sms_hub_consent_words import ACTIONS, SOURCES

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_ACTIONS = dict(ACTIONS)
_SOURCES = dict(SOURCES)
_COLUMNS = (*FIELDS, "hash")
#: Characters of each text of an entry.
_LONGEST = 10_000
#: What a caller says in its own words; everything else is known here.
_SAID = (
    "wording",
    "wording_version",
    "lang",
    "evidence_url",
    "res_model",
    "record_name",
    "message_uuid",
    "note",
)


class SmsHubConsent(models.Model):
    """The one way into the ledger."""

    _inherit = "sms.hub.consent"

    @api.model
    def _record(self, entries):
        """Append entries to the ledger and let the states follow, all or nothing.

        Who, from where and when is noted here and never taken from a browser. Whether
        the caller may speak for the record is checked before: this asks for no right.

        :param entries: dicts with ``company`` (record or id), ``number`` (E.164),
            ``scope`` (``all`` or the code of a topic), ``action`` (granted, refused,
            requested, expired, released), ``source`` (see ``sms_hub_consent_words``);
            optionally ``proven`` (else: an address, a file or a text is given; words
            alone prove nothing), ``happened_at`` (naive UTC, else now), ``wording``,
            ``wording_version``, ``lang``, ``evidence_url``, ``attachment`` (a record,
            copied), ``ip``, ``user_agent`` (else those of the request), ``res_model``,
            ``res_id``, ``record_name``, ``message_uuid``, ``note``
        :return: the new entries, in order
        """
        events = self.env["sms.hub.consent.event"].sudo()
        if not entries:
            return events
        prepared = [self._prepare(entry) for entry in entries]
        self._name_people(prepared)
        # after the commit of a refusal, nobody may still be deciding on older facts
        refused = [one["number"] for one in prepared if one["action"] == "refused"]
        self.env["sms.hub.number.lock"]._lock(refused)
        rows = self._chain_up(prepared)
        ids = events._insert(_COLUMNS, rows)
        events = events.browse(ids)
        self._keep_files(events, entries)
        self.sudo()._apply(events)
        self.sudo()._after_record(events)
        return events

    def _after_record(self, events):
        """Hook: what new entries bring about, in the same transaction."""

    # === PREPARING === #

    def _prepare(self, entry):
        """Return the columns of one entry, but for its place in the chain."""
        number = entry["number"] or ""
        if not _E164.fullmatch(number):
            raise ValueError("consent is recorded for numbers in E.164 only")
        if entry["action"] not in _ACTIONS or entry["source"] not in _SOURCES:
            raise ValueError("unknown action or source of consent")
        scope = entry["scope"]
        topics = self.env["sms.hub.scope"]._topics()
        if scope not in topics:
            raise ValueError("unknown topic of consent")
        scope_name, purpose = topics[scope]
        company = self.env["res.company"].sudo().browse(int(entry["company"]))
        attachment = entry.get("attachment")
        said = {name: self._short(entry, name) for name in _SAID}
        proof = attachment or said["evidence_url"] or said["message_uuid"]
        return {
            **said,
            **self._actor(entry),
            "format": FORMAT,
            "company_id": company.id,
            "company_name": company.name,
            "number": canonical(number),
            "given_number": number,
            "scope": scope,
            "scope_name": scope_name,
            "purpose": purpose,
            "action": entry["action"],
            "source": entry["source"],
            "proven": bool(entry.get("proven", proof)),
            "happened_at": fields.Datetime.to_datetime(entry.get("happened_at")),
            "attachment_name": storable(attachment.name) if attachment else "",
            "attachment_sha256": self._file_hash(attachment) if attachment else "",
            "res_id": entry.get("res_id") or None,
        }

    def _short(self, entry, name):
        """Return a text of an entry; a refusal is never lost over one that is too long.

        :raise UserError: when it is too long, so that no proof is cut unnoticed
        """
        text = storable(entry.get(name) or "")
        if len(text) > _LONGEST and entry["action"] != "refused":
            raise UserError(
                self.env._(
                    "Texts of a consent have %(most)s characters at most, and this one "
                    "has %(length)s. Attach long ones as a file.",
                    most=_LONGEST,
                    length=len(text),
                )
            )
        return text[:_LONGEST]

    def _name_people(self, prepared):
        """Name the people whom the callers did not name, by their number.

        Whoever has it now is whom the entry is about, as far as anybody can know.
        """
        nameless = [one for one in prepared if not one["record_name"]]
        if not nameless:
            return
        numbers = [n for one in nameless for n in same_numbers(one["number"])]
        self.env["res.partner"].flush_model(["phone_sanitized", "name", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT phone_sanitized, company_id, name FROM res_partner
                 WHERE phone_sanitized = ANY(%s) AND name IS NOT NULL
                 ORDER BY active, id DESC
                """,
                numbers,
            )
        )
        # the oldest active contact comes last and wins
        names = {(canonical(row[0]), row[1]): row[2] for row in rows}
        for one in nameless:
            own = names.get((one["number"], one["company_id"]))
            name = own or names.get((one["number"], None), "")
            one["record_name"] = name[:_LONGEST]

    def _actor(self, entry):
        """Return who records, and from where."""
        user = self.env.user.sudo()
        call = request.httprequest if request else None
        ip = entry.get("ip") or (call and call.remote_addr) or ""
        browser = entry.get("user_agent") or (call and call.user_agent.string) or ""
        return {
            "actor_id": user.id,
            "actor_name": user.name,
            "actor_login": user.login,
            "ip": storable(ip)[:64],
            "user_agent": storable(browser)[:300],
        }

    def _file_hash(self, attachment):
        return hashlib.sha256(attachment.sudo().raw or b"").hexdigest()

    # === APPENDING === #

    def _chain_up(self, prepared):
        """Give each entry its place and hash; return the rows, in order of columns.

        The clock is read once the chains are locked, so that an entry is never older
        than the one before it.
        """
        chains = self.env["sms.hub.consent.chain"].sudo()
        heads = chains._lock((one["company_id"], one["number"]) for one in prepared)
        [(now,)] = self.env.execute_query(
            SQL("SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')")
        )
        rows = []
        for one in prepared:
            key = one["company_id"], one["number"]
            length, head = heads[key]
            values = {
                **one,
                "seq": length + 1,
                "prev_hash": head,
                "recorded_at": now,
                "happened_at": (one["happened_at"] or now).replace(microsecond=0),
            }
            texts = {name: as_text(values[name]) for name in FIELDS}
            values["hash"] = digest(texts)
            heads[key] = values["seq"], values["hash"]
            rows.append(tuple(values[name] for name in _COLUMNS))
        chains._advance(heads)
        return rows

    def _keep_files(self, events, entries):
        """Keep a copy of each file with its entry, out of its owner's hands."""
        for event, entry in zip(events, entries, strict=True):
            if entry.get("attachment"):
                entry["attachment"].sudo().copy(
                    {
                        "res_model": event._name,
                        "res_id": event.id,
                        "res_field": False,
                        "public": False,
                    }
                )
