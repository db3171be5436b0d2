import logging

from odoo import models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

_BATCH = 1000


class SmsHubHousekeeping(models.AbstractModel):
    """Once a minute: leases that ran out, holds that ended, messages too old."""

    _name = "sms.hub.housekeeping"
    _inherit = ["sms.hub.transaction"]
    _description = "Housekeeping of the SMS ledger"

    def _run(self):
        """The entry point of the cron."""
        lost = self._sweep()
        released = self._hub_run(lambda keeper: keeper._release_due())
        expired = self._hub_run(lambda keeper: keeper._expire_old())
        mirrored = self.env["sms.hub.mirror"]._run()
        if released or self._hub_run(
            lambda keeper: keeper.env["sms.hub.dispatcher"]._has_claimable()
        ):
            self.env["sms.hub.dispatcher"]._wake()
        self.env["ir.cron"]._commit_progress(lost + released + expired + mirrored)

    def _sweep(self):
        """Close leases that ran out; return how many messages became unknown."""
        lost = self._hub_run(lambda keeper: keeper._sweep_leases())
        if lost:
            _logger.warning("%s messages became unknown: their worker died.", lost)
        return lost

    def _sweep_leases(self):
        """Turn claims whose lease ran out into ``unknown``, never into the queue."""
        messages = self._locked(
            SQL(
                "state = 'claimed' AND "
                "lease_until < clock_timestamp() AT TIME ZONE 'UTC'"
            )
        )
        return len(
            messages._move("lose", lease_until=None, error_class="unknown_outcome")
        )

    def _release_due(self):
        """Queue what was held until now."""
        messages = self._locked(
            SQL("state = 'held' AND not_before <= clock_timestamp() AT TIME ZONE 'UTC'")
        )
        return len(messages._move("release"))

    def _expire_old(self):
        """Close what waited beyond its expiry; late it would do more harm than good."""
        messages = self._locked(
            SQL(
                "state IN ('queued', 'held') AND direction = 'out' AND "
                "expires_at < clock_timestamp() AT TIME ZONE 'UTC'"
            )
        )
        return len(messages._move("expire", reason="expired"))

    def _locked(self, condition):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM sms_hub_message WHERE %s "
                "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                condition,
                _BATCH,
            )
        )
        return self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
