from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

#: Pacing at the very limit overshoots by the network's jitter.
_PACE = 0.93
#: Consecutive failures to reach the platform after which it is left alone for a while.
_FAILURES_TO_OPEN = 5


class SmsHubAccount(models.Model):
    """The shared state of a platform account: its rate and its circuit breaker.

    Keyed by the account, not by the gateway: two gateways may use one key, and the
    platform counts them together. Kept apart from the gateway so that sending never
    waits for somebody who edits the form.
    """

    _name = "sms.hub.account"
    _inherit = ["sms.hub.transaction"]
    _description = "Rate and circuit of an SMS platform account"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    next_slot = fields.Datetime(readonly=True)
    failures = fields.Integer(default=0, required=True, readonly=True)
    open_since = fields.Datetime(readonly=True)
    open_until = fields.Datetime(readonly=True)
    open_reason = fields.Char(readonly=True)

    _key_unique = models.Constraint("unique(key)", "This account is known already.")

    def init(self):
        """Let the time slots be finer than Odoo's seconds."""
        self.env.cr.execute(
            "ALTER TABLE sms_hub_account ALTER next_slot TYPE timestamp(6)"
        )

    def _reserve_slots(self, key, count, rate):
        """Reserve ``count`` requests at ``rate`` per second, over all workers.

        :return: seconds from now until the first slot, and seconds between slots
        """
        if rate <= 0:
            return 0.0, 0.0
        step = 1.0 / (rate * _PACE)

        def reserve(model):
            [(wait,)] = model.env.execute_query(
                SQL(
                    """
                    INSERT INTO sms_hub_account AS a (key, next_slot, failures)
                    VALUES (
                        %(key)s,
                        clock_timestamp() AT TIME ZONE 'UTC' + %(span)s,
                        0
                    )
                    ON CONFLICT (key) DO UPDATE SET next_slot = GREATEST(
                        a.next_slot, clock_timestamp() AT TIME ZONE 'UTC'
                    ) + %(span)s
                    RETURNING EXTRACT(EPOCH FROM
                        a.next_slot - %(span)s
                        - clock_timestamp() AT TIME ZONE 'UTC')
                    """,
                    key=key,
                    span=timedelta(seconds=step * count),
                )
            )
            return float(wait)

        return max(0.0, self._hub_run(reserve)), step

    def _seconds_ahead(self, key):
        """Return how far ahead of now the slots of an account are booked."""
        booked = SQL("SELECT next_slot FROM sms_hub_account WHERE key = %s", key)
        return self._seconds_until(booked) or 0.0

    def _note_reached(self, key):
        """The platform answered: forget earlier failures and close the circuit.

        A pause lasts its time, though: requests on their way when it began are
        still being answered.
        """
        self.env.cr.execute(
            """
            UPDATE sms_hub_account
               SET failures = 0, open_since = NULL, open_until = NULL,
                   open_reason = NULL
             WHERE key = %s AND (failures > 0 OR open_until IS NOT NULL)
               AND COALESCE(
                   open_until <= clock_timestamp() AT TIME ZONE 'UTC', TRUE)
            """,
            [key],
        )

    def _note_unreachable(self, key, seconds, reason, at_once=False):
        """Count a failure; open the circuit at the fifth in a row, or at once.

        Opened again before the platform answered once, it is open since the first time.

        :param seconds: how long the account is then left alone
        """
        needed = 1 if at_once else _FAILURES_TO_OPEN
        self.env.cr.execute(
            """
            INSERT INTO sms_hub_account AS a (key, failures) VALUES (%(key)s, 1)
            ON CONFLICT (key) DO UPDATE SET failures = a.failures + 1
            """,
            {"key": key},
        )
        self.env.cr.execute(
            """
            UPDATE sms_hub_account
               SET open_since = COALESCE(
                       open_since, clock_timestamp() AT TIME ZONE 'UTC'),
                   open_until = clock_timestamp() AT TIME ZONE 'UTC' + %(pause)s,
                   open_reason = %(reason)s
             WHERE key = %(key)s AND failures >= %(needed)s
            """,
            {
                "key": key,
                "pause": timedelta(seconds=seconds),
                "reason": reason,
                "needed": needed,
            },
        )
