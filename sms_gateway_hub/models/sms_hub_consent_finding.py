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
    "seal_closed": (
        "Key Does Not Open",
        _lt(
            "Nobody can tell whether seal %(places)s is ours: the secret of its "
            "signing key does not open with the key that Odoo has now. Give Odoo "
            "the earlier key back beside the new one, then press Encrypt Again under "
            "Signing Keys. If that key never changed, somebody put a key of their own "
            "there."
        ),
    ),
    "guard_event": (
        "Entries Unprotected",
        _lt(
            "The database would let entries be changed: somebody switched off, removed "
            "or replaced the triggers of the table sms_hub_consent_event. Updating the "
            "addon puts them back."
        ),
    ),
    "guard_seal": (
        "Seals Unprotected",
        _lt(
            "The database would let seals be changed: somebody switched off, removed "
            "or replaced the triggers of the table sms_hub_consent_seal. Updating the "
            "addon puts them back."
        ),
    ),
    "guard_line": (
        "Sealed Numbers Unprotected",
        _lt(
            "The database would let the numbers under a seal be changed: somebody "
            "switched off, removed or replaced the triggers of the table "
            "sms_hub_consent_seal_line. Updating the addon puts them back."
        ),
    ),
    "witness_lost": (
        "Seal Deleted",
        _lt(
            "The witness file outside of the database knows seal %(places)s, and the "
            "database does not: somebody deleted it, with all that it sealed. An older "
            "backup that was restored looks just like this; if that is what happened, "
            "an administrator acknowledges it with the reason."
        ),
    ),
    "witness_other": (
        "Seal Replaced",
        _lt(
            "Seal %(places)s is not the one that the witness file outside of the "
            "database knows: somebody made it anew. Once an older backup was restored, "
            "new seals take the places of lost ones; if that is what happened, an "
            "administrator acknowledges it with the reason."
        ),
    ),
    "witness_damaged": (
        "Witness File Damaged",
        _lt(
            "The witness file outside of the database has lines that cannot be read: a "
            "write broke off, or somebody changed the file. Compare it with your copy "
            "of it, then an administrator acknowledges it with the reason."
        ),
    ),
    "witness_none": (
        "No Witness File",
        _lt(
            "The witness file outside of the database is not there or cannot be read, "
            "so deleted seals would not be noticed. The next seal makes one. That is "
            "normal in a copy, and after the database was renamed or moved; otherwise "
            "bring the file back from your backup of it."
        ),
    ),
    "witness_late": (
        "Witness File Is New",
        _lt(
            "The witness file outside of the database was begun when seals up to "
            "%(places)s were there already: it does not know what was deleted before. "
            "That is normal in a copy, after an update, and after the database was "
            "renamed or moved; then an administrator acknowledges it. Otherwise "
            "somebody removed the earlier file."
        ),
    ),
    "witness_behind": (
        "Not in the Witness File",
        _lt(
            "Seal %(places)s is not in the witness file outside of the database, which "
            "could not be written. The server's log tells why; the next seal that can "
            "be noted brings the file up to date."
        ),
    ),
}
#: What nobody need have done.
MILD = {"witness_none", "witness_late", "witness_behind"}
#: What ends when an administrator says why.
ACKNOWLEDGED = {"witness_lost", "witness_other", "witness_damaged", "witness_late"}
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
