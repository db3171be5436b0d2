from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..policy import classify_number
from ..policy.number import split_numbers
from ..policy.repair import propose_repair

#: Records looked at in one go: few round trips, and little memory.
_CHUNK = 5_000
#: Two checks at once would find the same fields; an arbitrary number, the same for all.
_LOCK = 0x534D5348
#: A row that nobody has decided about.
_UNTOUCHED = {"state": "open", "applied_at": False, "applied_by_id": False}


class _Line(NamedTuple):
    """What the database knows about one phone field.

    :param formatted: the field as Odoo formatted it, if it could
    :param contact: the same of a lead's contact, which beats any reading of the field
    :param country_id: what Odoo formatted it with
    :param other_country_id: of the company above, or of the lead's contact
    :param lead_country_id: of a contact's latest lead
    """

    id: int
    phone: str
    formatted: str | None
    company_id: int | None
    contact: str | None
    country_id: int | None
    other_country_id: int | None
    lead_country_id: int | None = None

    def problem(self):
        """Return why the field cannot be texted as it stands, or ``None``."""
        return classify_number(self.phone, self.single(), bool(self.country_id))

    def single(self):
        """Return the formatted number, if it is the only one in the field.

        Of two numbers Odoo may have understood the first; nobody knows whether it was
        the one that was meant.
        """
        return self.formatted if len(split_numbers(self.phone)) < 2 else ""

    def places(self):
        """Return the countries where the person surely is, the likeliest first."""
        return self.country_id, self.other_country_id, self.lead_country_id


class SmsHubPhoneDoctor(models.Model):
    """The check: finds the phone fields of contacts and leads that cannot be texted.

    It reads what Odoo has formatted already and looks closer only where that failed, so
    that a hundred thousand sound numbers cost seconds.
    """

    _inherit = "sms.hub.phone.repair"

    @api.model
    def action_check(self):
        """Look at all numbers of one's companies and bring the list up to date."""
        self.check_access("write")
        if not self._lock_check():
            raise UserError(
                self.env._("Somebody else is checking the numbers just now.")
            )
        # rows are made by the check alone: nobody has the right to invent one
        doctor = self.sudo()
        seen, listed = 0, set()
        for field, select in (
            ("partner_id", self._select_partners),
            ("lead_id", self._select_leads),
        ):
            for lines in self._chunks(select):
                seen += len(lines)
                listed.update(doctor._examine(field, lines)._ids)
        rows = doctor.search(self._visible_domain())
        rows.filtered(
            lambda row: row.state != "applied" and row.id not in listed
        ).unlink()
        found = doctor.search_count([*self._visible_domain(), ("state", "=", "open")])
        return self._say_found(seen, found)

    def _lock_check(self):
        [(free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s)", _LOCK)
        )
        return free

    def _visible_domain(self):
        return [("company_id", "in", [False, *self.env.companies.ids])]

    def _say_found(self, seen, found):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(seen)s numbers checked, %(found)s to repair.",
                    seen=seen,
                    found=found,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === READING === #

    def _chunks(self, select):
        """Yield what to look at, in lists of bounded length."""
        self.env["res.partner"].flush_model()
        self.env["crm.lead"].flush_model()
        last = 0
        while rows := self.env.execute_query(select(last)):
            yield [_Line(*row) for row in rows]
            last = rows[-1][0]

    def _select_partners(self, last):
        """Contacts with a number, and the countries of theirs, company's and leads'."""
        return SQL(
            """
            SELECT p.id, p.phone, p.phone_sanitized, p.company_id, NULL,
                   p.country_id, c.country_id, l.country_id
              FROM res_partner p
              LEFT JOIN res_partner c ON c.id = p.commercial_partner_id
              LEFT JOIN LATERAL (
                   SELECT country_id FROM crm_lead
                    WHERE p.country_id IS NULL AND partner_id = p.id
                      AND country_id IS NOT NULL
                    ORDER BY id DESC LIMIT 1) l ON TRUE
             WHERE p.id > %s AND p.active AND p.phone <> ''
               AND (p.company_id IS NULL OR p.company_id = ANY(%s))
             ORDER BY p.id LIMIT %s
            """,
            last,
            self.env.companies.ids,
            _CHUNK,
        )

    def _select_leads(self, last):
        """Leads with a number of their own; a repaired contact repairs its leads."""
        return SQL(
            """
            SELECT l.id, l.phone, l.phone_sanitized, l.company_id, p.phone_sanitized,
                   COALESCE(l.country_id, p.country_id), p.country_id
              FROM crm_lead l
              LEFT JOIN res_partner p ON p.id = l.partner_id
             WHERE l.id > %s AND l.active AND l.phone <> ''
               AND l.phone IS DISTINCT FROM p.phone
               AND (l.company_id IS NULL OR l.company_id = ANY(%s))
             ORDER BY l.id LIMIT %s
            """,
            last,
            self.env.companies.ids,
            _CHUNK,
        )

    # === EXAMINING === #

    def _examine(self, field, lines):
        """Bring the list up to date with what stands in these records now.

        :return: the rows of those that cannot be texted
        """
        ids = [line.id for line in lines]
        known = self.search([(field, "in", ids)]).grouped(lambda row: row[field].id)
        countries = self._countries()
        listed, fresh = self.browse(), []
        for line in lines:
            problem = line.problem()
            if not problem:
                continue
            row = known.get(line.id, self.browse())
            listed += row
            if row._is_settled(line):
                continue
            values = {
                **_UNTOUCHED,
                "phone": line.phone,
                "problem": problem.value,
                **self._repair_values(line, countries),
            }
            if row:
                row.write(values)
            else:
                fresh.append({field: line.id, **values})
        return listed + self.create(fresh)

    def _is_settled(self, line):
        """Tell whether a row says already what there is to say about its field."""
        if self.phone != line.phone or self.state == "applied":
            return False
        return self.state == "ignored" or bool(self.proposal)

    def _countries(self):
        """Return all countries by their two letters, and nowhere as none of them."""
        countries = self.env["res.country"].search_fetch([], ["code", "phone_code"])
        return {**countries.grouped("code"), "": countries.browse()}

    def _repair_values(self, line, countries):
        """Return the repair of a field, as values of a row."""
        if line.contact and not classify_number(line.contact, line.contact, True):
            number, way, certainty = line.contact, "contact", "certain"
        elif repair := self._propose(line, countries):
            number, way = repair.number, repair.way.value
            certainty = "guess" if repair.guessed else "certain"
        else:
            return {"proposal": False, "way": False, "certainty": False}
        shown = self._phone_format_number(
            number, countries[""], force_format="INTERNATIONAL"
        )
        return {"proposal": shown, "way": way, "certainty": certainty}

    def _propose(self, line, countries):
        """Return the repair that the number itself suggests, or ``None``."""

        def read(text, code):
            return self._phone_format_number(text, countries[code]) or ""

        company = self.env["res.company"].browse(line.company_id) or self.env.company
        guess = company.country_id.code
        places = self.env["res.country"].browse(filter(None, line.places()))
        return propose_repair(
            line.single() or line.phone,
            places.mapped("code"),
            [guess] if guess else [],
            read,
        )
