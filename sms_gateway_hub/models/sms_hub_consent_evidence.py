from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import signing


class SmsHubConsentChain(models.Model):
    """The answer to "show me the consent of this number": one document."""

    _inherit = "sms.hub.consent.chain"

    def _print_evidence(self, company, number):
        """Return the action that prints what is on record about a number."""
        self._check_manager()
        chain = self.search(
            [("company_id", "=", company.id), ("number", "=", number)], limit=1
        )
        if not chain:
            raise UserError(
                self.env._("No consent and no refusal is on record about this number.")
            )
        report = self.env.ref("sms_gateway_hub.sms_hub_consent_report")
        return report.report_action(chain)

    def _check_manager(self):
        if not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(
                self.env._("The evidence of a number is printed by managers.")
            )

    def _evidence(self):
        """Return what the document shows: entries, seals, and whether all of it holds.

        Read as whoever prints it, so that their company's rules hold.
        """
        self.ensure_one()
        events = self.env["sms.hub.consent.event"].search(
            [("company_id", "=", self.company_id.id), ("number", "=", self.number)],
            order="seq, id",
        )
        findings = self.env["sms.hub.consent.finding"]
        problems, _count = self.sudo()._examine(self.company_id, [self.number])
        return {
            "events": events,
            "states": self.env["sms.hub.consent"].search(
                [("company_id", "=", self.company_id.id), ("number", "=", self.number)],
                order="scope",
            ),
            "problems": [
                findings._say(one.kind, ", ".join(map(str, one.places)), one.seal)
                for one in problems.get(self.number, [])
            ],
            "seals": self._evidence_seals(),
            "printed_at": fields.Datetime.to_string(fields.Datetime.now()),
        }

    def _evidence_seals(self):
        """Return the seals over this number: line, seal, is the signature right."""
        mine = [("company_id", "=", self.company_id.id)]
        lines = self.env["sms.hub.consent.seal.line"].search(
            [*mine, ("number", "=", self.number)], order="seal"
        )
        seals = self.env["sms.hub.consent.seal"].search(
            [*mine, ("seq", "in", lines.mapped("seal"))]
        )
        by_seq = seals.grouped("seq")
        return [
            (
                line,
                seal,
                bool(seal)
                and signing.is_signed(seal.public_key, seal.signature, seal.root),
            )
            for line in lines
            for seal in [by_seq.get(line.seal, seals.browse())]
        ]
