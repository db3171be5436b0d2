from odoo import api, models

from ..policy.identity import canonical, same_numbers

_SCOPE = "marketing"


class MailingSubscription(models.Model):
    """Who left every mailing list wants no marketing by SMS either.

    Leaving one of several lists says nothing about the others: core leaves the contact
    out of that list's mailings, and the ledger of messages names it as the reason. With
    the last list gone, nothing is left that the person wants, whichever way they left
    it, and other doors must not go on. Coming back to a list lifts that refusal; it is
    no consent.
    """

    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mass_mailing`: some are created as opted out."""
        subscriptions = super().create(vals_list)
        subscriptions.filtered("opt_out")._hub_left()
        return subscriptions

    def write(self, vals):
        """Override of `mass_mailing`: note who leaves and who comes back."""
        before = self.filtered("opt_out")
        result = super().write(vals)
        after = self.filtered("opt_out")
        (after - before)._hub_left()
        (before - after)._hub_came_back()
        return result

    def _hub_left(self):
        """Refuse what waits from that list, and marketing where it was the last."""
        self.env["sms.hub.message"]._refuse_to_leavers(self.contact_id)
        lists = self._hub_lists_by_number()
        staying = self._hub_still_subscribed(lists)
        self._hub_record(
            {number: left for number, left in lists.items() if number not in staying},
            "refused",
            lambda sources: not sources,
        )

    def _hub_came_back(self):
        """Lift the refusals that only rest on having left every list."""
        self._hub_record(
            self._hub_lists_by_number(),
            "released",
            lambda sources: sources == {"mailing_list"},
        )

    def _hub_lists_by_number(self):
        """Return the lists in question for each number, under its canonical spelling.

        :return: ``{number: lists}``
        """
        lists = {}
        for subscription in self.sudo():
            if number := subscription.contact_id.phone_sanitized:
                known = lists.get(canonical(number), subscription.list_id.browse())
                lists[canonical(number)] = known | subscription.list_id
        return lists

    def _hub_still_subscribed(self, numbers):
        """Return those of the numbers that are still on some list."""
        spelled = [one for number in numbers for one in same_numbers(number)]
        staying = self.sudo().search(
            [
                ("contact_id.phone_sanitized", "in", spelled),
                ("list_id.active", "=", True),
                ("opt_out", "=", False),
            ]
        )
        return {canonical(one) for one in staying.contact_id.mapped("phone_sanitized")}

    def _hub_record(self, lists, action, applies):
        """Record an action for the numbers whose refusals it applies to.

        At each company that sends, as lists belong to none.

        :param applies: says so of the sources of all refusals of marketing that stand
        """
        consents = self.env["sms.hub.consent"]
        entries = []
        refusals = consents._refusals(lists)
        for company in self._hub_companies() if lists else ():
            entries += [
                {
                    "company": company,
                    "number": number,
                    "scope": _SCOPE,
                    "action": action,
                    "source": "mailing_list",
                    "note": self._hub_words(action, which),
                }
                for number, which in lists.items()
                if applies(
                    {
                        refusal.source
                        for refusal in refusals.get((company.id, number), ())
                        if refusal.scope == _SCOPE
                    }
                )
            ]
        consents._record(entries)

    def _hub_companies(self):
        senders = self.env["sms.hub.gateway"]._id_by_company()
        return self.env["res.company"].sudo().browse(senders)

    def _hub_words(self, action, lists):
        names = ", ".join(lists.mapped("name"))
        if action == "refused":
            return self.env._("Left the last mailing list: %(lists)s", lists=names)
        return self.env._("Back on the mailing list: %(lists)s", lists=names)
