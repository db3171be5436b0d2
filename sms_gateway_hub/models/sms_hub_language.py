from odoo import api, models


class SmsHubLanguage(models.AbstractModel):
    """In which language somebody is texted: their own if it is known and installed."""

    _name = "sms.hub.language"
    _description = "Languages of SMS recipients"

    @api.model
    def _of_messages(self, company, values):
        """Return the language of the recipient of each message.

        :param values: dicts with ``partner_id``, ``res_model`` and ``res_id``
        :return: codes of installed languages, in order
        """
        partners = [self._partner_id(vals) for vals in values]
        known = self.env["res.partner"].sudo().browse(filter(None, set(partners)))
        langs = dict(known.exists().mapped(lambda one: (one.id, one.lang)))
        return [self._spoken(langs.get(one), company) for one in partners]

    @api.model
    def _of_number(self, company, numbers, lang=None):
        """Return the language of whoever has one of these numbers.

        :param lang: the language in which they spoke to us, if that is known
        """
        partner = (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("phone_sanitized", "in", numbers),
                    ("company_id", "in", (False, company.id)),
                    ("lang", "!=", False),
                ],
                order="write_date desc, id desc",
                limit=1,
            )
        )
        return self._spoken(lang or partner.lang, company)

    @api.model
    def _spoken(self, lang, company):
        """Return the language if it is installed, else the company's, else English."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for code in (lang, company.sudo().partner_id.lang):
            if code in installed:
                return code
        return "en_US"

    @staticmethod
    def _partner_id(vals):
        if vals.get("partner_id"):
            return vals["partner_id"]
        return vals["res_id"] if vals.get("res_model") == "res.partner" else None
