from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..policy.identity import canonical, same_numbers
from ..tools.consent_state import EVERYTHING
from .sms_hub_choice import OWN

#: In the context while the ledger writes here by itself. An object of its own, because
#: no caller from outside can bring it along.
_LEDGER = object()
#: Numbers added at once up to which each gets a note; a long list would take hours.
_NOTED = 10


class OptOut(NamedTuple):
    """In the context while a person opts out alone, on a page of core's.

    A value that nobody can send along with a call from outside.

    :param company: id of the company whose mailing led there
    :param words: what the ledger shall note
    """

    company: int
    words: str


class PhoneBlacklist(models.Model):
    """The blacklist and the consent ledger say the same, whoever changes either.

    A number on the blacklist is a refusal of everything. Core's buttons, imports and
    opt-out page write here, and the ledger takes it down; STOP, our page and our staff
    write to the ledger, and it puts the number here in all its spellings.
    """

    _inherit = "phone.blacklist"

    # === FROM HERE TO THE LEDGER === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `phone_validation`: a number that is added refused everything."""
        entries = super().create(vals_list)
        entries.filtered("active")._hub_refused()
        return entries

    def write(self, vals):
        """Override of `phone_validation`: archiving lifts, activating refuses."""
        if not {"active", "number"} & vals.keys():
            return super().write(vals)
        before = self._hub_active_numbers()
        result = super().write(vals)
        self._hub_lifted(before - self._hub_active_numbers())
        self.filtered("active")._hub_refused()
        return result

    def unlink(self):
        """Override of `base`: a deleted entry binds nobody any more."""
        before = self._hub_active_numbers()
        result = super().unlink()
        self._hub_lifted(before)
        return result

    def _hub_active_numbers(self):
        return set(self.filtered("active").mapped("number"))

    def _hub_refused(self):
        """Record these as refusals of everything, where the ledger does not know."""
        if self._hub_from_ledger() or not self:
            return
        own = self.env.context.get("hub_opt_out")
        if isinstance(own, OptOut):
            self._hub_refused_alone(own)
            return
        consents, company = self.env["sms.hub.consent"], self.env.company
        numbers = {canonical(number): number for number in self.mapped("number")}
        states = consents._states(company, numbers)
        consents._record(
            [
                self._hub_entry(company, number, "refused")
                for known_as, number in numbers.items()
                if not consents._is_refused(states.get(known_as, {}))
            ]
        )

    def _hub_refused_alone(self, own):
        """Record a refusal that the person made: nobody else takes it back.

        On top of what others refused for them, which those may lift.
        """
        company = self.env["res.company"].sudo().browse(own.company)
        for number in self.mapped("number"):
            self.env["sms.hub.choice"]._refuse(
                company,
                number,
                [EVERYTHING],
                source="page",
                proven=True,
                note=own.words,
            )

    def _hub_lifted(self, numbers):
        """Record that refusals of everything do not stand any more, at any company."""
        if self._hub_from_ledger() or not numbers:
            return
        self._hub_check_lifting(numbers)
        consents, company = self.env["sms.hub.consent"], self.env.company
        standing = {}
        for state in consents._standing(numbers):
            if state.scope == EVERYTHING:
                standing.setdefault(state.number, []).append(state.company_id)
        consents._record(
            [
                # one entry: the others follow, and name this company
                self._hub_entry(
                    company if company in companies else companies[0],
                    number,
                    "released",
                )
                for number, companies in standing.items()
            ]
        )

    def _hub_check_lifting(self, numbers):
        """Let nobody's word undo what a person refused: the rule of the consent dialog.

        What is known from the blacklist alone is up to whoever keeps it.

        :raise UserError: when somebody refused alone, or staff and operators did so and
            the user is no manager; the transaction takes everything back
        """
        own, others = [], False
        for (_company, number), refusals in (
            self.env["sms.hub.consent"]._refusals(numbers).items()
        ):
            sources = {one.source for one in refusals if one.scope == EVERYTHING}
            if sources & set(OWN):
                own.append(number)
            others = others or bool(sources - {"blacklist"})
        if own:
            raise UserError(
                self.env._(
                    "This person asked by a text or on the opt-out page not to be "
                    "texted (number ending in %(endings)s), so only they take that "
                    "back: by the text START, or on that page. If they told you in "
                    "another way, open the contact or lead with this number, choose "
                    "“Record” beside “Marketing by SMS”, and add a file or a web "
                    "address that proves it.",
                    # whole numbers would stand in the server's log
                    endings=", ".join(sorted({number[-3:] for number in own})),
                )
            )
        if others and not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(
                self.env._(
                    "This refusal was recorded in the consent ledger, by your staff or "
                    "by a mobile operator. Ask a manager of SMS Hub to take it back."
                )
            )

    def _hub_entry(self, company, number, action):
        return {
            "company": company,
            "number": number,
            "scope": EVERYTHING,
            "action": action,
            "source": "blacklist",
            # a clerk's own doing, not a statement of the person
            "proven": False,
        }

    def _hub_from_ledger(self):
        return self.env.context.get("hub_ledger") is _LEDGER

    @api.model
    def _hub_among(self, numbers):
        """Return the query of those numbers, as they are spelled, that are listed.

        A search through the ORM would parse each of them once more.

        :rtype: SQL
        """
        self.flush_model(["number", "active"])
        return SQL(
            "SELECT number FROM phone_blacklist WHERE active AND number = ANY(%s)",
            list(numbers),
        )

    @api.model
    def _hub_all(self):
        """Return the query of all numbers that are listed.

        Core's own search reads the ids of all contacts that are listed, or are not.

        :return: SQL, with one column ``spelling``
        """
        self.flush_model(["number", "active"])
        return SQL("SELECT number AS spelling FROM phone_blacklist WHERE active")

    # === FROM THE LEDGER TO HERE === #

    @api.model
    def _hub_add(self, numbers):
        """Put numbers here in all their spellings, whoever does so at the same moment.

        What core does not take for a number is left out: it could not text it either,
        and the ledger refuses it all the same.
        """
        numbers = self._hub_known_to_core(numbers)
        if not numbers:
            return
        self._hub_make_rows(numbers)
        blacklist = self.with_context(hub_ledger=_LEDGER)
        if len(numbers) > _NOTED:
            silent = blacklist.with_context(tracking_disable=True)
            silent.create([{"number": number} for number in numbers])
        else:
            note = self.env._("Recorded in the consent ledger.")
            blacklist._add(numbers, message=note)

    def _hub_make_rows(self, numbers):
        """Give each number a row, archived still, for core to find and activate.

        Somebody else may add one at the same moment. A transaction that sees their row
        goes on with it; one that keeps to an older snapshot cannot, and gets an error
        that Odoo answers by carrying out the request again. A plain insert would lose
        the refusal to a broken constraint.
        """
        self.flush_model(["number"])
        query = SQL(
            """
            INSERT INTO phone_blacklist
                   (number, active, create_uid, create_date, write_uid, write_date)
            SELECT number, FALSE, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM unnest(%(numbers)s) AS number
            ON CONFLICT (number) DO NOTHING
            """,
            uid=self.env.uid,
            now=self.env.cr.now(),
            # in one order for everybody, so that two never wait for each other
            numbers=sorted(numbers),
        )
        # an error would have the numbers written to the log
        self.env.cr.execute(query, log_exceptions=False)

    @api.model
    def _hub_remove(self, numbers):
        """Archive what is here of these numbers, in any spelling."""
        if not numbers:
            return
        spelled = [one for number in numbers for one in same_numbers(number)]
        entries = self.search([("number", "in", spelled)])
        entries.with_context(hub_ledger=_LEDGER).action_archive()

    def _hub_known_to_core(self, numbers):
        user = self.env.user
        spelled = (one for number in numbers for one in same_numbers(number))
        formatted = (user._phone_format(number=one) for one in spelled)
        return list(dict.fromkeys(filter(None, formatted)))
