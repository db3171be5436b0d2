from odoo import api, models

from .sms_hub_vocabulary import NO_SENDER_WORDS


class SmsHubMessage(models.Model):
    """Says what exactly stood in the way of a sender."""

    _inherit = "sms.hub.message"

    @api.depends("evidence")
    def _compute_explanation(self):
        """Override of this addon: the answer depends on what was missing as well."""
        return super()._compute_explanation()

    def _explain(self):
        """Override of this addon: say which of the limits it was."""
        what, todo = super()._explain()
        if self.reason != "no_sender" or self.state != "blocked":
            return what, todo
        # sudo: the evidence is technical, these words are for everybody
        missing = (self.sudo().evidence or {}).get("no_sender")
        return self._no_sender_words(missing) or (what, todo)

    def _no_sender_words(self, missing):
        """Return what stood in the way of a sender and what to do; ``None`` if unknown.

        :param missing: the code of a :class:`Missing`, or ``gone``
        """
        words = NO_SENDER_WORDS.get(missing)
        return words and (str(words[0]), str(words[1]))
