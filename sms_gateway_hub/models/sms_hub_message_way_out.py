from odoo import models

from ..gateway.segments import count_segments
from .sms_hub_choice_link import has_blank, with_line


class SmsHubMessage(models.Model):
    """Marketing that nobody can answer carries a link to its recipient's choices."""

    _inherit = "sms.hub.message"

    def _add_ways_out(self, gateway, values):
        """Put the link into the texts that need one, before anybody counts parts.

        A text needs one if its sender cannot receive a STOP, or if whoever wrote it
        left a place for it. Adds ``way_out``, the row of the link, to such values, and
        takes ``no_replies`` and ``stop_text`` out of all of them.

        :param values: columns of messages of one company, their senders chosen
        """
        todo = []
        for vals in values:
            no_replies, _stop = vals.pop("no_replies"), vals.pop("stop_text")
            needs_one = no_replies and vals["purpose"] == "marketing"
            if vals["body"] and (needs_one or has_blank(vals["body"])):
                todo.append(vals)
        if not todo:
            return
        links = self.env["sms.hub.choice.link"]
        languages = self.env["sms.hub.language"]._of_messages(gateway.company_id, todo)
        for vals, lang in zip(todo, languages, strict=True):
            token = links._new_token()
            body = with_line(vals["body"], links._line(token, lang))
            parts = count_segments(body)
            vals.update(
                body=body,
                encoding=parts.encoding.value,
                segments=parts.count,
                way_out={
                    "token": token,
                    "number": vals["number"],
                    "company_id": vals["company_id"],
                    "lang": lang,
                    "message_uuid": vals["uuid"],
                },
            )

    def _keep_ways_out(self, values):
        """Store the links of texts that may go out; those of refused ones lead nowhere.

        Takes ``way_out`` out of the values, which is no column.
        """
        rows = [vals.pop("way_out", None) for vals in values]
        self.env["sms.hub.choice.link"]._store(
            [
                row
                for row, vals in zip(rows, values, strict=True)
                if row and vals.get("state") != "blocked"
            ]
        )
