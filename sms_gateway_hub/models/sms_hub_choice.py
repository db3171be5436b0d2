from odoo import api, models
from odoo.tools import SQL

from ..policy.consent import Consent
from ..policy.identity import canonical
from ..tools.consent_state import EVERYTHING

#: Where refusals come from that the person made alone, and may take back alone.
_OWN = ("keyword", "page")
_AGREED = (Consent.GRANTED, Consent.UNPROVEN)


class SmsHubChoice(models.AbstractModel):
    """What people choose by themselves: by a word in a text, or on the page.

    ``proof`` in these methods is what the entries of the ledger shall say beside it:
    ``source``, ``wording``, ``message_uuid``, ``lang``, ``happened_at``.
    """

    _name = "sms.hub.choice"
    _description = "What recipients of SMS choose"

    @api.model
    def _refuse(self, company, number, scopes, **proof):
        """Record a refusal of each scope that is not refused yet; return the entries.

        :param scopes: codes of topics, or ``all``
        """
        states = self._states(company, number)
        return self._record(
            company,
            number,
            [
                (scope, "refused")
                for scope in scopes
                if scope not in states or states[scope].value is not Consent.REFUSED
            ],
            **proof,
        )

    @api.model
    def _come_back(self, company, number, **proof):
        """Lift what the person refused alone, and restore what they had agreed to.

        A refusal of everything that staff entered, or that the operator made known,
        stands until staff lifts it: it may be about more than this telephone.

        :return: the new entries; none, if there is nothing that the person may lift
        """
        consents = self.env["sms.hub.consent"]
        standing = consents._standing([number])
        everything = standing.filtered(lambda state: state.scope == EVERYTHING)
        if any(state.source not in _OWN for state in everything):
            return self._record(company, number, [])
        lifted = standing.filtered(
            lambda state: (
                state.source in _OWN
                and (state.scope == EVERYTHING or state.company_id == company)
            )
        )
        if not lifted:
            return self._record(company, number, [])
        restored = self._agreed_before(company, number)
        steps = [(state.scope, "released") for state in lifted - everything]
        if everything:
            steps.append((EVERYTHING, "released"))
        steps += [(scope, "granted") for scope in restored]
        return self._record(company, number, steps, **proof)

    @api.model
    def _agree(self, company, number, **proof):
        """Record the yes to each question that waits for one; return the entries."""
        pending = [
            scope
            for scope, state in self._states(company, number).items()
            if state.value is Consent.PENDING
        ]
        return self._record(
            company, number, [(scope, "granted") for scope in pending], **proof
        )

    def _agreed_before(self, company, number):
        """Return the topics that were agreed to, were it not for the person's refusals.

        What staff or the operator refused later, or what expired, is not restored.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (scope) scope, action
                  FROM sms_hub_consent_event
                 WHERE company_id = %s AND number = %s AND scope != %s
                   AND (action IN ('granted', 'expired')
                        OR action = 'refused' AND source NOT IN %s)
                 ORDER BY scope, seq DESC
                """,
                company.id,
                canonical(number),
                EVERYTHING,
                _OWN,
            )
        )
        states = self._states(company, number)
        return [
            scope
            for scope, action in rows
            if action == "granted" and states[scope].value not in _AGREED
        ]

    def _states(self, company, number):
        states = self.env["sms.hub.consent"]._states(company, [number])
        return states.get(canonical(number), {})

    def _record(self, company, number, steps, **proof):
        """Record ``(scope, action)`` pairs of one person."""
        return self.env["sms.hub.consent"]._record(
            [
                {
                    "company": company,
                    "number": number,
                    "scope": scope,
                    "action": action,
                    **proof,
                }
                for scope, action in steps
            ]
        )
