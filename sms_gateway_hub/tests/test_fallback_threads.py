"""Four workers and a sender that dies among them: what only real threads can show."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.vocabulary import ErrorClass
from ..tools.dispatch import DispatchSettings, hand_over
from .dispatch_common import ALWAYS
from .fallback_common import FIRST, OTHER_ACCOUNT, SECOND, PickyProvider
from .race_common import RaceCase

WORKERS, MESSAGES = 4, 120
#: Texts after which the first sender is refused.
_DIES_AFTER = 30
_PATIENCE = 90

_LEFTOVERS = (
    "DELETE FROM sms_hub_sender_pause WHERE gateway_id = ANY(%(gateways)s)",
    "DELETE FROM sms_hub_sender_health WHERE gateway_id = ANY(%(gateways)s)",
    "DELETE FROM sms_hub_key WHERE message_id IN"
    " (SELECT id FROM sms_hub_message WHERE gateway_id = ANY(%(gateways)s))",
    "DELETE FROM sms_hub_message WHERE gateway_id = ANY(%(gateways)s)",
    "DELETE FROM sms_hub_request WHERE gateway_id = ANY(%(gateways)s)",
)


class DyingProvider(PickyProvider):
    """Keeps what it accepted; one sender is refused from some text on."""

    def __init__(self, error_class):
        super().__init__()
        self.accepted = Counter()
        self.by_sender = Counter()
        self._error_class = error_class
        self._lock = threading.Lock()

    def answer(self, envelope, messages):
        """Override: count what is accepted, by reference and by sender."""
        with self._lock:
            if self.by_sender[FIRST] >= _DIES_AFTER:
                self.refuses[FIRST] = self._error_class
            reply = super().answer(envelope, messages)
            if envelope.sender not in self.refuses:
                self.accepted.update(one.reference for one in messages)
                self.by_sender[envelope.sender] += len(messages)
        time.sleep(0.005)
        return reply


@tagged("post_install", "-at_install")
class TestFallbackThreads(RaceCase):
    """Nothing is handed over twice and nothing stays behind."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            second = env["sms.hub.gateway"].create({"name": "Other account"})
            second.action_activate()
            self.second_id = second.id
            env["sms.hub.sender"].create(
                [
                    {"name": name, "gateway_id": gateway, "sequence": place}
                    for place, (name, gateway) in enumerate(
                        (
                            (FIRST, self.gateway_id),
                            (SECOND, self.gateway_id),
                            (OTHER_ACCOUNT, self.second_id),
                        )
                    )
                ]
            )
        self.addCleanup(self._clean_more)

    def _clean_more(self):
        with self._env() as env:
            for sql in _LEFTOVERS:
                env.cr.execute(sql, {"gateways": [self.gateway_id, self.second_id]})
            second = env["sms.hub.gateway"].browse(self.second_id)
            second.action_deactivate()
            second.unlink()

    def _work(self, ids, deadline):
        """Claim, hand over and store like a dispatcher, until nothing is left."""
        with self._env() as env:
            gateways = env["sms.hub.gateway"].browse([self.gateway_id, self.second_id])
            all_settings = DispatchSettings.of(gateways)
            while self._open(ids) and time.monotonic() < deadline:
                for settings in all_settings:
                    claim = env["sms.hub.dispatcher"]._claim_batches(settings, busy=0)
                    answers = [
                        hand_over(settings.client, batch, ALWAYS)
                        for batch in claim.work
                    ]
                    env["sms.hub.writeback"]._store_all(settings, answers)

    def _look_after(self, ids, deadline):
        """Watch senders and keep house meanwhile, as the scheduled actions do."""
        while self._open(ids) and time.monotonic() < deadline:
            with self._env() as env:
                env["sms.hub.sender.watch"]._run()
                env["sms.hub.reroute"]._run(lambda: time.monotonic() < deadline)
            time.sleep(0.2)

    def _open(self, ids):
        open_states = {"queued", "held", "claimed"}
        return any(state in open_states for state, _reason in self._states(ids))

    def _run_campaign(self, error_class):
        provider = DyingProvider(error_class)
        ids = []
        for turn in range(MESSAGES):
            ids += self._fill(1, f"+3361230{turn:04}")
        deadline = time.monotonic() + _PATIENCE
        registered = self.registry["sms.hub.gateway"]
        with (
            patch.object(
                registered, "_get_client_class", lambda gateway: provider.make_client
            ),
            ThreadPoolExecutor(WORKERS + 1) as pool,
        ):
            jobs = [pool.submit(self._work, ids, deadline) for _turn in range(WORKERS)]
            jobs.append(pool.submit(self._look_after, ids, deadline))
            for job in jobs:
                job.result(timeout=_PATIENCE + 30)
        return provider, ids

    def _assert_all_arrived_once(self, provider, ids):
        self.assertEqual(self._states(ids), {("accepted", None): MESSAGES})
        self.assertEqual(set(provider.accepted.values()), {1}, "nothing went twice")
        self.assertEqual(len(provider.accepted), MESSAGES)
        with self._env() as env:
            messages = env["sms.hub.message"].browse(ids)
            stored = Counter(messages.mapped("sender"))
        self.assertEqual(stored, provider.by_sender, "each names who sent it")
        self.assertLess(provider.by_sender[FIRST], MESSAGES)

    @mute_logger(
        "odoo.addons.sms_gateway_hub.models.sms_hub_sender_watch",
        "odoo.addons.sms_gateway_hub.models.sms_hub_writeback",
    )
    def test_a_sender_that_is_refused_in_the_middle(self):
        provider, ids = self._run_campaign(ErrorClass.SENDER)
        self._assert_all_arrived_once(provider, ids)
        with self._env() as env:
            pause = env["sms.hub.sender.pause"].search(
                [("sender_id.gateway_id", "=", self.gateway_id)]
            )
            self.assertEqual(pause.mapped("kind"), ["unregistered"])

    @mute_logger(
        "odoo.addons.sms_gateway_hub.models.sms_hub_sender_watch",
        "odoo.addons.sms_gateway_hub.models.sms_hub_writeback",
    )
    def test_an_account_that_is_refused_in_the_middle(self):
        provider, ids = self._run_campaign(ErrorClass.ACCOUNT)
        self._assert_all_arrived_once(provider, ids)
        self.assertEqual(provider.by_sender[SECOND], 0, "it is of the same account")
