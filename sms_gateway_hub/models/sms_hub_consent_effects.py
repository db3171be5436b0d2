from odoo import api, models
from odoo.tools import SQL

from ..policy.identity import canonical, same_numbers
from ..tools.consent_state import EVERYTHING, standing_refusals

#: Topics that stand for all messages of a purpose.
_PURPOSES = ("marketing", "transactional")


class SmsHubConsent(models.Model):
    """What new entries bring about, in one place and in the same transaction.

    The phone blacklist holds exactly the refusals of everything, and is one for all
    companies: whoever refuses everything at one of them is texted by none, and lifting
    that at one lifts it at all.
    """

    _inherit = "sms.hub.consent"

    @api.model
    def _record(self, entries):
        """Override: a consent that has to be confirmed by text is only a request."""
        choice = self.env["sms.hub.choice"]
        return super()._record([choice._to_confirm(entry) for entry in entries])

    @api.model
    def _after_record(self, events):  # pylint: disable=missing-return
        """Override: cancel what waits, keep the blacklist, ask who has to confirm."""
        super()._after_record(events)
        refusals = events.filtered(lambda one: one.action == "refused")
        lifted = events.filtered(
            lambda one: one.action == "released" and one.scope == EVERYTHING
        )
        self._cancel_refused(refusals)
        blacklist = self.env["phone.blacklist"].sudo()
        everything = refusals.filtered(lambda one: one.scope == EVERYTHING)
        blacklist._hub_add(everything.mapped("number"))
        self._lift_elsewhere(lifted)
        blacklist._hub_remove(lifted.mapped("number"))
        self.env["sms.hub.choice"]._ask_back(
            events.filtered(lambda one: one.action == "requested")
        )

    # === WHAT WAITS === #

    def _cancel_refused(self, refusals):
        """Cancel what waits and was just refused; the numbers are locked already."""
        messages = self.env["sms.hub.message"].sudo()
        cancelled = messages
        groups = refusals.grouped(lambda one: (one.scope, one.company_id))
        for (scope, company), events in groups.items():
            numbers = [one for e in events for one in same_numbers(e.number)]
            waiting = messages._lock_waiting(numbers, self._covered_by(scope, company))
            cancelled += waiting._move("cancel", reason="cancelled_by_stop")
        if cancelled:
            self.env["sms.hub.mirror"]._wake()

    def _covered_by(self, scope, company):
        """Return which messages ``m`` a refusal is about, as :class:`SQL`.

        A refusal of everything holds for all companies; the one notice that confirms it
        and codes that their reader asked for are no part of it.
        """
        if scope == EVERYTHING:
            passing = (
                self.env["res.company"]
                .sudo()
                .search([("hub_codes_pass_stop", "=", True)])
            )
            return SQL(
                "m.purpose != 'notice'"
                " AND NOT (m.purpose = 'otp' AND m.company_id = ANY(%s))",
                passing.ids,
            )
        if scope in _PURPOSES:
            return SQL("m.company_id = %s AND m.purpose = %s", company.id, scope)
        topic = self.env["sms.hub.scope"].sudo().with_context(active_test=False)
        return SQL(
            "m.company_id = %s AND m.scope_id = ANY(%s)",
            company.id,
            topic.search([("code", "=", scope)]).ids,
        )

    # === REFUSALS OF EVERYTHING === #

    def _standing(self, numbers):
        """Return the refusals that stand, at whatever company.

        :param numbers: E.164
        :return: states of this model, as superuser
        """
        spelled = [one for number in numbers for one in same_numbers(number)]
        return self.sudo().search(
            [("number", "in", spelled), ("value", "=", "refused")]
        )

    @api.model
    def _refusals(self, numbers):
        """Return every refusal that nothing lifted, from the entries, by one query.

        A state names only the last source. Who may lift it is up to all of them.

        :param numbers: E.164, in any spelling
        :return: ``{(company id, canonical number): [Refusal]}``, oldest first
        """
        wanted = list({canonical(number) for number in numbers if number})
        if not wanted:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, number, action, scope, happened_at, source, proven
                  FROM sms_hub_consent_event
                 -- every company: the index begins with it
                 WHERE company_id = ANY(ARRAY(SELECT id FROM res_company))
                   AND number = ANY(%s)
                 ORDER BY company_id, number, seq, id
                """,
                wanted,
            )
        )
        chains = {}
        for company, number, *entry in rows:
            chains.setdefault((company, number), []).append(entry)
        return {key: standing_refusals(chain) for key, chain in chains.items()}

    def _lift_elsewhere(self, lifted):
        """Note a lifted refusal in the ledger of every other company, where one stands.

        Otherwise that company would go on to block somebody whom the blacklist, which
        is one for all, does not name any more.
        """
        standing = self._standing(lifted.mapped("number")).filtered(
            lambda state: state.scope == EVERYTHING
        )
        by_number = lifted.grouped("number")
        self._record(
            [
                {
                    "company": state.company_id,
                    "number": state.number,
                    "scope": EVERYTHING,
                    "action": "released",
                    "source": by_number[state.number][0].source,
                    "message_uuid": by_number[state.number][0].message_uuid,
                    "note": self.env._(
                        "Lifted at %(company)s. One refusal holds for all companies, "
                        "so lifting it does as well.",
                        company=by_number[state.number][0].company_id.name,
                    ),
                }
                for state in standing
                if state.number in by_number
            ]
        )
