import re
from hashlib import md5

from odoo import fields, models

from .sms_hub_choice_link import without_line

#: A short link of Odoo's, perhaps with the mark of one recipient behind it.
_SHORT = re.compile(r"https?://[^\s/]+/r/([A-Za-z0-9]+)(?:/s/\d+)?(?![\w/-])")


class SmsHubMessage(models.Model):
    """What a text says, as people compare texts.

    Each recipient of a sending gets links of their own, and each sending gets short
    links of its own. What they read and where they are led is the same.
    """

    _inherit = "sms.hub.message"

    text_hash = fields.Char(
        readonly=True,
        groups="sms_gateway_hub.group_administrator",
        help="Hash of the text without the links that only its recipient got.",
    )

    def _text_hashes(self, bodies):
        """Return the hash of each text, with short links as the pages they lead to.

        :return: as many hashes, in order
        """
        codes = {code for body in bodies for code in _SHORT.findall(body or "")}
        found = codes and self.env["link.tracker.code"].sudo().search(
            [("code", "in", list(codes))]
        )
        pages = {one.code: one.link_id.url for one in found or ()}
        hashes = {body: hash_of(body, pages) for body in set(bodies)}
        return [hashes[body] for body in bodies]

    def _hash_again(self, body, finished):
        """Return the column for a new text of a waiting message.

        A mailing's links get their marks one by one after the message was made; that
        changes nothing, and must not cost a query each.

        :param finished: the text with what its country and its sender add to it
        """
        self.ensure_one()
        if _unmarked(finished) == _unmarked(self.body):
            return {}
        return {"text_hash": self._text_hashes([body])[0]}


def hash_of(body, pages=None):
    """Return the hash of a text without the links that only its recipient got.

    :param pages: ``{code: address}`` of the short links in it; others count as they are
    """
    pages = pages or {}
    text = _SHORT.sub(
        lambda link: pages.get(link[1], link[0]), without_line(body or "")
    )
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _unmarked(body):
    return _SHORT.sub(lambda link: f"/r/{link[1]}", body or "")
