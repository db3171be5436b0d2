"""A STOP and a claim, a cap and eight workers: what only real transactions can show."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo import api, fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.sms_hub_number_lock import _USE, _WILL
from .race_common import NUMBER, OTHER, RaceCase

WORKERS = 8
#: Beyond the longest cap: what has to wait for it does not expire.
FAR = fields.Datetime.now() + timedelta(days=60)


@tagged("post_install", "-at_install")
class TestStopRace(RaceCase):
    """After the commit of a reply or a refusal nothing is claimed on older facts."""

    def test_a_reply_waits_for_the_claim_that_is_being_decided_on(self):
        self._fill(3)
        with ThreadPoolExecutor(1) as pool:
            with self._own() as claim:
                claimed = self._claim(claim)
                reply = pool.submit(self._store_reply)
                self.assertTrue(self._somebody_waits())
                self.assertFalse(reply.done(), "it may not be stored before the claim")
            reply.result(timeout=10)
        self.assertEqual(len(claimed), 3)
        self._fill(3)
        self.assertEqual(self._claim_now(), [])

    def _store_reply(self):
        with self._own() as env:
            self._insert_reply(env)

    def _advisory_locks(self, env, condition):
        """Count the locks of this database; the view shows those of all."""
        [(count,)] = env.execute_query(
            SQL(
                """
                SELECT count(*) FROM pg_locks
                  JOIN pg_database AS here ON here.oid = pg_locks.database
                 WHERE here.datname = current_database()
                   AND locktype = 'advisory' AND %s
                """,
                condition,
            )
        )
        return count

    def _somebody_waits(self):
        for _turn in range(100):
            with self._env() as env:
                if self._advisory_locks(env, SQL("NOT granted")):
                    return True
            time.sleep(0.02)
        return False

    def test_a_claim_never_waits_for_a_reply_and_leaves_its_number_alone(self):
        mine, others = self._fill(3), self._fill(2, OTHER)
        with self._own() as reply:
            self._insert_reply(reply)
            self.assertEqual(sorted(self._claim_now()), sorted(others))
        self.assertEqual(self._claim_now(), [], "the reply is stored and not read")
        self.assertEqual(self._states(mine), {("queued", None): 3})

    def test_one_number_that_somebody_holds_for_long_stops_no_lane(self):
        self._fill(40)
        others = self._fill(3, OTHER)
        with self._own() as slow:
            slow["sms.hub.number.lock"]._lock([NUMBER])
            self.assertEqual(sorted(self._claim_now()), others)

    def test_the_locks_of_one_lane_are_gone_before_the_next_is_looked_at(self):
        """Or two workers with texts to the same people would wait for each other."""
        ids = self._fill(2) + self._fill(2, OTHER, purpose="marketing")
        found, dispatcher = [], self.registry["sms.hub.dispatcher"]
        claim = dispatcher._claim

        def look(model, *args):
            with self._env() as env:
                held = SQL("classid IN (%s, %s)", _WILL, _USE)
                found.append(self._advisory_locks(env, held))
            return claim(model, *args)

        with patch.object(dispatcher, "_claim", look):
            self.assertEqual(sorted(self._claim_now()), ids)
        self.assertEqual(set(found), {0})

    def test_a_reply_that_was_not_stored_after_all_holds_nothing(self):
        ids = self._fill(3)
        with self._own() as reply:
            self._insert_reply(reply)
            reply.cr.rollback()
        self.assertEqual(sorted(self._claim_now()), sorted(ids))

    def test_a_reply_that_comes_between_lock_and_decision_is_seen(self):
        ids = self._fill(3)
        with self._own() as claim:
            dispatcher = claim["sms.hub.dispatcher"]
            gateway = self._gateway(claim)
            rows = self._lock_due(claim)
            self.assertEqual([row["id"] for row in rows], ids)
            self._store_reply()
            rows = dispatcher._lock_numbers(rows)
            self.assertFalse(self._refuse_all(dispatcher, gateway, rows))
        self.assertEqual(self._states(ids), {("held", "inbound_pending"): 3})

    def _refuse_all(self, dispatcher, gateway, rows):
        """Ask as a claim does and carry out the answer; return what may go out."""
        allowed, refused = dispatcher._ask_gate(gateway, rows)
        dispatcher._refuse(refused)
        return allowed

    def _lock_due(self, env):
        class Settings:
            gateway_id = self.gateway_id

        return env["sms.hub.dispatcher"]._lock_due(Settings, "transactional", 100)

    def test_a_refusal_passes_over_the_rows_of_a_claim_which_then_block(self):
        ids = self._fill(4)
        with self._own() as claim:
            dispatcher = claim["sms.hub.dispatcher"]
            claim.cr.execute(
                "SELECT id FROM sms_hub_message WHERE id = ANY(%s) FOR UPDATE",
                [ids[:2]],
            )
            with self._env() as agent:
                self._refuse(agent)
            gateway = self._gateway(claim)
            rows = dispatcher._lock_numbers(self._lock_due(claim))
            self.assertFalse(self._refuse_all(dispatcher, gateway, rows))
        self.assertEqual(
            self._states(ids),
            {("blocked", "suppressed"): 2, ("cancelled", "cancelled_by_stop"): 2},
        )

    def _refuse(self, env):
        """Refuse as an entry of the consent ledger does, which would stay for ever."""
        env["sms.hub.number.lock"]._lock([NUMBER])
        env.cr.execute(
            "INSERT INTO phone_blacklist (number, active) VALUES (%s, TRUE)", [NUMBER]
        )
        waiting = env["sms.hub.message"]._lock_waiting([NUMBER])
        waiting._move("cancel", reason="cancelled_by_stop")

    @mute_logger("odoo.sql_db")
    def test_nothing_is_claimed_after_the_commit_of_a_stop(self):
        """Eight workers claim from 1,000 texts to one number when a STOP arrives."""
        late, claimed, rounds = 0, 0, 5
        for turn in range(rounds):
            ids = self._fill(1000)
            stop_at = threading.Timer(0.05 + 0.1 * turn, self._stop_and_look)
            self.done = threading.Event()
            stop_at.start()
            self._in_parallel(self._work_until_done, WORKERS)
            stop_at.join()
            with self._env() as env:
                env.cr.execute(
                    "SELECT count(*), count(*) FILTER (WHERE claimed_at > %s)"
                    "  FROM sms_hub_message WHERE id = ANY(%s) AND epoch > 0",
                    [self.committed_at, ids],
                )
                found = env.cr.fetchone()
                claimed, late = claimed + found[0], late + found[1]
                env.cr.execute(
                    "DELETE FROM sms_hub_event WHERE gateway_id = %s", [self.gateway_id]
                )
                env.cr.execute("DELETE FROM sms_hub_message WHERE id = ANY(%s)", [ids])
        sys.stdout.write(
            f"STOP race: {rounds} times 1,000 texts, {WORKERS} workers, {claimed} "
            f"claimed before the commit, {late} after it\n"
        )
        self.assertGreater(claimed, 0)
        self.assertLess(claimed, rounds * 1000, "the STOP came in the middle")
        self.assertEqual(late, 0)

    def _stop_and_look(self):
        self._store_reply()
        with self._env() as env:
            env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
            [self.committed_at] = env.cr.fetchone()
        time.sleep(0.3)
        self.done.set()

    def _work_until_done(self):
        while not self.done.is_set():
            self._claim_now()


@tagged("post_install", "-at_install")
class TestCapRace(RaceCase):
    """Eight workers never text anybody more often than a cap allows."""

    settings = {**RaceCase.settings, "hub_repeat_hours": 0}

    def setUp(self):
        super().setUp()
        with self._env() as env:
            others = env["sms.hub.cap"].search([])
            others.active = False
        self.addCleanup(self._restore, others.ids)

    def _restore(self, cap_ids):
        with self._env() as env:
            caps = env["sms.hub.cap"]
            caps.search([("company_id", "=", self.company_id)]).unlink()
            caps.browse(cap_ids).active = True

    def _set_cap(self, limit, **values):
        with self._env() as env:
            env["sms.hub.cap"].search([("company_id", "=", self.company_id)]).unlink()
            env["sms.hub.cap"].create(
                {
                    "name": "At most",
                    "limit": limit,
                    "company_id": self.company_id,
                    **values,
                }
            )

    def _work(self, ids):
        """Claim until none of these is queued; return what was claimed.

        A claim may find only texts that the cap holds.
        """
        claimed = []
        while any(state == "queued" for state, _reason in self._states(ids)):
            claimed += self._claim_now()
        return claimed

    def test_eight_workers_use_a_cap_up_and_no_more(self):
        self._set_cap(100, period="day", purpose="marketing")
        ids = [
            self._fill(1500, number, purpose="marketing") for number in (NUMBER, OTHER)
        ]
        work = partial(self._work, ids[0] + ids[1])
        claims = [one for each in self._in_parallel(work, WORKERS) for one in each]
        found = [self._states(each) for each in ids]
        sys.stdout.write(
            f"Cap of 100: {sum(map(len, ids))} texts to two numbers, {WORKERS} workers,"
            f" {len(claims)} claimed, {max(0, len(claims) - 200)} too many\n"
        )
        self.assertEqual(len(claims), len(set(claims)))
        for states in found:
            self.assertEqual(states, {("claimed", None): 100, ("held", "cap"): 1400})

    def test_every_kind_of_cap_counts_what_it_is_about(self):
        cases = (
            # cap, what was sent before, its age in days, what may still go out
            ({"period": "day"}, {"purpose": "marketing"}, 0, 5),
            ({"period": "day"}, {"purpose": "marketing"}, 2, 10),
            ({"period": "week"}, {"purpose": "marketing"}, 6, 5),
            ({"period": "week"}, {"purpose": "marketing"}, 8, 10),
            ({"period": "month"}, {"purpose": "marketing"}, 29, 5),
            ({"period": "month"}, {"purpose": "marketing"}, 31, 10),
            ({"period": "day"}, {"purpose": "transactional"}, 0, 5),
            ({"period": "day"}, {"purpose": "otp"}, 0, 10),
            (
                {"period": "day", "purpose": "marketing"},
                {"purpose": "transactional"},
                0,
                10,
            ),
            ({"period": "day", "sender": "NEWS"}, {"sender": "NEWS"}, 0, 5),
            ({"period": "day", "sender": "NEWS"}, {"sender": "SHOP"}, 0, 10),
        )
        for cap, before, days, left in cases:
            with self.subTest(cap=cap, before=before, days=days):
                self._set_cap(10, **cap)
                self._fill_sent(5, days, before)
                ids = self._fill(30, purpose="marketing", expires_at=FAR)
                self._set_sender(ids, "NEWS")
                self._in_parallel(partial(self._work, ids), 2)
                states = self._states(ids)
                self._clear()
                self.assertEqual(
                    states, {("claimed", None): left, ("held", "cap"): 30 - left}
                )

    def _fill_sent(self, count, days, before):
        """Add messages that arrived so many days ago."""
        purpose = before.get("purpose", "marketing")
        ids = self._fill(count, purpose=purpose)
        self._set_sender(ids, before.get("sender", "NEWS"))
        with self._env() as env:
            env.cr.execute(
                "UPDATE sms_hub_message SET state = 'delivered', accepted_at ="
                " clock_timestamp() AT TIME ZONE 'UTC' - make_interval(days => %s)"
                " WHERE id = ANY(%s)",
                [days, ids],
            )
            env.cr.execute(
                "UPDATE sms_hub_message SET claimed_at = accepted_at"
                " WHERE id = ANY(%s)",
                [ids],
            )

    def _set_sender(self, ids, sender):
        with self._env() as env:
            env["sms.hub.message"].browse(ids).sender = sender

    def _clear(self):
        with self._env() as env:
            env.cr.execute(
                "DELETE FROM sms_hub_message WHERE gateway_id = %s", [self.gateway_id]
            )


@tagged("post_install", "-at_install")
class TestLimitRace(RaceCase):
    """What one person may send in a day is exact, in however many windows they send."""

    settings = {**RaceCase.settings, "hub_user_daily_limit": 5}

    def test_texts_that_are_made_at_once_share_one_limit(self):
        begun = threading.Barrier(4, timeout=10)

        def send():
            with self.registry.cursor() as cr:
                companies = {"allowed_company_ids": [self.company_id]}
                env = api.Environment(cr, self._person(), companies)
                company = env["res.company"].browse(self.company_id)
                company.mapped("name")  # what it reads is as old as this
                begun.wait()
                asked = [
                    {
                        "company": company,
                        "door": "chatter",
                        "number": NUMBER,
                        "body": f"Text {turn}",
                    }
                    for turn in range(3)
                ]
                return env["sms.hub.message"]._enqueue(asked).mapped("over_limit")

        over = [mark for marks in self._in_parallel(send, 4) for mark in marks]
        self.assertEqual(sorted(over), [False] * 5 + [True] * 7)

    def _person(self):
        with self._env() as env:
            return env.ref("base.user_admin").id
