from datetime import date

from odoo import api, fields, models
from odoo.tools import ormcache

from ..tools import public_holidays


class SmsHubHoliday(models.Model):
    """A day that counts as a public holiday, beyond those known for its country."""

    _name = "sms.hub.holiday"
    _inherit = ["sms.hub.rule.mixin"]
    _description = "Public holiday for SMS"
    _order = "date desc, id"

    name = fields.Char(required=True)
    date = fields.Date(required=True)
    every_year = fields.Boolean(help="On the same day and month of each year.")
    country_id = fields.Many2one("res.country", help="Empty: in every country.")

    @api.model
    @ormcache("company_id", "country_code", "region", "year")
    def _dates(self, company_id, country_code, region, year):
        """Return the holidays of a place in the years around one.

        :param str country_code: ISO 3166-1, or ``""``
        :param str region: code of the state without its country, or ``""``
        :return: a frozenset of dates
        """
        years = range(year - 1, year + 2)
        own = self.sudo().search(
            [
                ("company_id", "in", (company_id, False)),
                "|",
                ("country_id", "=", False),
                ("country_id.code", "=", country_code),
            ]
        )
        return public_holidays.dates_of(country_code, region, years).union(
            *(holiday._in_years(years) for holiday in own)
        )

    def _in_years(self, years):
        if not self.every_year:
            return {self.date}
        return set(filter(None, (_in_year(self.date, year) for year in years)))


def _in_year(day, year):
    """Return the day in another year; 29 February is missing in most."""
    try:
        return date(year, day.month, day.day)
    except ValueError:
        return None
