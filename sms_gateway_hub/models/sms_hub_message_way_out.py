from odoo import models

from ..gateway.segments import count_segments
from ..policy.labels import with_label, with_stop
from .sms_hub_choice_link import has_blank, keep_line, with_line


class SmsHubMessage(models.Model):
    """Marketing tells how to get no more of it, as its country wants it.

    By the words of its sender, or, where nobody can answer, by a link to a page of the
    recipient's own choices.
    """

    _inherit = "sms.hub.message"

    def _add_ways_out(self, company, values):
        """Put labels and ways out into the texts, before anybody counts parts.

        A text needs a link if its sender can neither receive a STOP nor has words of
        its own, or if whoever wrote it left a place for it. Adds ``way_out``, the row
        of the link, to such values, and takes ``no_replies`` out of all of them.

        :param values: columns of messages of one company, their senders chosen
        """
        todo = []
        for vals in values:
            stop_text = vals["stop_text"]
            lost = vals.pop("no_replies") and not stop_text
            lost = lost and vals["purpose"] == "marketing"
            if vals["body"] and (lost or has_blank(vals["body"])):
                todo.append(vals)
            text = _as_wanted(vals["body"], vals, stop_text)
            if text != vals["body"]:
                vals.update(_columns_of_text(text))
        if not todo:
            return
        links = self.env["sms.hub.choice.link"]
        languages = self.env["sms.hub.language"]._of_messages(company, todo)
        for vals, lang in zip(todo, languages, strict=True):
            token = links._new_token()
            line = links._line(token, lang)
            vals.update(_columns_of_text(with_line(vals["body"], line)))
            vals["way_out"] = {
                "token": token,
                "number": vals["number"],
                "company_id": vals["company_id"],
                "lang": lang,
                "message_uuid": vals["uuid"],
            }

    def _rewritten(self, body):
        """Return the columns of a new text of this message, finished like the old one.

        The link that the old text ends with stays, as its token is on file.
        """
        self.ensure_one()
        text = _as_wanted(body, self, self.sender_id.stop_text or "")
        text = keep_line(text, self.body)
        return {**_columns_of_text(text), **self._hash_again(body, text)}

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


def _as_wanted(body, message, stop_text):
    """Return a text with the label of its country and the way out of its sender.

    :param message: values or a row with ``country_code`` and ``purpose``
    """
    purpose = message["purpose"]
    labelled = with_label(body, message["country_code"] or "", purpose)
    return with_stop(labelled, stop_text, purpose)


def _columns_of_text(text):
    """Return the columns that follow from a text."""
    parts = count_segments(text)
    return {"body": text, "encoding": parts.encoding.value, "segments": parts.count}
