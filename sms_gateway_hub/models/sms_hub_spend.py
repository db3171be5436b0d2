from collections import defaultdict
from datetime import datetime, time, timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..policy.zones import clock_of

#: What confirms a STOP leaves, whatever it costs: the law wants it said.
_ALWAYS = ("notice",)
#: Share of the day's limit that marketing leaves to others: a campaign must not stop
#: verification codes for the rest of the day.
_KEPT = 0.1
#: Less than this is due to rounding.
_TINY = 1e-6


class SmsHubSpend(models.Model):
    """What was spent on texts: by company and day, and by mailing.

    A counter that claims change in their own transaction, so that a limit is exact over
    all workers, and that nobody has to add up the ledger.
    """

    _name = "sms.hub.spend"
    _description = "Money spent on SMS"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    amount = fields.Float(digits=(16, 5), default=0, required=True, readonly=True)

    _key_unique = models.Constraint("unique(key)", "This counter exists already.")

    # === CLAIMS === #

    def _afford(self, gateway, rows):
        """Tell what of claimable messages the limits on spending leave.

        Waits for other claims that spend from the same limits, up to their commit.

        :param rows: dicts of the ledger; ``cost`` is added to each
        :return: the rows that may go out, and ``{id: (transition, columns)}``
        """
        company, prices = gateway.company_id, self.env["sms.hub.price"]
        for row in rows:
            row["cost"] = prices._cost(company, {**row, "gateway_id": gateway.id})
        day = _day_key(company)
        limits = self._limits(company, rows, day)
        if not limits:
            return rows, {}
        # with those that are only counted: everybody locks them in one order
        counted = {key for row in rows for key in _keys(day, row)}
        spent, allowed, refused = self._spent(counted, lock=True), [], {}
        for row in rows:
            keys = [key for key in _keys(day, row) if key in limits]
            cost = 0 if row["purpose"] in _ALWAYS else row["cost"] or 0
            over = [
                key
                for key in keys
                if spent[key] + cost > most_of(limits, key, row["purpose"]) + _TINY
            ]
            if cost and over:
                refused[row["id"]] = _refusal(company, row, day in over)
                continue
            for key in keys:
                spent[key] += cost
            allowed.append(row)
        return allowed, refused

    def _limits(self, company, rows, day=None):
        """Return ``{key: limit}`` of the counters that these messages may exhaust.

        :param day: the company's counter of today, where it is known
        """
        limits = {}
        if company.hub_daily_spend > 0:
            limits[day or _day_key(company)] = company.hub_daily_spend
        ids = {row["mailing_id"] for row in rows if row["mailing_id"]}
        for mailing in self.env["mailing.mailing"].sudo().browse(ids).exists():
            if mailing.hub_spend_limit > 0:
                limits[_mailing_key(mailing.id)] = mailing.hub_spend_limit
        return limits

    def _spent(self, keys, lock=False):
        """Return ``{key: amount}``.

        :param lock: nobody else spends from them until the commit
        """
        keys = sorted(keys)
        if lock:
            self._add(dict.fromkeys(keys, 0))
        rows = self.env.execute_query(
            SQL(
                "SELECT key, amount FROM sms_hub_spend WHERE key = ANY(%s)"
                " ORDER BY key %s",
                keys,
                SQL("FOR NO KEY UPDATE") if lock else SQL(),
            )
        )
        return {**dict.fromkeys(keys, 0.0), **{key: float(n) for key, n in rows}}

    def _charge(self, gateway, rows):
        """Count what claimed messages cost."""
        amounts, day = defaultdict(float), _day_key(gateway.company_id)
        for row in rows:
            for key in _keys(day, row) if row["cost"] else ():
                amounts[key] += row["cost"]
        self._add(amounts)

    def _give_back(self, messages):
        """Take back what messages would have cost that were not accepted after all."""
        amounts = defaultdict(float)
        for message in messages.sudo():
            row = {"mailing_id": message.mailing_id.id}
            day = _day_key(message.company_id, message.claimed_at)
            for key in _keys(day, row):
                amounts[key] -= message.cost
        self._add(amounts)
        messages.sudo().write({"cost": False, "cost_currency_id": False})
        messages.flush_recordset(["cost", "cost_currency_id"])

    def _add(self, amounts):
        if amounts:
            self.env.cr.execute_values(
                """
                INSERT INTO sms_hub_spend AS s (key, amount) VALUES %s
                ON CONFLICT (key) DO UPDATE SET amount = s.amount + EXCLUDED.amount
                """,
                sorted(amounts.items()),
            )


class SmsHubMessage(models.Model):
    """What was not accepted costs nothing."""

    _inherit = "sms.hub.message"

    #: Transitions of what a worker had claimed and the platform did not take.
    _COSTLESS = ("reject", "retry", "too_late", "hold", "block", "expire", "reroute")

    def _carry_out(self, transition, *args):
        """Override: take back the cost of what comes back from a claim."""
        moved = super()._carry_out(transition, *args)
        if transition in self._COSTLESS and moved:
            # not by the cache: claims write past it
            rows = self.env.execute_query(
                SQL(
                    "SELECT id FROM sms_hub_message"
                    " WHERE id IN %s AND cost IS NOT NULL",
                    tuple(moved.ids),
                )
            )
            if charged := self.browse(row_id for (row_id,) in rows):
                self.env["sms.hub.spend"]._give_back(charged)
                charged.invalidate_recordset()
        return moved


def _zone(company):
    """Return the clock of a company's days."""
    return clock_of(company.sudo().partner_id.tz)


def _day_key(company, moment=None):
    moment = (moment or fields.Datetime.now()).replace(tzinfo=timezone.utc)
    return f"day:{company.id}:{moment.astimezone(_zone(company)).date()}"


def is_of_day(key):
    """Tell whether a counter is that of a day, and not of a mailing."""
    return key.startswith("day:")


def most_of(limits, key, purpose):
    """Return what a counter may reach by texts of a purpose.

    :param limits: ``{key: limit}``
    """
    kept = _KEPT if purpose == "marketing" and is_of_day(key) else 0
    return limits[key] * (1 - kept)


def _mailing_key(mailing_id):
    return f"mailing:{mailing_id}"


def _keys(day, row):
    """Return the counters of a message: that of its day, and of its mailing."""
    return [day, _mailing_key(row["mailing_id"])] if row["mailing_id"] else [day]


def _refusal(company, row, by_day):
    """Return what becomes of a message that its limits do not leave room for.

    :param by_day: whether the limit of the day is one of them
    """
    columns = {"evidence": row["evidence"], "not_before": None}
    if not by_day:
        return "hold", {"reason": "spend_campaign", **columns}
    zone = _zone(company)
    tomorrow = datetime.now(zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), zone).astimezone(timezone.utc)
    columns["not_before"] = midnight.replace(tzinfo=None)
    return "hold", {"reason": "spend_day", **columns}
