import logging
import time
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.consent_chain import Problem, as_ranges
from .sms_hub_consent_chain import KEPT_BY_NUMBER
from .sms_hub_consent_finding import ACKNOWLEDGED, MILD

_logger = logging.getLogger(__name__)

_MANAGER = "sms_gateway_hub.group_manager"
#: Numbers that are read and compared at once.
_NUMBERS = 2000
#: Findings that are written down per verification; more would say nothing new.
_FINDINGS = 1000
#: Seconds that a button may take; the scheduled action goes on from there.
_BUTTON_SECONDS = 40
_CRON_SECONDS = 30
#: A company is checked once a day; a little earlier than that counts as due.
_HOURS_BETWEEN = 20


class SmsHubConsentCheck(models.Model):
    """One verification of a company's consent ledger: what it read, what it found.

    It goes number by number and keeps its place, so that a ledger of millions of
    entries is checked in slices.
    """

    _name = "sms.hub.consent.check"
    _inherit = ["mail.activity.mixin", "mail.thread"]
    _description = "Consent Verification"
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    started_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    ended_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("running", "Under Way"),
            ("clean", "Nothing Wrong"),
            ("notes", "Nothing Wrong, but a Note"),
            ("findings", "Something Is Wrong"),
        ],
        "Result",
        required=True,
        default="running",
        readonly=True,
    )
    position = fields.Char("Last Number Read", readonly=True, default="")
    number_count = fields.Integer("Numbers", readonly=True)
    event_count = fields.Integer("Entries", readonly=True)
    seal_count = fields.Integer("Seals", readonly=True)
    finding_ids = fields.One2many(
        "sms.hub.consent.finding", "check_id", "Findings", readonly=True
    )
    finding_count = fields.Integer(compute="_compute_finding_count")
    is_about_witness = fields.Boolean(compute="_compute_is_about_witness")

    @api.depends("started_at")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for check in self:
            day = format_date(self.env, check.started_at)
            check.display_name = self.env._("Verification of %s", day)

    @api.depends("finding_ids.kind")
    def _compute_is_about_witness(self):
        for check in self:
            check.is_about_witness = not ACKNOWLEDGED.isdisjoint(
                check.finding_ids.mapped("kind")
            )

    @api.depends("finding_ids")
    def _compute_finding_count(self):
        for check in self:
            check.finding_count = len(check.finding_ids)

    # === RUNNING === #

    def action_verify(self):
        """Verify the ledger of this company now, and show what was found."""
        if not self.env.user.has_group(_MANAGER):
            raise AccessError(self.env._("Only managers verify the consent ledger."))
        check = self.sudo()._start(self.env.company)
        if not check._try(check._go_on, time.monotonic() + _BUTTON_SECONDS):
            check._end()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "views": [(False, "form")],
        }

    @api.model
    def _run(self):
        """Go on with what is under way, and verify each company once a day."""
        self._start_due()
        running = self.search([("state", "=", "running")], order="id")
        end = time.monotonic() + _CRON_SECONDS
        for check in running:
            while check.state == "running":
                if not check._try(check._go_on, time.monotonic()):
                    check._end()
                left = self.search_count([("state", "=", "running")])
                time_left = self.env["ir.cron"]._commit_progress(1, remaining=left)
                if not time_left or time.monotonic() > end:
                    return

    def _start_due(self):
        for company in self._companies_with_any():
            recent = self.search_count(
                [
                    ("company_id", "=", company.id),
                    "|",
                    ("state", "=", "running"),
                    (
                        "started_at",
                        ">",
                        fields.Datetime.now() - timedelta(hours=_HOURS_BETWEEN),
                    ),
                ],
                limit=1,
            )
            if not recent:
                self._start(company)

    def _companies_with_any(self):
        """Return the companies of which anything at all is kept.

        Whoever removes one part of a ledger does not keep the rest from being read.
        """
        models_kept = (*KEPT_BY_NUMBER, "sms.hub.consent.seal")
        known = self.env["sms.hub.consent.witness"]._company_ids()
        return (
            self.env["res.company"]
            .with_context(active_test=False)
            .search(Domain.TRUE, order="id")
            .filtered(
                lambda company: (
                    company.id in known
                    or any(
                        self.env[model].search_count(
                            [("company_id", "=", company.id)], limit=1
                        )
                        for model in models_kept
                    )
                )
            )
        )

    def _start(self, company):
        """Begin a verification with the seals of a company."""
        check = self.create({"company_id": company.id})
        check._try(check._examine_seals)
        return check

    def _examine_seals(self):
        seals = self.env["sms.hub.consent.seal"]
        problems, self.seal_count = seals._examine(self.company_id)
        witness = self.env["sms.hub.consent.witness"]._examine(self.company_id)
        self._find(problems + witness + seals._examine_guards())

    def _try(self, step, *args):
        """Take a step; what cannot be read must not stop other companies.

        :return: whether it could be taken
        """
        try:
            with self.env.cr.savepoint():
                step(*args)
                return True
        except OperationalError:
            raise  # the database's own trouble: the next run takes it up again
        except Exception:
            _logger.exception("The verification %s cannot go on.", self.id)
            self._find([Problem("unreadable")])
            return False

    def _go_on(self, until):
        """Examine numbers until the clock says so; at least one portion of them."""
        self.ensure_one()
        while self._examine_numbers():
            if time.monotonic() >= until:
                return
        self._end()

    def _examine_numbers(self):
        """Examine the next numbers; tell whether there were any."""
        chains = self.env["sms.hub.consent.chain"]
        numbers = chains._next_numbers(self.company_id, self.position, _NUMBERS)
        if not numbers:
            return False
        found, event_count = chains._examine(self.company_id, numbers)
        for number, problems in found.items():
            self._find(problems, number)
        self.write(
            {
                "position": numbers[-1],
                "number_count": self.number_count + len(numbers),
                "event_count": self.event_count + event_count,
            }
        )
        return True

    def _find(self, problems, number=False):
        """Write down what is wrong."""
        room = max(0, _FINDINGS - len(self.finding_ids))
        self.env["sms.hub.consent.finding"].create(
            [
                {
                    "check_id": self.id,
                    "kind": problem.kind,
                    "number": number,
                    "places": as_ranges(problem.places),
                    "seal": problem.seal,
                }
                for problem in problems[:room]
            ]
        )

    def _end(self):
        self.ended_at = fields.Datetime.now()
        kinds = set(self.finding_ids.mapped("kind"))
        if kinds - MILD:
            self.state = "findings"
            _logger.error(
                "The consent ledger of company %s is not intact: %s findings.",
                self.company_id.id,
                len(self.finding_ids),
            )
            self._call_managers(self.env._("The consent ledger was tampered with"))
        elif kinds:
            self.state = "notes"
            self._call_managers(
                self.env._("The consent ledger needs a look at its witness file")
            )
        else:
            self.state = "clean"

    def _call_managers(self, summary):
        """Give everybody who answers for the ledger something to do."""
        managers = self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(_MANAGER).ids),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
            ]
        )
        for manager in managers:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                user_id=manager.id,
            )
