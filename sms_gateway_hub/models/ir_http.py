from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    """Keeps the bytes of a webhook call."""

    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Override of `base`: read the body before its form is parsed.

        Odoo parses the form of every call, after which the bytes are gone; a signature
        is over the bytes. Comes after the size limit of the route is set.
        """
        result = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("hub_keeps_body"):
            request.httprequest.get_data(cache=True)
        return result
