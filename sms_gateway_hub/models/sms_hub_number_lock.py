import zlib

from odoo import models
from odoo.tools import SQL

from ..policy.identity import canonical

#: First half of the key of our advisory locks; the second is the bucket.
_NAMESPACE = 0x534D53
#: Numbers share this many locks: a claim of a thousand recipients must not fill the
#: table of locks that all of PostgreSQL's transactions share.
_BUCKETS = 256


class SmsHubNumberLock(models.AbstractModel):
    """Orders what is decided about a person and what is learned about them.

    A claim decides on facts, and a refusal or a reply changes them. Row locks cannot
    order the two: what a claim has to see may be a row that is not there yet. So both
    lock the *number*, until their commit:

    * A claim locks its rows, then the numbers (shared; exclusive where a text counts
      against a limit), then reads the facts and decides.
    * Whoever stores a reply or a refusal locks the number exclusively before it writes.
      Once that is committed, no claim can rest on older facts, and no claim that rests
      on older facts is still open.

    A claim that waits here holds its rows already. Who holds a number and then wants
    to change waiting rows must therefore pass over those that are locked (``FOR UPDATE
    SKIP LOCKED``): their claim reads the new facts as soon as it may go on. Waiting for
    them would be a deadlock.
    """

    _name = "sms.hub.number.lock"
    _description = "Locks on phone numbers"

    def _lock(self, numbers, exclusive=False):
        """Lock numbers in all their spellings until the transaction ends.

        :param numbers: E.164; whatever is none is locked as it is
        :param exclusive: wait for everybody else, instead of for exclusive locks only
        """
        self._lock_each(dict.fromkeys(filter(None, numbers), exclusive))

    def _lock_each(self, numbers):
        """Lock each number in its own way, in one order for everybody.

        :param numbers: ``{number: exclusive}``
        """
        buckets = {}
        for number, exclusive in numbers.items():
            bucket = zlib.crc32(canonical(number).encode()) % _BUCKETS
            buckets[bucket] = buckets.get(bucket, False) or exclusive
        if not buckets:
            return
        ordered = sorted(buckets)
        # one statement takes them one after the other, in the order of the arrays
        self.env.execute_query(
            SQL(
                """
                SELECT CASE WHEN exclusive
                            THEN pg_advisory_xact_lock(%(space)s, bucket)
                            ELSE pg_advisory_xact_lock_shared(%(space)s, bucket) END
                  FROM unnest(%(buckets)s, %(modes)s) AS wanted(bucket, exclusive)
                """,
                space=_NAMESPACE,
                buckets=ordered,
                modes=[buckets[bucket] for bucket in ordered],
            )
        )
