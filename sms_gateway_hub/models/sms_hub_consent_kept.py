from odoo import api, models
from odoo.exceptions import UserError


class SmsHubConsentKept(models.AbstractModel):
    """Rows that no call of Odoo's own methods can make, change or delete.

    Also not as superuser: code of others often runs as such. What appends to the
    consent ledger writes them by SQL.
    """

    _name = "sms.hub.consent.kept"
    _description = "Rows written by the consent ledger"

    # what is refused has no super to call; pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: only the code that makes the hashes inserts rows."""
        self._refuse_change()

    def write(self, vals):
        """Override of `base`: what is written stays, whoever asks."""
        self._refuse_change()

    def unlink(self):
        """Override of `base`: what is written stays, whoever asks."""
        self._refuse_change()

    def _refuse_change(self):
        raise UserError(
            self.env._(
                "This is evidence: it cannot be entered, changed or deleted here. "
                "Record a new consent or a withdrawal on the contact instead."
            )
        )
