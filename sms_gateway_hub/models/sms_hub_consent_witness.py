import logging
from contextlib import suppress
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import witness
from ..tools.consent_chain import Problem, as_text

_logger = logging.getLogger(__name__)

#: A seal that is younger may be on its way into the file.
_NOTED_WITHIN = timedelta(hours=1)


class SmsHubConsentWitness(models.AbstractModel):
    """Keeps the file outside of the database that knows which seals were made."""

    _name = "sms.hub.consent.witness"
    _inherit = ["sms.hub.transaction"]
    _description = "Witness of Consent Seals"

    @api.model
    def _path(self):
        """Return the file of this database.

        A copy made by Odoo has another identity, one made by PostgreSQL another name.
        """
        identity = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return witness.path_of(self.env.cr.dbname, identity or "")

    @api.model
    def _catch_up(self, company_id=None):
        """Note the seals that the file lacks; sealing never fails over it.

        Called after the commit of a seal: the file must not know what may never be.
        """
        try:
            with self._hub_cursor() as cr:
                self.with_env(self.env(cr=cr))._note_seals(company_id)
        except OSError as error:
            _logger.error("Seals are missing in the witness file: %s", error)

    def _acknowledge(self, company, reason):
        """Note that what the file knows and the database lacks is accounted for.

        :raise OSError: when the file cannot be written
        """
        user = self.env.user
        with self._hub_cursor() as cr:
            own = self.with_env(self.env(cr=cr))
            own._lock()
            noted = own._read().get(company.id, witness.Noted())
            lost, other = _compare(noted.roots, own._seals(company.id))
            note = {
                "what": "acknowledged",
                "company": company.id,
                "seal": min([*lost, *other, max(noted.roots, default=0) + 1]),
                "reason": reason,
                "by": f"{user.name} ({user.login})",
                "at": as_text(fields.Datetime.now()),
            }
            witness.append(own._path(), [note])
            own._note_seals(company.id)
        _logger.warning(
            "User %s acknowledged the witness file of company %s from seal %s on.",
            user.id,
            company.id,
            note["seal"],
        )

    # === COMPARING === #

    @api.model
    def _examine(self, company):
        """Compare the seals of a company with those that the file knows."""
        path = self._path()
        try:
            noted, damaged = witness.read(path)
        except OSError:
            missing = self._now_sealed(company) or company.id in self._company_ids()
            return [Problem("witness_none")] if missing else []
        # read after the file: a seal that was made meanwhile is no loss
        seals = self._now_sealed(company)
        known = noted.get(company.id, witness.Noted())
        lost, other = _compare(known.roots, seals)
        due = fields.Datetime.now() - _NOTED_WITHIN
        last = max(known.roots, default=0)
        behind = [seq for seq, (_root, at) in seals.items() if seq > last and at < due]
        found = {
            "witness_damaged": [0] if damaged else [],
            "witness_lost": lost,
            "witness_other": other,
            "witness_late": [known.late] if known.late else [],
            "witness_behind": behind,
        }
        return [Problem(kind, tuple(seqs)) for kind, seqs in found.items() if seqs]

    @api.model
    def _company_ids(self):
        """Return the companies of which seals were noted under this database's name.

        Under whatever identity: whoever changes that in the database hides nothing.
        """
        found = set()
        for path in witness.paths_like(self.env.cr.dbname):
            with suppress(OSError):  # of one that cannot be read nothing is known
                found |= set(witness.read(path)[0])
        return found

    def _now_sealed(self, company):
        """Return the seals as they are this moment, whenever our snapshot began."""
        return self._hub_run(lambda own: own._seals(company.id))

    # === IN A TRANSACTION OF ITS OWN === #

    def _lock(self):
        """Let no two workers write into the file at once."""
        lock = "SELECT pg_advisory_xact_lock(hashtext('sms_hub_consent_witness'))"
        self.env.execute_query(SQL(lock))

    def _read(self):
        """Return what the file knows by company; nothing before there is a file."""
        try:
            return witness.read(self._path())[0]
        except FileNotFoundError:
            return {}

    def _seals(self, company_id):
        """Return ``{number of a seal: (root, when)}`` of a company, in order."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seq, root, sealed_at FROM sms_hub_consent_seal
                 WHERE company_id = %s ORDER BY seq, id
                """,
                company_id,
            )
        )
        return {seq: (root, at) for seq, root, at in rows}

    def _note_seals(self, company_id=None):
        """Note the seals after the last one that the file knows, per company."""
        self._lock()
        noted = self._read()
        if company_id:
            ids = [company_id]
        else:
            query = SQL("SELECT DISTINCT company_id FROM sms_hub_consent_seal")
            ids = sorted(one for (one,) in self.env.execute_query(query))
        notes = [note for one in ids for note in self._missing(one, noted.get(one))]
        if notes:
            witness.append(self._path(), notes)

    def _missing(self, company_id, known):
        """Return the lines to add for a company.

        :param known: what the file knows of it; ``None`` when that is nothing
        """
        last = max(known.roots, default=0) if known else 0
        seals = {
            seq: seal for seq, seal in self._seals(company_id).items() if seq > last
        }
        notes = [
            {
                "what": "seal",
                "company": company_id,
                "seal": seq,
                "root": root,
                "sealed_at": as_text(at),
            }
            for seq, (root, at) in seals.items()
        ]
        # where only a file of another identity knows the company, ours comes late too
        late = len(notes) > 1 or company_id in self._company_ids()
        if notes and known is None and late:
            begun = {"what": "late", "company": company_id, "seal": max(seals)}
            notes.insert(0, begun)
        return notes


def _compare(known, seals):
    """Return the seals that are gone, and those that are not the ones noted."""
    lost = sorted(set(known) - set(seals))
    both = sorted(set(known) & set(seals))
    return lost, [seq for seq in both if seals[seq][0] != known[seq]]
