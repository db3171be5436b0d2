from odoo import models
from odoo.tools import format_amount

from .sms_hub_spend import is_of_day, most_of


class SmsHubForecast(models.AbstractModel):
    """Tells what a sending will cost, as far as prices are known."""

    _inherit = "sms.hub.forecast"

    def _of(self, recipients, total=None):
        """Override to tell the cost as ``cost``; ``False`` without any price."""
        forecast = super()._of(recipients, total)
        texts = [one for group in forecast["groups"] for one in group.pop("texts")]
        cost = sum(price or 0 for price, _values in texts)
        parts = sum(values["segments"] for _price, values in texts)
        unpriced = {values["country_code"] for price, values in texts if price is None}
        purposes = {values["purpose"] for _price, values in texts}
        share = forecast["total"] / (forecast["checked"] or 1)
        company = recipients[0].asked["company"] if recipients else self.env.company
        words = [
            self._cost_words(
                cost * share, round(parts * share), len(unpriced), company
            ),
            *self._budget_words(cost * share, recipients, company, purposes),
        ]
        forecast["cost"] = " ".join(filter(None, words)) or False
        return forecast

    def _group(self, kind, reason, members):
        """Override to note the texts that will leave, each with its price."""
        group = super()._group(kind, reason, members)
        prices = self.env["sms.hub.price"]
        group["texts"] = [
            (prices._cost(recipient.asked["company"], preview.values), preview.values)
            for recipient, preview in (members if kind != "not" else ())
        ]
        return group

    def _budget_words(self, cost, recipients, company, purposes):
        """Return which limits on spending will hold a part of it back."""
        spend = self.env["sms.hub.spend"]
        rows = [{"mailing_id": one.asked.get("mailing_id")} for one in recipients]
        limits = spend._limits(company.sudo(), rows)
        words = []
        for key, spent in spend._spent(limits).items():
            most = min((most_of(limits, key, one) for one in purposes), default=0.0)
            left = max(0.0, most - spent)
            if cost > left:
                amount = format_amount(self.env, left, company.currency_id)
                words.append(self._budget_sentence(key, amount))
        return words

    def _budget_sentence(self, key, left):
        if is_of_day(key):
            return self.env._(
                "Of the budget of the day %(left)s are left: the rest waits for "
                "tomorrow.",
                left=left,
            )
        return self.env._(
            "Of the budget of the mailing %(left)s are left: the rest waits until "
            "somebody raises it.",
            left=left,
        )

    def _cost_words(self, cost, parts, unpriced, company):
        if not cost:
            return False
        amount = format_amount(self.env, cost, company.currency_id)
        if not unpriced:
            return self.env._(
                "About %(amount)s for %(parts)s parts.", amount=amount, parts=parts
            )
        return self.env._(
            "About %(amount)s for %(parts)s parts; countries without a price: "
            "%(count)s.",
            amount=amount,
            parts=parts,
            count=unpriced,
        )
