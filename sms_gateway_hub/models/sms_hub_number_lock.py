import zlib

from odoo import models
from odoo.tools import SQL

from ..policy import canonical

#: First half of the keys of our advisory locks; the second is the bucket of a number.
_WILL, _USE = 0x534D5301, 0x534D5302
#: Numbers share this many locks: a claim of a thousand recipients must not fill the
#: table of locks that all of PostgreSQL's transactions share.
_BUCKETS = 256


class SmsHubNumberLock(models.AbstractModel):
    """Orders what is decided about a person and what is learned about them.

    A claim decides on facts, and a refusal or a reply changes them. Row locks cannot
    order the two: what a claim has to see may be a row that is not there yet. So both
    lock the *number*, in all its spellings and until their commit:

    * Whoever stores a reply or a refusal locks the number before it writes, and waits
      for the claims that are being decided on.
    * A claim, which has locked its rows, asks for its numbers. It never waits: what is
      just being changed stays in the queue for the next look. Only then it reads the
      facts and decides.

    Once a reply or a refusal is committed, no claim can rest on older facts, and no
    claim that rests on older facts is still open.

    Claims whose texts count against a cap lock the number against each other too: each
    reads what the others used. That lock is another one, so that a text that counts
    against nothing never waits for it.

    A claim may hold rows that a refusal wants to cancel. Whoever cancels passes over
    rows that are locked: their claim finds the number taken, and reads the new facts
    the next time.
    """

    _name = "sms.hub.number.lock"
    _description = "Locks on phone numbers"

    def _lock(self, numbers):
        """Lock numbers for a change of what is known about them; wait for claims."""
        self._wait_for(_WILL, numbers)

    def _count(self, numbers):
        """Lock numbers for texts that count; wait for other claims that do."""
        self._wait_for(_USE, numbers)

    def _share(self, numbers):
        """Lock numbers against changes of what is known about them, without waiting.

        :return: the numbers that nobody is changing; the others are not locked
        """
        buckets = _by_bucket(numbers)
        if not buckets:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bucket FROM unnest(%s) AS bucket
                 WHERE pg_try_advisory_xact_lock_shared(%s, bucket)
                """,
                list(buckets),
                _WILL,
            )
        )
        return {number for (bucket,) in rows for number in buckets[bucket]}

    def _wait_for(self, space, numbers):
        buckets = sorted(_by_bucket(numbers))
        if buckets:
            # one after the other, in one order for everybody
            self.env.execute_query(
                SQL(
                    "SELECT pg_advisory_xact_lock(%s, b) FROM unnest(%s) AS b",
                    space,
                    buckets,
                )
            )


def _by_bucket(numbers):
    """Return ``{bucket: numbers}``; all spellings of a number share a bucket."""
    buckets = {}
    for number in filter(None, numbers):
        bucket = zlib.crc32(canonical(number).encode()) % _BUCKETS
        buckets.setdefault(bucket, set()).add(number)
    return buckets
