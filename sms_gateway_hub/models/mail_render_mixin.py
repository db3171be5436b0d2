from odoo import api, models

from .sms_hub_terms import preview


class MailRenderMixin(models.AbstractModel):
    """Looking at what would be sent leaves no trace."""

    _inherit = "mail.render.mixin"

    @api.model
    def _shorten_links_text(
        self, content, link_tracker_vals, blacklist=None, base_url=None
    ):
        """Override of `link_tracker`: a preview creates no links."""
        if preview(self.env):
            return content
        return super()._shorten_links_text(
            content, link_tracker_vals, blacklist=blacklist, base_url=base_url
        )
