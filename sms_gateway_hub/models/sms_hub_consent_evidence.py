from odoo import fields, models
from odoo.exceptions import AccessError, UserError


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
            raise UserError(self._say_nothing_to_print(company, number))
        report = self.env.ref("sms_gateway_hub.sms_hub_consent_report")
        return report.report_action(chain)

    def _say_nothing_to_print(self, company, number):
        """Return why there is no record: none was made, or somebody removed it."""
        mine = [("company_id", "=", company.id), ("number", "=", number)]
        last = self.env["sms.hub.consent.seal.line"].search(
            mine, order="seal desc", limit=1
        )
        if last:
            return self.env._(
                "Some or all of the record of this number was removed from the "
                "database. Seal %(seal)s shows that it had %(count)s entries. Verify "
                "the ledger.",
                seal=last.seal,
                count=last.entry_count,
            )
        if self.env["sms.hub.consent.event"].search_count(mine, limit=1):
            return self.env._(
                "Somebody changed the record of this number in the database: the "
                "counter of its entries is gone. Verify the ledger."
            )
        return self.env._("No consent and no refusal is on record about this number.")

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
        found, _count = self.sudo()._examine(self.company_id, [self.number])
        problems = found.get(self.number, [])
        seals, wrong = self._evidence_seals()
        return {
            "events": events,
            "states": self.env["sms.hub.consent"].search(
                [("company_id", "=", self.company_id.id), ("number", "=", self.number)],
                order="scope",
            ),
            "problems": [
                findings._say(one.kind, ", ".join(map(str, one.places)), one.seal)
                for one in [*problems, *wrong]
            ],
            "seals": seals,
            "printed_at": fields.Datetime.to_string(fields.Datetime.now()),
        }

    def _evidence_seals(self):
        """Return the seals over this number, and what is wrong with them.

        :return: list of line, seal (empty when it is gone) and whether the seal holds;
            and the problems
        """
        mine = [("company_id", "=", self.company_id.id)]
        seals = self.env["sms.hub.consent.seal"]
        lines = self.env["sms.hub.consent.seal.line"].search(
            [*mine, ("number", "=", self.number)], order="seal"
        )
        numbers = set(lines.mapped("seal"))
        found, _count = seals.sudo()._examine(self.company_id, numbers)
        problems = [one for one in found if numbers.intersection(one.places)]
        wrong = {place for one in problems for place in one.places}
        by_seq = seals.search([*mine, ("seq", "in", list(numbers))]).grouped("seq")
        rows = [
            (line, by_seq.get(line.seal, seals.browse()), line.seal not in wrong)
            for line in lines
        ]
        return rows, problems
