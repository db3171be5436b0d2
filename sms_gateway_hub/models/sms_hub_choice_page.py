from datetime import timedelta

from odoo import api, fields, models

from ..policy.identity import canonical
from ..tools.consent_state import EVERYTHING

#: Times within an hour that one number may ask for texts again. Each leaves entries
#: that stay for ever, and a script presses as often as it likes.
_RETURNS = 5


class SmsHubChoicePage(models.AbstractModel):
    """What the page of choices shows and does, for a token that anybody may have typed.

    It shows neither the number nor what was chosen before, so that whoever gets hold of
    a text learns nothing about its recipient. That also makes all answers alike.
    """

    _name = "sms.hub.choice.page"
    _description = "Page of choices for recipients of SMS"

    @api.model
    def _answer(self, token, act, ticked, lang):
        """Carry out what was chosen, and return the page that says so.

        :param act: ``stop``, ``some``, ``resume``; anything else only shows the page
        :param ticked: codes of topics
        :param lang: what the browser prefers, for a token without a language
        :return: HTML
        """
        link = self.env["sms.hub.choice.link"]._find(token)
        company = link.company_id or self.env.company
        lang = self.env["sms.hub.language"]._spoken(link.lang or lang, company)
        page = self.with_context(lang=lang).with_company(company)
        topics = page.env["sms.hub.scope"].search([("active", "=", True)])
        chosen = topics.filtered(lambda topic: topic.code in ticked)
        done = page._carry_out(link, act, chosen)
        return page._render(company, lang, topics, done)

    def _carry_out(self, link, act, topics):
        """Do what the person asked for, if there is a person; name what was done."""
        if act == "some" and not topics:
            return "nothing"
        if act not in ("stop", "some", "resume"):
            return ""
        if link:
            self._choose(link, act, topics)
        return act

    def _choose(self, link, act, topics):
        choice, company = self.env["sms.hub.choice"], link.company_id
        proof = {
            "source": "page",
            "proven": True,
            "lang": self.env.lang,
            "message_uuid": link.message_uuid,
            "wording": self._wording(company, act, topics),
        }
        if act == "resume":
            if self._returned_often(link):
                return
            choice._come_back(company, link.number, **proof)
        else:
            scopes = [EVERYTHING] if act == "stop" else topics.mapped("code")
            choice._refuse(company, link.number, scopes, **proof)

    def _returned_often(self, link):
        """Tell whether the number asked for texts again too often within the hour.

        Only that is slowed down: a refusal is always taken down, and leaves no second
        entry while it stands.
        """
        domain = [
            ("company_id", "=", link.company_id.id),
            ("number", "=", canonical(link.number)),
            ("source", "=", "page"),
            ("action", "=", "released"),
            ("recorded_at", ">", fields.Datetime.now() - timedelta(hours=1)),
        ]
        events = self.env["sms.hub.consent.event"].sudo()
        return events.search_count(domain, limit=_RETURNS) >= _RETURNS

    def _wording(self, company, act, topics):
        """Return the words the person pressed, as the ledger keeps them."""
        if act == "stop":
            return self.env._("No more texts from %(company)s", company=company.name)
        if act == "resume":
            return self.env._("I want texts again")
        names = ", ".join(topics.mapped("name"))
        return self.env._("Stop only these: %(topics)s", topics=names)

    def _render(self, company, lang, topics, done):
        direction = self.env["res.lang"]._get_data(code=lang).direction
        return self.env["ir.qweb"]._render(
            "sms_gateway_hub.choice_page",
            {
                "company": company,
                "page_lang": lang.replace("_", "-"),
                "direction": direction or "ltr",
                "topics": topics,
                "done": done,
            },
        )
