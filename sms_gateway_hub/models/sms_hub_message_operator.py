from odoo import models

from ..gateway.vocabulary import ErrorClass
from ..policy.identity import canonical


class SmsHubMessage(models.Model):
    """An operator that blocks a text for want of consent speaks for its customer."""

    _inherit = "sms.hub.message"

    def _heed_operator(self):
        """Record a refusal if the operator named one; said again, it changes nothing.

        It is about this kind of message only: an operator's register of preferences
        tells advertising from service.
        """
        self.ensure_one()
        if self.error_class != ErrorClass.CONSENT.value:
            return
        scope = self.scope_id.code or self.purpose
        consents = self.env["sms.hub.consent"]
        if scope not in self.env["sms.hub.scope"]._names():
            return
        key = self.company_id.id, canonical(self.number)
        standing = consents._refusals([self.number]).get(key, ())
        if any(one.scope == scope and one.source == "provider" for one in standing):
            return
        consents._record(
            [
                {
                    "company": self.company_id,
                    "number": self.number,
                    "scope": scope,
                    "action": "refused",
                    "source": "provider",
                    "message_uuid": self.uuid,
                    "note": self._words_of_operator(),
                }
            ]
        )

    def _words_of_operator(self):
        if self.error_code:
            return self.env._(
                "The mobile operator blocked a text with code %(code)s.",
                code=self.error_code,
            )
        return self.env._("The mobile operator blocked a text for want of consent.")
