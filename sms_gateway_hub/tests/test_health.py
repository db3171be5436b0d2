from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..gateway.vocabulary import Outcome
from .dispatch_common import DispatchCommon


@tagged("post_install", "-at_install")
class TestHealth(DispatchCommon):
    """The page says in tiles what is well and what is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub_admin = cls._new_user(
            "hub_admin", "sms_gateway_hub.group_administrator"
        )
        crons = cls.env["sms.hub.health"]._cron_figures()
        for one in crons:
            one.cron.nextcall = fields.Datetime.now() + timedelta(minutes=1)

    def page(self, user=None):
        self.env.flush_all()
        user = user or self.hub_admin
        health = self.env["sms.hub.health"].with_user(user)
        return health.with_context(allowed_company_ids=self.company.ids).get_page()

    def tile(self, code, user=None):
        """Return a tile of the page by its code."""
        page = self.page(user)
        tiles = [*page["general"], *page["gateways"][0]["tiles"]]
        [found] = [one for one in tiles if one["code"] == code]
        return found

    def test_a_quiet_hub_is_green(self):
        page = self.page()
        self.assertEqual(page["level"], "good", page)
        self.assertEqual(page["sentence"], "All is well.")
        self.assertEqual(page["gateways"][0]["name"], self.gateway.name)

    def test_the_queue_tile_tells_depth_and_age_of_each_lane(self):
        message = self.enqueue()
        self.assertEqual(self.tile("queue")["value"], "1")
        self.assertEqual(self.tile("queue")["level"], "good")
        message.sudo().not_before = fields.Datetime.now() - timedelta(minutes=20)
        tile = self.tile("queue")
        self.assertEqual(tile["level"], "act")
        self.assertIn("20 minutes", tile["sentence"])
        self.assertIn(("Normal", "1 · 20 minutes"), tile["lines"])
        found = self.env["sms.hub.message"].search(tile["action"]["domain"])
        self.assertEqual(found, message)

    def test_what_is_planned_for_later_is_not_due(self):
        message = self.enqueue()
        message.sudo().not_before = fields.Datetime.now() + timedelta(hours=1)
        self.assertEqual(self.tile("queue")["value"], "0")

    def test_unknown_texts_are_counted_and_listed(self):
        message = self.enqueue()
        self.provider.answers.append(Outcome.UNKNOWN)
        self.dispatch()
        tile = self.tile("unknown")
        self.assertEqual((tile["value"], tile["level"]), ("1", "act"))
        found = self.env["sms.hub.message"].search(tile["action"]["domain"])
        self.assertEqual(found, message)
        self.company.hub_alarm_unknown = 5
        self.assertEqual(self.tile("unknown")["level"], "look")

    def test_dead_letters_are_listed_for_those_who_may_open_them(self):
        self.env["sms.hub.event"]._insert_unreadable(self.gateway, "{", "Cut off.")
        self.assertEqual(self.tile("dead")["level"], "act")
        self.assertTrue(self.tile("dead")["action"])
        self.assertFalse(self.tile("dead", self.hub_manager)["action"])

    def test_an_open_circuit_is_red_and_says_why(self):
        key = self.gateway._account_key()
        account = self.env["sms.hub.account"]
        account._note_unreachable(key, 300, "No credit left.", at_once=True)
        tile = self.tile("platform")
        self.assertEqual(tile["level"], "act")
        self.assertIn("No credit left.", tile["sentence"])

    def test_a_paused_gateway_is_amber(self):
        self.gateway.action_pause()
        self.assertEqual(self.tile("platform")["level"], "look")

    def test_the_rate_is_that_of_the_last_minute(self):
        self.env["sms.hub.request"].sudo().create(
            [
                {
                    "gateway_id": self.gateway.id,
                    "started_at": fields.Datetime.now() - timedelta(seconds=ago),
                }
                for ago in (5, 10, 20, 70, 80, 90)
            ]
        )
        self.assertEqual(self.tile("rate")["value"], "0.1")

    def test_scheduled_actions_that_are_off_or_late(self):
        cron = self.env.ref("sms_gateway_hub.ir_cron_events").sudo()
        cron.nextcall = fields.Datetime.now() - timedelta(minutes=20)
        self.assertEqual(self.tile("crons")["level"], "act")
        self.assertIn("late", self.tile("crons")["sentence"])
        cron.active = False
        self.assertIn(cron.name, self.tile("crons")["sentence"])

    def test_a_sender_that_was_paused_by_itself_is_red(self):
        sender = self.env["sms.hub.sender"].create(
            {"name": "HUBTST", "gateway_id": self.gateway.id}
        )
        self.assertEqual(self.tile("senders")["level"], "good")
        pauses = self.env["sms.hub.sender.pause"]
        pauses._begin(sender, self.env.ref("base.in"), "unregistered")
        tile = self.tile("senders")
        self.assertEqual((tile["value"], tile["level"]), ("1", "act"))
        alarm = self.env["sms.hub.alarm"].search(
            [("kind", "=", "sender_paused"), ("sender_id", "=", sender.id)]
        )
        self.assertEqual(alarm.state, "open")
        pauses.sudo().search([("sender_id", "=", sender.id)])._end()
        self.assertEqual(alarm.state, "closed")
        self.assertEqual(self.tile("senders")["level"], "good")

    def test_a_spare_dispatcher_may_be_off(self):
        spare = self.env.ref("sms_gateway_hub.ir_cron_dispatch_3").sudo()
        self.assertFalse(spare.active)
        self.assertEqual(self.tile("crons")["level"], "good")

    def test_a_balance_that_runs_out_is_for_administrators(self):
        now = fields.Datetime.now()
        self.env["sms.hub.balance"].sudo().create(
            [
                {
                    "gateway_id": self.gateway.id,
                    "name": "Credits",
                    "amount": amount,
                    "checked_at": now - timedelta(days=days),
                }
                for days, amount in ((10, 1000), (0, 200))
            ]
        )
        tile = self.tile("balance")
        self.assertEqual((tile["value"], tile["level"]), ("200", "act"))
        self.assertIn("2 more days", tile["sentence"])
        self.env["sms.hub.balance"].sudo().search([], limit=1).amount = 1234567.5
        self.assertEqual(self.tile("balance")["value"], "1,234,567.5")
        codes = {
            one["code"] for one in self.page(self.hub_manager)["gateways"][0]["tiles"]
        }
        self.assertFalse(codes & {"balance", "key"})

    def test_only_managers_see_it_and_only_their_companies(self):
        with self.assertRaises(AccessError):
            self.page(self.hub_user)
        other = self._new_gateway(self._new_company("Elsewhere"))
        names = [one["name"] for one in self.page()["gateways"]]
        self.assertNotIn(other.name, names)
        self.assertEqual(names, [self.gateway.name])

    def test_without_a_gateway_it_says_so(self):
        self.gateway.action_deactivate()
        self.assertIn("No gateway", self.page()["sentence"])

    def test_every_list_behind_a_tile_opens(self):
        page = self.page()
        for tile in [*page["general"], *page["gateways"][0]["tiles"]]:
            action = tile["action"]
            if not action or not action.get("domain"):
                continue
            with self.subTest(tile["code"]):
                model = self.env[action["res_model"]].with_user(self.hub_admin)
                self.assertIsInstance(model.search_count(action["domain"]), int)

    def test_its_queries_do_not_grow_with_the_ledger(self):
        self.page()

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.page()
            return self.env.cr.sql_log_count - before

        few = queries()
        for turn in range(10):
            self.enqueue(f"+336111111{turn:02d}")
        self.assertLessEqual(queries(), few + 2)
