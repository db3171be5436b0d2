from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..policy.sender_health import Pattern

KINDS = [
    ("manual", "By Hand"),
    (Pattern.UNREGISTERED.value, "Not Registered"),
    (Pattern.FILTERED.value, "Held Back by Operators"),
]
#: Of several pauses of one sender the strictest one counts.
_STRICTEST_FIRST = [code for code, _label in KINDS]


class OpenPause(NamedTuple):
    """A pause that lasts, as plain values.

    :param country: two letters; empty for all countries
    :param probe_id: the message that finds out whether it may end
    """

    sender_id: int
    country: str
    kind: str
    probe_id: int | None

    def binds(self, sender_id, country):
        """Tell whether the sender may not text the country because of it."""
        return self.sender_id == sender_id and self.country in ("", country)


class OpenPauses:
    """The pauses of a company that last, read once for a batch."""

    def __init__(self, pauses):
        self._pauses = sorted(pauses, key=lambda one: _STRICTEST_FIRST.index(one.kind))

    def __bool__(self):
        return bool(self._pauses)

    def kind_for(self, sender_id, country, message_id=None):
        """Return why a message has to wait for its sender; empty if it has not.

        :param message_id: one that finds out whether the pause may end passes
        """
        for pause in self._pauses:
            if pause.binds(sender_id, country or "") and (
                not message_id or pause.probe_id != message_id
            ):
                return pause.kind
        return ""

    def senders_for(self, country):
        """Return the ids of the senders that rest in a country."""
        return frozenset(
            one.sender_id for one in self._pauses if one.country in ("", country or "")
        )


class SmsHubSenderPause(models.Model):
    """A sender rests, everywhere or for one country, and why.

    What waits for it goes on by another sender where there is one. A pause that began
    by itself ends by itself, once one message that is sent on trial arrives.
    """

    _name = "sms.hub.sender.pause"
    _inherit = ["sms.hub.transaction"]
    _description = "Pause of an SMS sender"
    _order = "since desc, id desc"
    _rec_name = "sender_id"

    sender_id = fields.Many2one(
        "sms.hub.sender", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="sender_id.company_id", store=True)
    gateway_id = fields.Many2one(related="sender_id.gateway_id", store=True)
    country_id = fields.Many2one(
        "res.country", readonly=True, help="Empty: it rests in all countries."
    )
    country_code = fields.Char(related="country_id.code", store=True)
    kind = fields.Selection(KINDS, "Cause", required=True, readonly=True)
    state = fields.Selection(
        [("paused", "Paused"), ("probing", "On Trial"), ("over", "Over")],
        required=True,
        default="paused",
        readonly=True,
        help="On trial: one message is on its way, and its report decides.",
    )
    note = fields.Char(readonly=True)
    settled_count = fields.Integer(readonly=True, aggregator=None)
    refused_count = fields.Integer(readonly=True, aggregator=None)
    reason = fields.Char(compute="_compute_reason")
    since = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    until = fields.Datetime(
        "Next Trial", readonly=True, help="Empty: until somebody resumes it."
    )
    ended_at = fields.Datetime("Ended On", readonly=True)
    failed_probes = fields.Integer("Failed Trials", readonly=True, aggregator=None)
    probe_id = fields.Many2one(
        "sms.hub.message", "Trial", readonly=True, ondelete="set null", index=True
    )
    paused_by_id = fields.Many2one("res.users", "Paused by", readonly=True)
    resumed_by_id = fields.Many2one("res.users", "Resumed by", readonly=True)
    resume_note = fields.Char("Why Resumed", readonly=True)

    _open_unique = models.UniqueIndex(
        "(sender_id, COALESCE(country_code, '')) WHERE state != 'over'",
        "This sender is paused there already.",
    )
    _open_idx = models.Index("(company_id) WHERE state != 'over'")

    # === WORDS === #

    @api.depends("kind", "note", "settled_count", "refused_count", "country_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for pause in self:
            pause.reason = pause._describe()

    def _describe(self):
        """Say in words why the sender rests."""
        if self.kind == "manual":
            return self.note
        words = {
            "refused": self.refused_count,
            "settled": self.settled_count,
            "country": self.country_id.name or self.env._("this country"),
        }
        if self.kind == Pattern.UNREGISTERED.value:
            return self.env._(
                "%(refused)s of the last %(settled)s texts to %(country)s were refused "
                "because of the sender: it is probably not registered there.",
                **words,
            )
        return self.env._(
            "%(refused)s of the last %(settled)s texts to %(country)s were held back "
            "by the operators because of what they say.",
            **words,
        )

    @api.depends("sender_id", "country_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Override of `base`: which sender, and where."""
        for pause in self:
            where = pause.country_id.name or self.env._("all countries")
            pause.display_name = f"{pause.sender_id.name}, {where}"

    # === READING === #

    @api.model
    def _open(self, company):
        """Return the :class:`OpenPauses` of a company, by one query.

        Never from a cache: other workers begin and end pauses all the time.
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sender_id, COALESCE(country_code, ''), kind, probe_id
                  FROM sms_hub_sender_pause
                 WHERE state != 'over' AND company_id = %s
                   AND NOT (kind = 'manual' AND COALESCE(
                       until <= clock_timestamp() AT TIME ZONE 'UTC', FALSE))
                """,
                company.id,
            )
        )
        return OpenPauses([OpenPause(*row) for row in rows])

    # === BEGINNING AND ENDING === #

    @api.model
    def _begin(self, sender, country, kind, **values):
        """Let a sender rest, unless it does so already.

        :param country: record, empty for all countries
        :param values: further columns
        :return: the pause that holds from now on
        """
        pauses = self.sudo()
        known = pauses.search(
            [
                ("sender_id", "=", sender.id),
                ("country_id", "=", country.id),
                ("state", "!=", "over"),
            ]
        )
        if known:
            return known
        pause = pauses.create(
            {
                "sender_id": sender.id,
                "country_id": country.id,
                "kind": kind,
                **values,
            }
        )
        pause._raise_alarm("sender_paused")
        self._wake_keeper()
        return pause

    def _end(self, **values):
        """Let the senders work again; what waits for them goes out by itself."""
        self.sudo().write(
            {"state": "over", "ended_at": fields.Datetime.now(), **values}
        )
        self._close_alarm("sender_paused")
        self._wake_keeper()

    def _wake_keeper(self):
        """Let housekeeping look soon at what waits for paused senders."""
        self.env["sms.hub.dispatcher"]._trigger_once(
            "sms_gateway_hub.ir_cron_housekeeping"
        )

    # === BUTTONS === #

    def action_resume(self):
        """Ask why the sender may work again."""
        self.ensure_one()
        return self.sender_id._open_switch("resume", pause_id=self.id)

    def action_view_waiting(self):
        """Open the texts that wait for this sender."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_message_action"
        )
        domain = [
            ("sender_id", "=", self.sender_id.id),
            ("state", "in", ("queued", "held")),
        ]
        if self.country_code:
            domain.append(("country_code", "=", self.country_code))
        return {**action, "domain": domain, "context": {}}

    @api.model
    def _check_may_switch(self):
        """Let managers pause and resume senders.

        :raise AccessError: for everybody else
        """
        if not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(
                self.env._("Only managers of SMS Hub pause and resume senders.")
            )
