"""What texts cost: prices, the cost that is booked, and the limits on spending."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..gateway.vocabulary import Outcome
from ..models.sms_hub_forecast import Recipient
from .dispatch_common import DispatchCommon


@tagged("post_install", "-at_install")
class TestSpending(DispatchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prices = cls.env["sms.hub.price"]
        cls._price(0.5, country_id=cls.france.id)

    @classmethod
    def _price(cls, price, **values):
        return cls.prices.create(
            {
                "company_id": cls.company.id,
                "price": price,
                "currency_id": cls.company.currency_id.id,
                "valid_from": date(2020, 1, 1),
                **values,
            }
        )

    def _cost(self, purpose="transactional", country="FR", segments=1, gateway=None):
        return self.prices._cost(
            self.company,
            {
                "gateway_id": (gateway or self.gateway).id,
                "country_code": country,
                "purpose": purpose,
                "segments": segments,
            },
        )

    def _send(self, count, **asked):
        rows = self.env["sms.hub.message"]
        for turn in range(count):
            rows |= self.enqueue(f"+3361200100{turn}", body=f"Hello {turn}", **asked)
        self.dispatch()
        return rows

    def _mailing(self, limit):
        return self.env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": "Offer",
                "body_plaintext": "Half price",
                "hub_company_id": self.company.id,
                "hub_spend_limit": limit,
            }
        )

    def _spent(self):
        self.company.invalidate_recordset(["hub_spent_today"])
        return round(self.company.hub_spent_today, 4)

    def test_the_most_particular_price_that_is_valid_counts(self):
        self.assertEqual(self._cost(segments=3), 1.5)
        self.assertIsNone(self._cost(country="DE"))
        self._price(0.9)
        self.assertEqual(self._cost(country="DE"), 0.9)
        self.assertEqual(self._cost(), 0.5)
        self._price(0.4, country_id=self.france.id, purpose="otp")
        self.assertEqual((self._cost("otp"), self._cost()), (0.4, 0.5))
        self._price(0.3, gateway_id=self.gateway.id)
        self.assertEqual(self._cost(), 0.3)
        self._price(0.2, gateway_id=self.gateway.id, valid_from=date(2100, 1, 1))
        self.assertEqual(self._cost(), 0.3, "not valid yet")

    def test_prices_in_another_currency_are_converted(self):
        currency = self.env["res.currency"].create(
            {
                "name": "HUB",
                "symbol": "H",
                "rate_ids": [
                    (0, 0, {"name": "2020-01-01", "rate": 4, "company_id": False})
                ],
            }
        )
        self._price(2, country_id=self.env.ref("base.de").id, currency_id=currency.id)
        own = self.company.currency_id._get_conversion_rate(
            currency, self.company.currency_id, self.company, fields.Date.today()
        )
        self.assertAlmostEqual(self._cost(country="DE"), 2 * own)

    def test_what_was_accepted_has_its_cost_and_what_was_not_has_none(self):
        self.provider.answers = [Outcome.ACCEPTED, Outcome.REJECTED]
        # either thread may get either answer
        first, second = self._send(2).sorted("state")
        self.assertEqual((first.state, second.state), ("accepted", "failed"))
        self.assertEqual((first.cost, second.cost), (0.5, 0))
        self.assertEqual(first.cost_currency_id, self.company.currency_id)
        self.assertFalse(second.cost_currency_id)
        self.assertEqual(self._spent(), 0.5)

    def test_a_day_costs_no_more_than_its_limit_and_the_rest_waits(self):
        self.company.hub_daily_spend = 1.2
        rows = self._send(4)
        states = rows.mapped("state")
        self.assertEqual(states, ["accepted", "accepted", "held", "held"])
        held = rows.filtered(lambda one: one.state == "held")
        self.assertEqual(set(held.mapped("reason")), {"spend_day"})
        self.assertGreater(min(held.mapped("not_before")), fields.Datetime.now())
        self.assertEqual(self._spent(), 1)
        self.company.hub_daily_spend = 5
        self.dispatch()
        self.assertEqual(set(rows.mapped("state")), {"accepted"})

    def test_a_company_in_a_zone_that_nobody_knows_goes_on_texting(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Base' WHERE id = %s",
            [self.company.partner_id.id],
        )
        self.env.invalidate_all()
        [message] = self._send(1)
        self.assertEqual(message.state, "accepted")
        self.assertEqual(self._spent(), 0.5)

    def test_a_campaign_leaves_a_tenth_of_the_day_to_codes(self):
        self.company.hub_daily_spend = 1.6
        rows = self._send(3, purpose="marketing")
        self.assertEqual(rows.mapped("state"), ["accepted", "accepted", "held"])
        self.company.hub_daily_spend = 1.5
        code = self.enqueue("+33612001009", purpose="otp")
        self.dispatch()
        self.assertEqual(rows[2].state, "held")
        self.assertEqual(code.state, "accepted")
        self.assertEqual(self._spent(), 1.5)

    def test_a_mailing_costs_no_more_than_its_limit_until_somebody_raises_it(self):
        mailing = self._mailing(0.5)
        rows = self._send(2, mailing_id=mailing.id)
        self.assertEqual(rows.mapped("state"), ["accepted", "held"])
        self.assertEqual(rows[1].reason, "spend_campaign")
        self.assertFalse(rows[1].not_before)
        self.assertEqual(mailing.hub_spent, 0.5)
        mailing.hub_spend_limit = 1
        self.dispatch()
        self.assertEqual(rows[1].state, "accepted")

    def test_counters_are_locked_in_one_order_whichever_is_limited(self):
        # a claim that began with the mailing's counter and an answer that began with
        # the day's would wait for each other
        mailing = self.env["mailing.mailing"].create(
            {"mailing_type": "sms", "subject": "Offer", "hub_spend_limit": 5}
        )
        message = self.enqueue(mailing_id=mailing.id)
        row = {
            **message.sudo().read(["mailing_id", "purpose", "segments"], load=None)[0],
            "country_code": "FR",
            "evidence": None,
        }
        spend = self.env["sms.hub.spend"]
        _spent, locked = spend._spent, []

        def spent(self, keys, lock=False):
            locked.extend(keys if lock else ())
            return _spent(keys, lock)

        with patch.object(self.env.registry["sms.hub.spend"], "_spent", spent):
            allowed, refused = spend._afford(self.gateway, [row])
        self.assertEqual((len(allowed), refused), (1, {}))
        first, second = sorted(locked)
        self.assertTrue(first.startswith(f"day:{self.company.id}:"))
        self.assertEqual(second, f"mailing:{mailing.id}")

    # === ALARM === #

    def _alarm(self):
        """Let a minute's look happen; return the alarm about spending."""
        self.env.flush_all()
        alarms = self.env["sms.hub.alarm"].sudo()
        alarms._look()
        return alarms.search(
            [
                ("company_id", "=", self.company.id),
                ("kind", "=", "spend_cap"),
                ("state", "!=", "closed"),
            ]
        )

    def _later(self, alarm):
        alarm.last_seen_at -= timedelta(minutes=6)
        self.env.flush_all()

    def test_an_alarm_tells_that_the_day_is_spent_until_the_limit_is_raised(self):
        self.company.hub_daily_spend = 1
        self._send(2)
        self.assertFalse(self._alarm(), "all of it went out")
        rows = self._send(3)
        alarm = self._alarm()
        self.assertEqual(set(rows.mapped("reason")), {"spend_day"})
        self.assertIn("is spent: 3, of them 0 because", alarm.sentence)
        self._later(alarm)
        self.assertEqual(self._alarm(), alarm, "they still wait")
        self.company.hub_daily_spend = 0
        self._later(alarm)
        self.assertFalse(self._alarm())
        self.assertEqual(alarm.state, "closed")

    def test_an_alarm_tells_that_a_mailing_may_cost_no_more_and_leads_there(self):
        mailing = self._mailing(0.5)
        rows = self._send(3, mailing_id=mailing.id)
        alarm = self._alarm()
        self.assertIn("is spent: 2, of them 2 because", alarm.sentence)
        action = alarm.with_user(self.hub_manager).action_view_subject()
        found = self.env["sms.hub.message"].search(action["domain"])
        self.assertEqual(found, rows[1:])
        mailing.hub_spend_limit = 0
        self._later(alarm)
        self.assertFalse(self._alarm())

    def test_a_company_is_not_told_of_another_ones_spending(self):
        other = self._new_company("Other")
        self.company.hub_daily_spend = 0.1
        self._send(1)
        self.assertEqual(self._alarm().company_id, self.company)
        self.assertFalse(self.env["sms.hub.spend"]._waiting(other))

    # === AT THE PLATFORM === #

    def test_what_the_platform_did_not_take_is_given_back(self):
        self.company.hub_daily_spend = 0.5
        self.provider.answers = [Outcome.REJECTED]
        [first] = self._send(1)
        self.assertEqual((first.state, self._spent()), ("failed", 0))
        second = self.enqueue("+33612001009")
        self.dispatch()
        self.assertEqual(second.state, "accepted")

    def test_the_confirmation_of_a_stop_leaves_whatever_it_costs(self):
        self.company.hub_daily_spend = 0.1
        [notice] = self._send(1, purpose="notice")
        self.assertEqual(notice.state, "accepted")

    def test_the_forecast_tells_the_cost_and_countries_without_a_price(self):
        self.company.hub_country_ids = self.france | self.env.ref("base.de")
        partners = self.env["res.partner"].create(
            [
                {"name": "One", "phone": "+33612001001"},
                {"name": "Two", "phone": "+4915112345678"},
            ]
        )
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": repr(partners.ids),
                "body": "Hello",
            }
        )
        words = composer.hub_forecast["cost"]
        self.assertIn("0.50", words)
        self.assertIn("for 2 parts; countries without a price: 1.", words)
        self.assertNotIn("budget", words)

    def test_the_forecast_tells_which_budget_will_not_do(self):
        self._send(1)
        self.company.hub_daily_spend = 0.7
        mailing = self.env["mailing.mailing"].create(
            {"mailing_type": "sms", "subject": "Offer", "hub_spend_limit": 0.4}
        )
        asked = {
            "company": self.company,
            "door": "mailing",
            "number": "+33612001001",
            "body": "Hello",
            "mailing_id": mailing.id,
        }
        forecast = self.env["sms.hub.forecast"]
        words = forecast._of([Recipient(asked)])["cost"]
        self.assertRegex(words, r"budget of the day \D*0.13\D* are left")
        self.assertRegex(words, r"budget of the mailing \D*0.40\D* are left")
        self.company.hub_daily_spend = mailing.hub_spend_limit = 2
        self.assertNotIn("budget", forecast._of([Recipient(asked)])["cost"])

    def test_only_administrators_change_prices_and_nobody_the_counters(self):
        with self.assertRaises(AccessError):
            self.prices.with_user(self.hub_manager).create(
                {"price": 1, "company_id": self.company.id}
            )
        self.assertTrue(self.prices.with_user(self.hub_user).search([]))
        with self.assertRaises(AccessError):
            self.env["sms.hub.spend"].with_user(self.hub_manager).search([])
