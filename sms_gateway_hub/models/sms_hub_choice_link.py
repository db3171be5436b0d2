import hashlib
import re
import secrets

from odoo import api, fields, models
from odoo.tools import SQL

_PATH = "/sms/choices/"
#: 128 random bits, as 22 characters that any address may contain.
_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
#: Stands where the link of each recipient will stand, in texts made for many.
_BLANK = "_" * 22
#: A line that ends with a link to the page, whoever wrote it.
_LINE = re.compile(rf"\n?[^\n]*{_PATH}[\w-]{{22}}(?=\n|$)", re.ASCII)


class SmsHubChoiceLink(models.Model):
    """Whose choices a link opens: the way out where nobody can answer STOP.

    Only the hash of the token is kept, so that reading this table opens no page. A link
    works for ever: a person who acts on an old text must not be left with a promise
    that nobody keeps.
    """

    _name = "sms.hub.choice.link"
    _description = "Opt-out link of an SMS"
    _log_access = False

    token_hash = fields.Char(required=True, readonly=True)
    number = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    lang = fields.Char(readonly=True)
    message_uuid = fields.Char(readonly=True)

    _token_unique = models.UniqueIndex("(token_hash)")

    # === TOKENS === #

    @api.model
    def _new_token(self):
        return secrets.token_urlsafe(_TOKEN_BYTES)

    @api.model
    def _find(self, token):
        """Return the link of a token, of which anybody may have typed any."""
        if not _TOKEN.fullmatch(token or ""):
            return self.browse()
        return self.sudo().search([("token_hash", "=", _hash(token))], limit=1)

    @api.model
    def _store(self, rows):
        """Store links in one statement.

        :param rows: dicts with ``token``, ``number``, ``company_id``, ``lang`` and
            ``message_uuid``
        """
        if not rows:
            return
        columns = ("number", "company_id", "lang", "message_uuid")
        values = [
            SQL("%s", (_hash(row["token"]), *(row[name] for name in columns)))
            for row in rows
        ]
        self.env.execute_query(
            SQL(
                "INSERT INTO sms_hub_choice_link (token_hash, %s) VALUES %s"
                " RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(values),
            )
        )

    def _readdress(self, message):
        """Let the link of a text that nobody got yet open its new reader's choices."""
        links = self.sudo().search(
            [
                ("message_uuid", "=", message.uuid),
                ("company_id", "=", message.company_id.id),
            ]
        )
        links.number = message.number

    # === TEXTS === #

    @api.model
    def _blank_url(self):
        """Return what stands for the link in a text that is made for many."""
        return self._url(_BLANK)

    @api.model
    def _url(self, token):
        return f"{self.get_base_url()}{_PATH}{token}"

    @api.model
    def _line(self, token, lang):
        """Return the line that tells how to get no more texts, in a language."""
        speaker = self.with_context(lang=lang)
        return speaker.env._("Stop: %(link)s", link=self._url(token))


def has_blank(body):
    """Tell whether a text has a place for its recipient's own link."""
    return _PATH + _BLANK in body


def with_line(body, line):
    """Return a text that ends with this line, and with no other link of its kind."""
    return f"{without_line(body)}\n{line}"


def without_line(body):
    """Return a text without the line that leads its recipient to their choices."""
    return _LINE.sub("", body)


def keep_line(new, old):
    """Return a new text with the line that the old one ends with, if it has one."""
    lines = _LINE.findall(old or "")
    return with_line(new, lines[-1].lstrip("\n")) if lines and new else new


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()
