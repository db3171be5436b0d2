from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.refusals import REFUSALS

_KEEP = timedelta(days=30)


class SmsHubRefusal(models.Model):
    """How many webhook calls were refused, and when.

    Counted in memory and written down every few seconds at most: whoever calls in vain
    again and again must not make the database work for it.
    """

    _name = "sms.hub.refusal"
    _inherit = ["sms.hub.transaction"]
    _description = "Refused webhook calls"
    _log_access = False
    _rec_name = "refused_at"

    gateway_id = fields.Many2one(
        "sms.hub.gateway",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: the address is one that no gateway has.",
    )
    count = fields.Integer(required=True, readonly=True)
    refused_at = fields.Datetime(required=True, readonly=True, index=True)

    @api.model
    def _write_down(self):
        """Store what this process counted, when that is due."""
        counts = REFUSALS.take_due(self.env.cr.dbname)
        if counts:
            self._hub_run(lambda refusals: refusals._store(counts))

    def _store(self, counts):
        now = fields.Datetime.now()
        self.sudo().create(
            [
                {"gateway_id": gateway_id or False, "count": count, "refused_at": now}
                for gateway_id, count in counts.items()
            ]
        )

    @api.model
    def _last_hour(self):
        """Return the calls refused within an hour, by gateway id.

        :return: ``{gateway id or None: count}``
        """
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT gateway_id, SUM(count)::int FROM sms_hub_refusal
                     WHERE refused_at > clock_timestamp() AT TIME ZONE 'UTC'
                                        - INTERVAL '1 hour'
                     GROUP BY gateway_id
                    """
                )
            )
        )

    @api.autovacuum
    def _gc_old(self):
        old = fields.Datetime.now() - _KEEP
        self.search([("refused_at", "<", old)], limit=10_000).unlink()
