from odoo import api, models

from ..policy.consent import Consent
from ..policy.identity import canonical
from ..tools.consent_state import EVERYTHING

#: Where refusals come from that the person made alone.
OWN = ("keyword", "page")
#: Which of them a person may take back alone, by the way they say so: a reply comes
#: from the telephone itself, while anybody may hold a link.
_LIFTS = {"keyword": OWN, "page": ("page",)}
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
        """Record a refusal of each scope; once, until it is lifted.

        What somebody else refused for this person is no reason to leave it out: that
        may turn out a mistake, and this would be lost with it.

        :param scopes: codes of topics, or ``all``
        :return: the new entries
        """
        refused = {
            refusal.scope
            for refusal in self._refusals(number).get(company.id, ())
            if refusal.source == proof["source"]
        }
        steps = [(scope, "refused") for scope in scopes if scope not in refused]
        return self._record(company, number, steps, **proof)

    @api.model
    def _come_back(self, company, number, **proof):
        """Lift what the person refused alone, and restore the consent that ended.

        A refusal of everything that staff entered, or that the operator made known,
        stands until staff lifts it: it may be about more than this telephone. A topic
        that was refused by itself does not come back with everything.

        :return: the new entries; none, if there is nothing that the person may lift
        """
        refusals = self._refusals(number)
        everything = [
            refusal
            for own in refusals.values()
            for refusal in own
            if refusal.scope == EVERYTHING
        ]
        if any(one.source not in _LIFTS[proof["source"]] for one in everything):
            return self._record(company, number, [])
        here = refusals.get(company.id, [])
        lifted = {EVERYTHING} if everything else self._topics(here, proof["source"])
        back = {s for one in here if one.scope in lifted for s in one.ended}
        for scope, state in self._states(company, number).items():
            refused = state.value is Consent.REFUSED and scope not in lifted
            if refused or state.value in _AGREED:
                back.discard(scope)
        steps = [(scope, "released") for scope in sorted(lifted)]
        steps += [(scope, "granted") for scope in sorted(back)]
        return self._record(company, number, steps, **proof)

    def _topics(self, refusals, source):
        """Return the topics that were refused by this way only."""
        kept = {one.scope for one in refusals if one.source != source}
        return {one.scope for one in refusals} - kept

    @api.model
    def _agree(self, company, number, **proof):
        """Record the yes to the question that was asked last; return the entry.

        A yes to anything else is no consent.
        """
        question = self._open_question(company, number, proof["happened_at"])
        if not question:
            return self._record(company, number, [])
        scope, wording = question
        proof = {**proof, "wording": wording}
        return self._record(company, number, [(scope, "granted")], **proof)

    def _refusals(self, number):
        """Return what stands of this number: ``{company id: [Refusal]}``."""
        refusals = self.env["sms.hub.consent"]._refusals([number])
        return {company: standing for (company, _number), standing in refusals.items()}

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
