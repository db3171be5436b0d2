import json
import math
import time
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..policy import Calendar, Slot, appoint
from ..tools.dispatch import at_once

#: Consecutive failures to reach the platform after which it is left alone for a while.
_FAILURES_TO_OPEN = 5
#: A moment is booked no sooner than it takes until the booking is known: these seconds,
#: and so many times what it took to ask for the time.
_LEAD, _LEAD_ASKED = 0.03, 4


class SmsHubAccount(models.Model):
    """What workers share about a platform account: its rate and its circuit breaker.

    Keyed by the account, not by the gateway: two gateways may use one key, and the
    platform counts them together. Kept apart from the gateway so that sending never
    waits for somebody who edits the form. Other rates, as those of senders, are rows of
    their own with nothing but a calendar.
    """

    _name = "sms.hub.account"
    _inherit = ["sms.hub.transaction"]
    _description = "Rate and circuit of an SMS platform account"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    #: (moment in seconds, units) of what was booked lately
    booked = fields.Json(readonly=True)
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

    def _book(self, ways, within=math.inf):
        """Book a moment for each request, over all workers.

        A request takes the way on which it leaves first.

        :param ways: for each request the ways in which it may leave; a way is the rates
            it counts against there: ``(key, units per second, units)``
        :param within: what could leave only after so many seconds is not booked
        :return: the :class:`Slot` of each request, by the clock of this process; or
            ``None``
        """
        rates = {key: rate for one in ways for way in one for key, rate, _units in way}
        if not rates:
            return [at_once() for _one in ways]
        return self._hub_run(lambda account: account._book_now(ways, rates, within))

    def _book_now(self, ways, rates, within):
        calendars = self._calendars(rates, lock=True)
        asked = time.monotonic()
        now, slots = self._clock(), []
        heard = time.monotonic()
        doubt = heard - asked
        first = now + _LEAD + _LEAD_ASKED * doubt
        for one in ways:
            found = [
                [(calendars[key], units) for key, _rate, units in way] for way in one
            ]
            at, way = min(
                ((appoint(way, first), way) for way in found), key=lambda pair: pair[0]
            )
            if at > first + within:
                slots.append(None)
                continue
            for calendar, units in way:
                calendar.book(at, units)
            slots.append(Slot.at(heard + at - now, doubt))
        self._store_calendars(calendars, now)
        return slots

    def _rooms(self, rates, seconds):
        """Return how many units may still be booked that leave within some seconds.

        :param rates: ``{key: units per second}``
        :return: ``{key: units}``
        """
        if not rates:
            return {}
        now = self._clock()
        return {
            key: calendar.room(now, seconds)
            for key, calendar in self._calendars(rates).items()
        }

    def _calendars(self, rates, lock=False):
        """Return the :class:`Calendar` of each key.

        :param lock: nobody else books until the commit
        """
        if lock:
            self.env.cr.execute(
                """
                INSERT INTO sms_hub_account (key, failures)
                SELECT key, 0 FROM unnest(%s) AS key
                 WHERE NOT EXISTS (
                       SELECT 1 FROM sms_hub_account AS a WHERE a.key = key.key)
                 ORDER BY key ON CONFLICT DO NOTHING
                """,
                [list(rates)],
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT key, booked FROM sms_hub_account"
                " WHERE key = ANY(%s) ORDER BY key %s",
                list(rates),
                SQL("FOR NO KEY UPDATE") if lock else SQL(),
            )
        )
        booked = dict(rows)
        return {
            key: Calendar(rate, booked.get(key) or ()) for key, rate in rates.items()
        }

    def _store_calendars(self, calendars, now):
        self.env.cr.execute_values(
            """
            UPDATE sms_hub_account AS a
               SET booked = given.booked::jsonb,
                   next_slot = to_timestamp(given.until) AT TIME ZONE 'UTC'
              FROM (VALUES %s) AS given(key, booked, until) WHERE a.key = given.key
            """,
            [
                (key, json.dumps(calendar.kept(now)), calendar.end())
                for key, calendar in calendars.items()
            ],
        )

    def _clock(self):
        """Return the time by the clock that all workers share, in seconds."""
        [(now,)] = self.env.execute_query(
            SQL("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8")
        )
        return now

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
        Then others take over: of codes at once, of all the rest a little later.

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
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_account AS a
                   SET open_since = COALESCE(
                           a.open_since, clock_timestamp() AT TIME ZONE 'UTC'),
                       open_until = clock_timestamp() AT TIME ZONE 'UTC' + %(pause)s,
                       open_reason = %(reason)s
                  FROM sms_hub_account AS old
                 WHERE a.key = %(key)s AND old.id = a.id AND a.failures >= %(needed)s
                RETURNING old.open_since IS NULL
                """,
                key=key,
                pause=timedelta(seconds=seconds),
                reason=reason,
                needed=needed,
            )
        )
        if rows == [(True,)]:
            self.env["sms.hub.housekeeping"]._go_around(seconds)
