import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..gateway.errors import GatewayError
from ..policy.health import days_left

_logger = logging.getLogger(__name__)

#: The pace of spending is that of this time.
_PACE = timedelta(days=14)
_KEEP = timedelta(days=400)


class SmsHubBalance(models.Model):
    """What an account had left whenever it was asked: how fast it is spent."""

    _name = "sms.hub.balance"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS Balance"
    _order = "checked_at desc, id desc"
    _log_access = False
    _rec_name = "checked_at"

    gateway_id = fields.Many2one(
        "sms.hub.gateway", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    name = fields.Char(
        "Balance",
        required=True,
        readonly=True,
        help="The platform's word; it may keep one balance per kind of text.",
    )
    amount = fields.Float(
        "Left", required=True, readonly=True, digits=(16, 4), aggregator="min"
    )
    checked_at = fields.Datetime("Asked On", required=True, readonly=True)

    _latest_idx = models.Index("(gateway_id, checked_at)")

    # === ASKING === #

    @api.model
    def _run(self):
        """The entry point of the cron: ask the platforms of active gateways."""
        gateways = self.env["sms.hub.gateway"].sudo().search([("state", "!=", "draft")])
        for done, gateway in enumerate(gateways, start=1):
            try:
                with self.env.cr.savepoint():
                    gateway._ask_balance()
            except GatewayError as error:
                # the circuit and the requests say more; this is asked again soon
                _logger.info(
                    "The balance of gateway %s is not known: %s", gateway.id, error
                )
            except Exception:
                # a provider's own bug must not keep the others' balances unknown
                _logger.exception("Gateway %s failed at its balance.", gateway.id)
            self.env["ir.cron"]._commit_progress(1, remaining=len(gateways) - done)

    @api.model
    def _note(self, gateway, balance):
        """Keep what a platform answered; a word that is no number is no balance.

        :param balance: :class:`Balance`
        """
        now = fields.Datetime.now()
        self.sudo().create(
            [
                {
                    "gateway_id": gateway.id,
                    "name": name,
                    "amount": float(amount),
                    "checked_at": now,
                }
                for name, amount in balance.parts.items()
                if isinstance(amount, Decimal)
            ]
        )

    @api.autovacuum
    def _gc_old(self):
        """Forget what is too old to tell anything about the pace of today."""
        old = fields.Datetime.now() - _KEEP
        self.search([("checked_at", "<", old)], limit=10_000).unlink()

    # === READING === #

    @api.model
    def _latest(self, gateways):
        """Return what is left of each balance, and for how long.

        A balance that has been empty for two weeks is not one that is used, unless
        the account has no other.

        :return: ``{gateway id: [(name, amount, days or None)]}``
        """
        rows = self.sudo().search_fetch(
            [
                ("gateway_id", "in", gateways.ids),
                ("checked_at", ">", fields.Datetime.now() - _PACE),
            ],
            ["gateway_id", "name", "amount", "checked_at"],
            order="checked_at, id",
        )
        found = {}
        used = rows.filtered("amount").gateway_id
        for (gateway, name), history in rows.grouped(
            lambda row: (row.gateway_id, row.name)
        ).items():
            if any(history.mapped("amount")) or gateway not in used:
                points = [(row.checked_at, row.amount) for row in history]
                left = history[-1].amount, days_left(points)
                found.setdefault(gateway.id, []).append((name, *left))
        return found
