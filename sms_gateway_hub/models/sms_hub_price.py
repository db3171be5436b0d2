from odoo import api, fields, models
from odoo.tools import ormcache

_PURPOSES = [
    ("marketing", "Marketing"),
    ("transactional", "Transactional"),
    ("otp", "Verification Code"),
]


class SmsHubPrice(models.Model):
    """What one part of a text costs, by gateway, country and kind.

    The most particular price counts: first by gateway, then by country, then by kind;
    of several the latest that is valid already.
    """

    _name = "sms.hub.price"
    _description = "Price of SMS"
    _order = "country_id, gateway_id, purpose, valid_from desc, id"
    _rec_name = "price"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    gateway_id = fields.Many2one(
        "sms.hub.gateway",
        ondelete="cascade",
        domain="[('company_id', '=', company_id)]",
        help="Empty: all gateways of the company.",
    )
    country_id = fields.Many2one(
        "res.country", ondelete="restrict", help="Empty: all other countries."
    )
    purpose = fields.Selection(
        _PURPOSES, "Kind of Text", help="Empty: all kinds of texts."
    )
    price = fields.Float("Price per Part", digits=(16, 5), required=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    valid_from = fields.Date(required=True, default=fields.Date.context_today)
    active = fields.Boolean(default=True)

    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: let every worker ask for the prices again."""
        prices = super().create(vals_list)
        self._forget()
        return prices

    def write(self, vals):
        """Override of `base`: let every worker ask for the prices again."""
        result = super().write(vals)
        self._forget()
        return result

    def unlink(self):
        """Override of `base`: let every worker ask for the prices again."""
        self._forget()
        return super().unlink()

    def _forget(self):
        self.env.registry.clear_cache()
        # another thread may meanwhile remember what was true before the commit
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    # === COST === #

    @api.model
    def _cost(self, company, values):
        """Return what a text costs in the company's currency; ``None`` if unknown.

        :param values: ``gateway_id``, ``country_code``, ``purpose``, ``segments``
        """
        price = self._price_of_part(
            company.id,
            fields.Date.today(),
            values["gateway_id"] or 0,
            values["country_code"] or "",
            values["purpose"],
        )
        return None if price is None else price * values["segments"]

    @api.model
    @ormcache("company_id", "day", "gateway_id", "country", "purpose")
    def _price_of_part(self, company_id, day, gateway_id, country, purpose):
        found = self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("valid_from", "<=", day),
                ("gateway_id", "in", (gateway_id, False)),
                ("purpose", "in", (purpose, False)),
                "|",
                ("country_id", "=", False),
                ("country_id.code", "=", country),
            ]
        )
        if not found:
            return None
        best = max(
            found,
            key=lambda one: (
                bool(one.gateway_id),
                bool(one.country_id),
                bool(one.purpose),
                one.valid_from,
                one.id,
            ),
        )
        company = self.env["res.company"].sudo().browse(company_id)
        return best.currency_id._convert(
            best.price, company.currency_id, company, day, round=False
        )
