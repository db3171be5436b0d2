"""What tests with several real transactions share: their commits are cleaned up."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name

from ..gateway.messages import InboundSms
from ..tools.dispatch import DispatchSettings

NUMBER, OTHER = "+33612345678", "+33612345679"

#: What the tests leave behind, in the order in which it may go.
_LEFTOVERS = (
    "DELETE FROM sms_hub_key WHERE message_id IN"
    " (SELECT id FROM sms_hub_message WHERE gateway_id = %(gateway)s)",
    "DELETE FROM sms_hub_event WHERE gateway_id = %(gateway)s",
    "DELETE FROM sms_hub_message WHERE gateway_id = %(gateway)s",
    "DELETE FROM phone_blacklist WHERE number IN (%(number)s, %(other)s)",
)


class RaceCase(BaseCase):
    """A gateway that other transactions see, in a company whose rules stand aside."""

    #: What the company is set to for the test.
    settings = {"hub_marketing_consent": "unless_refused", "hub_quiet_hours": False}

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._env() as env:
            kept = env["sms.hub.gateway"].search([("state", "!=", "draft")])
            kept.action_deactivate()
            gateway = env["sms.hub.gateway"].create({"name": "Concurrency"})
            gateway.action_activate()
            company = gateway.company_id
            self.company_id, self.gateway_id = company.id, gateway.id
            before = {name: company[name] for name in self.settings}
            before["hub_country_ids"] = [(6, 0, company.hub_country_ids.ids)]
            company.write(
                {**self.settings, "hub_country_ids": [(6, 0, env.ref("base.fr").ids)]}
            )
        self.addCleanup(self._clean, kept.ids, before)

    def _clean(self, kept_ids, before):
        with self._env() as env:
            for sql in _LEFTOVERS:
                env.cr.execute(
                    sql,
                    {"gateway": self.gateway_id, "number": NUMBER, "other": OTHER},
                )
            gateway = self._gateway(env)
            gateway.company_id.write(before)
            gateway.action_deactivate()
            gateway.unlink()
            env["sms.hub.gateway"].browse(kept_ids).action_activate()

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @contextmanager
    def _own(self):
        """Open a transaction as claims and events have it."""
        with self._env() as env:
            with env["sms.hub.transaction"]._hub_cursor() as cr:
                yield env(cr=cr)

    def _gateway(self, env):
        return env["sms.hub.gateway"].browse(self.gateway_id)

    def _fill(self, count, number=NUMBER, **values):
        """Queue messages that were all asked for before the first one went out."""
        with self._env() as env:
            asked = [
                {
                    "company": self._gateway(env).company_id,
                    "door": "queue",
                    "number": number,
                    "body": f"Text {turn}",
                    **values,
                }
                for turn in range(count)
            ]
            messages = env["sms.hub.message"]._enqueue(asked)
            env.flush_all()
            # the gate counts what is asked for together; these were not
            env.cr.execute(
                "UPDATE sms_hub_message SET state = 'queued', reason = NULL,"
                " not_before = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = ANY(%s)",
                [messages.ids],
            )
            return messages.ids

    def _claim(self, env, lane="transactional"):
        """Claim from one lane in this transaction; return ids of the rows."""
        settings = DispatchSettings(self._gateway(env))
        found = env["sms.hub.dispatcher"]._claim(settings, lane, settings.parallel, 1)
        return self._ids(found)

    def _claim_now(self):
        """Claim as a worker does, each lane committed; return ids of the rows."""
        with self._env() as env:
            settings = DispatchSettings(self._gateway(env))
            return self._ids(env["sms.hub.dispatcher"]._claim_batches(settings, busy=0))

    def _ids(self, claim):
        return [row_id for batch in claim.work for row_id in batch.ids()]

    def _insert_reply(self, env, text="STOP", number=NUMBER):
        reply = InboundSms(
            message_id="", from_number=number, to_number="HUB", text=text
        )
        env["sms.hub.event"]._insert_all(self._gateway(env), [reply], "push")

    def _states(self, ids):
        """Return ``{(state, reason): count}`` of the rows as they are now."""
        with self._env() as env:
            env.cr.execute(
                "SELECT state, reason, count(*) FROM sms_hub_message"
                " WHERE id = ANY(%s) GROUP BY state, reason",
                [ids],
            )
            return {(row[0], row[1]): row[2] for row in env.cr.fetchall()}

    def _in_parallel(self, function, count):
        """Run a function in so many threads; return what each returned."""
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _turn: function(), range(count)))
