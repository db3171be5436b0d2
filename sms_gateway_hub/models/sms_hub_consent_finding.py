from odoo import api, fields, models
from odoo.tools import LazyTranslate

# at import there is no environment yet: these are translated when they are shown
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

#: kind → (label, sentence)
FINDINGS = {
    "changed": (
        "Entry Changed",
        _lt("Entry %(places)s was changed after it was written."),
    ),
    "deleted": (
        "Entry Deleted",
        _lt("Entry %(places)s was deleted from the middle."),
    ),
    "cut": (
        "Last Entry Deleted",
        _lt("The last entries were deleted: %(places)s."),
    ),
    "inserted": (
        "Entry Inserted",
        _lt("The entry that stands at place %(places)s was slipped in."),
    ),
    "reordered": (
        "Entries Reordered",
        _lt("Entries changed places: %(places)s."),
    ),
    "removed": (
        "Number Removed",
        _lt("All entries of this number were removed."),
    ),
    "rewritten": (
        "Rewritten",
        _lt("Entries up to %(places)s were written anew, with new hashes."),
    ),
    "counter": (
        "Counter Wrong",
        _lt("The last entry (%(places)s) and the counter beside it disagree."),
    ),
    "misdated": (
        "Wrong Time",
        _lt(
            "These were recorded at another time than they say, as the entries and "
            "seals around them show: %(places)s."
        ),
    ),
    "file_missing": (
        "Proof Missing",
        _lt("The file that proves entry %(places)s is gone."),
    ),
    "file_changed": (
        "Proof Changed",
        _lt("The file that proves entry %(places)s is not the one that was recorded."),
    ),
    "state": (
        "State Wrong",
        _lt("The current state does not follow from the entries. Rebuild the states."),
    ),
    "blacklist": (
        "Not on the Blacklist",
        _lt(
            "This number refused every text, but somebody took it off the phone "
            "blacklist. It gets no texts all the same; put it on the blacklist again."
        ),
    ),
    "sealed": (
        "Sealed Part Removed",
        _lt(
            "The counter and the seals disagree about how much of this number is "
            "sealed: somebody removed a part of a seal, or changed the counter."
        ),
    ),
    "unsealed": (
        "Not Sealed",
        _lt(
            "Entry %(places)s was never sealed, though it is more than two days old. "
            "Look whether seals are being made; if they are, somebody kept it out."
        ),
    ),
    "unreadable": (
        "Cannot Be Read",
        _lt(
            "The verification had to stop here: something in the records cannot be "
            "read. The server's log tells what it is."
        ),
    ),
    "seal_missing": (
        "Seal Missing",
        _lt("Seal %(places)s is missing, or does not follow the one before it."),
    ),
    "seal_changed": (
        "Seal Changed",
        _lt("Seal %(places)s, or what it covers, was changed after it was signed."),
    ),
    "seal_key": (
        "Unknown Key",
        _lt(
            "Seal %(places)s is signed with a key that is not one of ours, or whose "
            "secret is not at hand, as in a copy of the database."
        ),
    ),
}
_KINDS = [(code, words[0]) for code, words in FINDINGS.items()]


class SmsHubConsentFinding(models.Model):
    """One thing that a verification found wrong, in words."""

    _name = "sms.hub.consent.finding"
    _description = "Finding in the Consent Ledger"
    _order = "id"
    _rec_name = "kind"

    check_id = fields.Many2one(
        "sms.hub.consent.check",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="check_id.company_id")
    kind = fields.Selection(_KINDS, "What", required=True, readonly=True)
    number = fields.Char(readonly=True)
    places = fields.Char(readonly=True)
    seal = fields.Integer(readonly=True, aggregator=None)
    sentence = fields.Char("What Happened", compute="_compute_sentence")

    @api.depends("kind", "places", "seal")
    def _compute_sentence(self):
        for finding in self:
            finding.sentence = self._say(finding.kind, finding.places, finding.seal)

    def _say(self, kind, places, seal):
        """Put a problem into words."""
        sentence = self.env._(FINDINGS[kind][1]) % {"places": places}
        if not seal:
            return sentence
        return self.env._(
            "%(sentence)s Seal %(seal)s shows it.", sentence=sentence, seal=seal
        )
