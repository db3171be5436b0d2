import re
from dataclasses import dataclass, field
from datetime import timezone

from odoo import api, fields, models
from odoo.tools.misc import get_lang

from ..gateway.text import storable
from ..policy import Consent, PhoneProblem, canonical, classify_number
from ..tools.consent_list import Line, is_web_address, meaning, moment
from ..tools.consent_state import EVERYTHING

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_AGREED = (Consent.GRANTED, Consent.UNPROVEN)


@dataclass
class Row:
    """What a line of a list amounts to.

    :param entry: what would be recorded; ``None``: nothing, as it is known or wrong
    :param problem: what is wrong, and what to do, in words
    """

    line: Line
    entry: dict | None = None
    problem: str = ""
    #: how the topic is called, for the preview
    scope_name: str = field(default="")

    def shown(self):
        """Return the columns of the preview."""
        entry = self.entry or {}
        return {
            "place": self.line.place,
            "phone": entry.get("number") or self.line.values["phone"],
            "action": entry.get("action"),
            "scope_name": self.scope_name,
            "happened_at": entry.get("happened_at"),
            "proven": entry.get("proven"),
            "problem": self.problem,
        }


class _Wrong(Exception):
    """What is wrong with a line, in words."""


class SmsHubConsentReader(models.AbstractModel):
    """Makes entries for the consent ledger from the lines of a list."""

    _name = "sms.hub.consent.reader"
    _description = "Reader of lists of consents"

    # === LINE BY LINE === #

    @api.model
    def _read_all(self, lines, action, scope, country):
        """Return what each line says by itself, without a look at the ledger.

        :param action: what a line means without a consent column
        :param scope: what it is about without a topic column
        :param country: where numbers are from that do not say so
        """
        known = self._vocabulary(action, scope, country)
        rows, first = [], {}
        for line in lines:
            row = Row(line)
            rows.append(row)
            try:
                row.entry = self._entry(line.values, known)
                row.scope_name = known["names"][row.entry["scope"]]
                self._check_twice(row, first)
            except _Wrong as error:
                row.entry, row.problem = None, str(error)
        return rows

    def _vocabulary(self, action, scope, country):
        """Return what words may stand for, looked up once for all lines."""
        names = self.env["sms.hub.scope"]._names()
        scopes = {name.casefold(): code for code, name in names.items()}
        countries = self.env["res.country"].search([("code", "!=", False)])
        return {
            "action": action,
            "scope": scope.code,
            "country": country,
            "names": names,
            "scopes": {**scopes, **{code: code for code in names}},
            "countries": {
                word.casefold(): one
                for one in countries
                for word in (one.code, one.name)
            },
            "langs": {code for code, _name in self.env["res.lang"].get_installed()},
            "date_formats": (get_lang(self.env).date_format,),
            "now": fields.Datetime.now(),
        }

    def _entry(self, values, known):
        """Return the entry that a line asks for.

        :raise _Wrong: with words on the first thing that is wrong
        """
        action, scope = self._action(values, known), self._scope(values, known)
        if scope == EVERYTHING and action == "granted":
            raise _Wrong(
                self.env._(
                    "Nobody agrees to everything: name the topic that they agreed to."
                )
            )
        proof = self._proof(values)
        wording = storable(values.get("wording", ""))
        source = storable(values.get("source", ""))
        return {
            "company": self.env.company,
            "number": self._number(values, known),
            "scope": scope,
            "action": action,
            "source": "import",
            "proven": bool(proof),
            "wording": wording,
            "evidence_url": proof,
            "happened_at": self._date(values, known),
            "lang": self._lang(values, known),
            "note": self.env._("Source: %(name)s", name=source) if source else "",
        }

    def _action(self, values, known):
        if "consent" not in values:
            return known["action"]
        agreed = meaning(values["consent"])
        if agreed is None:
            raise _Wrong(
                self.env._(
                    "“%(word)s” in the consent column: write Yes or No.",
                    word=values["consent"],
                )
            )
        return "granted" if agreed else "refused"

    def _scope(self, values, known):
        word = values.get("scope")
        if not word:
            return known["scope"]
        scope = known["scopes"].get(word.casefold())
        if not scope:
            raise _Wrong(
                self.env._(
                    "There is no topic “%(word)s”. Topics are: %(names)s.",
                    word=word,
                    names=", ".join(known["names"].values()),
                )
            )
        return scope

    def _number(self, values, known):
        raw = storable(values["phone"])
        country = self._country(values, known)
        if _E164.fullmatch(raw):
            return raw
        number = self.env["res.partner"]._phone_format_number(raw, country)
        problem = classify_number(raw, number or "", bool(country))
        if number and _E164.fullmatch(number):
            return number
        raise _Wrong(self._words_on_number(problem, raw))

    def _words_on_number(self, problem, raw):
        if problem is PhoneProblem.MISSING:
            return self.env._("There is no phone number. Fill it in.")
        if problem is PhoneProblem.TWO_NUMBERS:
            return self.env._(
                "There are two numbers in one field. Give each a line of its own."
            )
        if problem is PhoneProblem.NO_COUNTRY:
            return self.env._(
                "The number has no country code. Choose a country above, or write it "
                "like +33 6 12 34 56 78."
            )
        return self.env._(
            "“%(raw)s” cannot be a phone number. Correct it, with its country code.",
            raw=raw,
        )

    def _country(self, values, known):
        word = values.get("country")
        if not word:
            return known["country"]
        country = known["countries"].get(word.casefold())
        if not country:
            raise _Wrong(
                self.env._(
                    "There is no country “%(word)s”. Write its code, like FR.",
                    word=word,
                )
            )
        return country

    def _date(self, values, known):
        word = values.get("date")
        if not word:
            return None
        found = moment(word, known["date_formats"])
        if not found:
            raise _Wrong(
                self.env._(
                    "“%(word)s” is not a date. Write it like 2025-12-31.", word=word
                )
            )
        if not found.tzinfo:
            # what the clocks showed where the list was made: like those of its reader
            found = self.env.tz.localize(found)
        found = found.astimezone(timezone.utc).replace(tzinfo=None)
        if found > known["now"]:
            raise _Wrong(self.env._("The date lies in the future. Correct it."))
        return found

    def _lang(self, values, known):
        word = values.get("lang")
        if not word:
            return ""
        for code in known["langs"]:
            if word.casefold() in (code.casefold(), code.split("_")[0]):
                return code
        raise _Wrong(
            self.env._(
                "“%(word)s” is no language of this database. Write a code like "
                "%(code)s, or nothing.",
                word=word,
                code=self.env.lang or "en_US",
            )
        )

    def _proof(self, values):
        address = storable(values.get("proof", ""))
        if address and not is_web_address(address):
            raise _Wrong(
                self.env._(
                    "The proof has to be the address of a page or file, beginning with "
                    "https://. Correct it, or leave it empty."
                )
            )
        return address

    def _check_twice(self, row, first):
        """Refuse a line that an earlier one contradicts; drop one that repeats it."""
        key = canonical(row.entry["number"]), row.entry["scope"]
        before = first.setdefault(key, row)
        if before is row:
            return
        if before.entry and before.entry["action"] != row.entry["action"]:
            raise _Wrong(
                self.env._(
                    "Line %(place)s says the opposite of the same number. Keep one.",
                    place=before.line.place,
                )
            )
        row.entry = None

    # === AGAINST THE LEDGER === #

    @api.model
    def _compare(self, company, rows):
        """Leave out what the ledger knows already, or knows better; by one query."""
        rows = [row for row in rows if row.entry]
        states = self.env["sms.hub.consent"]._states(
            company, [row.entry["number"] for row in rows]
        )
        for row in rows:
            known = states.get(canonical(row.entry["number"]))
            if known:
                self._compare_one(row, known)

    def _compare_one(self, row, known):
        entry, state = row.entry, known.get(row.entry["scope"])
        agrees = entry["action"] == "granted"
        everything = known.get(EVERYTHING)
        if agrees and everything and everything.value is Consent.REFUSED:
            self._leave_out(row, everything)
        elif not state or state.value not in (*_AGREED, Consent.REFUSED):
            return
        elif agrees == (state.value in _AGREED):
            if self._adds_nothing(entry, state):
                row.entry = None
        elif not entry["happened_at"] or entry["happened_at"] <= state.since:
            # a refusal without a date is taken seriously
            if agrees or entry["happened_at"]:
                self._leave_out(row, state)

    def _adds_nothing(self, entry, state):
        if entry["proven"] and state.value is Consent.UNPROVEN:
            return False
        return not entry["happened_at"] or entry["happened_at"] <= state.since

    def _leave_out(self, row, state):
        row.entry = None
        date = fields.Date.to_string(state.since)
        if state.value is Consent.REFUSED:
            row.problem = self.env._(
                "This person refused on %(date)s. Only they can change that: record "
                "their new consent on the contact.",
                date=date,
            )
        else:
            row.problem = self.env._(
                "This person agreed again on %(date)s, after the date in the list.",
                date=date,
            )
