import random
import time
from contextlib import contextmanager

from psycopg2.errors import DeadlockDetected, SerializationFailure
from psycopg2.extensions import (
    ISOLATION_LEVEL_READ_COMMITTED,
    TRANSACTION_STATUS_IDLE,
)

from odoo import models
from odoo.tools import SQL

_ATTEMPTS = 5


class SmsHubTransaction(models.AbstractModel):
    """Short transactions of our own, beside the caller's.

    Odoo's cursors read one snapshot for their whole life. A claim that decides on such
    a snapshot reads an old world and fails whenever two workers meet, so claims,
    write-backs and event inserts each run in a READ COMMITTED transaction: lock first,
    then read the facts, then decide.
    """

    _name = "sms.hub.transaction"
    _description = "Short transactions of the SMS hub"

    @contextmanager
    def _hub_cursor(self):
        """Open a READ COMMITTED cursor; commit at the end, roll back on an error."""
        with self.env.registry.cursor() as cr:
            # told with the first statement; whoever takes the connection next begins
            # with setting his own
            cr.connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED)
            yield cr

    def _hub_run(self, function, *args):
        """Run ``function(self in the own transaction, *args)`` and commit its work.

        The function may run again when another transaction was faster, so it must have
        no effect outside of the database.

        :return: what the function returns; plain values, not records of that cursor
        """
        for attempt in range(_ATTEMPTS):
            try:
                with self._hub_cursor() as cr:
                    return function(self.with_env(self.env(cr=cr)), *args)
            except (SerializationFailure, DeadlockDetected):
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    def _hub_run_here(self, function):
        """Do the same in the caller's transaction, if it has not begun yet.

        That saves a connection. Its commit, and trying again, are the caller's.
        """
        connection = self.env.cr.connection
        if connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            return self._hub_run(function)
        connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED)
        return function(self)

    def _seconds_until(self, query):
        """Return the seconds until the moment a query finds; ``None`` without one.

        :param query: :class:`SQL` of at most one row with one naive UTC timestamp
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT EXTRACT(EPOCH FROM
                           found.moment - clock_timestamp() AT TIME ZONE 'UTC')
                  FROM (%s) AS found(moment) WHERE found.moment IS NOT NULL
                """,
                query,
            )
        )
        return max(0.0, float(rows[0][0])) if rows else None
