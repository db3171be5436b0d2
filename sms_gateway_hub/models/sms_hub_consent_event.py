from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.consent_chain import FIELDS, as_text
from .sms_hub_consent_words import ACTIONS, PURPOSES, SOURCES


class SmsHubConsentEvent(models.Model):
    """One entry of the consent ledger: who said what, when, where, and the proof of it.

    Each entry holds the hash of the one before it, per company and number, so that
    nobody can change, remove or add one unseen. ``tools/consent_chain.py`` tells how.
    """

    _name = "sms.hub.consent.event"
    _inherit = ["sms.hub.consent.guard"]
    _description = "Consent Entry"
    _order = "happened_at desc, id desc"
    _log_access = False

    format = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    company_name = fields.Char(readonly=True)
    number = fields.Char(
        required=True,
        readonly=True,
        help="In the one spelling that is kept of numbers with several.",
    )
    seq = fields.Integer("Entry", required=True, readonly=True, aggregator=None)
    prev_hash = fields.Char("Hash of the Entry Before", required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)
    scope = fields.Char("Topic Code", required=True, readonly=True)
    scope_name = fields.Char(
        "Topic", readonly=True, help="As it was named when this was recorded."
    )
    purpose = fields.Selection(
        PURPOSES, readonly=True, help="What the topic was for when this was recorded."
    )
    action = fields.Selection(ACTIONS, "What", required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    proven = fields.Boolean(readonly=True)
    given_number = fields.Char("Number as Given", readonly=True)
    happened_at = fields.Datetime("When", required=True, readonly=True)
    recorded_at = fields.Datetime(
        required=True, readonly=True, help="By the clock of the database."
    )
    wording = fields.Text(readonly=True, help="What the person read or heard.")
    wording_version = fields.Char(readonly=True)
    lang = fields.Char("Language Code", readonly=True)
    lang_name = fields.Char("Language", compute="_compute_lang_name")
    evidence_url = fields.Char("Proof on the Web", readonly=True)
    attachment_name = fields.Char("Proof on File", readonly=True)
    attachment_sha256 = fields.Char("Hash of the File", readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Files", compute="_compute_attachment_ids"
    )
    actor_id = fields.Integer("Recorded by (ID)", readonly=True, aggregator=None)
    actor_name = fields.Char("Recorded by", readonly=True)
    actor_login = fields.Char("Login", readonly=True)
    ip = fields.Char("Address", readonly=True, help="Network address it came from.")
    user_agent = fields.Char("Browser", readonly=True)
    res_model = fields.Char("Recorded on (Model)", readonly=True)
    res_id = fields.Integer("Recorded on (ID)", readonly=True, aggregator=None)
    record_name = fields.Char(
        "Person", readonly=True, help="As named at that time, where somebody was known."
    )
    message_uuid = fields.Char("Text", readonly=True)
    note = fields.Text(readonly=True)

    # not unique: a row that somebody slips in must be there to be shown
    _chain = models.Index("(company_id, number, seq)")
    _newest = models.Index("(happened_at DESC, id DESC)")
    _recorded = models.Index("(company_id, recorded_at)")
    _message_uuid = models.Index("(message_uuid) WHERE message_uuid IS NOT NULL")

    @api.depends("number", "seq")
    def _compute_display_name(self):
        for event in self:
            event.display_name = self.env._(
                "%(number)s, entry %(place)s", number=event.number, place=event.seq
            )

    @api.depends("lang")
    def _compute_lang_name(self):
        # one that was uninstalled since has no name any more
        names = dict(self.env["res.lang"].get_installed())
        for event in self:
            event.lang_name = names.get(event.lang, event.lang)

    def _compute_attachment_ids(self):
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
            .grouped("res_id")
        )
        for event in self:
            event.attachment_ids = files.get(event.id, False)

    def _texts_of(self, company, numbers):
        """Return the entries of numbers as the texts that were hashed.

        :return: ``{number: [dict of texts, with hash, id]}`` in the order of the chain
        """
        columns = (*FIELDS, "hash", "id")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM sms_hub_consent_event
                 WHERE company_id = %s AND number = ANY(%s)
                 ORDER BY number, seq, id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                company.id,
                list(numbers),
            )
        )
        chains = {}
        for row in rows:
            texts = dict(zip(columns, map(as_text, row), strict=True))
            chains.setdefault(texts["number"], []).append(texts)
        return chains
