from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..gateway.vocabulary import ERROR_CLASSES, ErrorClass
from .sms_hub_doors import DOOR_SELECTION
from .sms_hub_transitions import OUT, WAITING
from .sms_hub_vocabulary import (
    DIRECTIONS,
    ERROR_SELECTION,
    ERROR_WORDS,
    LANES,
    PURPOSES,
    REASON_SELECTION,
    REASON_WORDS,
    SENDER_REASONS,
    STATES,
)

#: What only an administrator can make sense of; hidden from everybody else, also where
#: Odoo offers all fields (own filters, groupings, exports).
_TECHNICAL = "sms_gateway_hub.group_administrator"


class SmsHubMessage(models.Model):
    """The ledger: one row per SMS, out or in, sent or refused.

    Core's ``sms.sms``, notifications and mailing traces only mirror it. Rows are made
    by :meth:`_enqueue` and change state through the transition table alone.
    """

    _name = "sms.hub.message"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS"
    _order = "id desc"
    _rec_name = "number"

    uuid = fields.Char(
        "Our Reference",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: uuid4().hex,
        groups=_TECHNICAL,
    )
    direction = fields.Selection(
        DIRECTIONS, required=True, default="out", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    gateway_id = fields.Many2one(
        "sms.hub.gateway", readonly=True, ondelete="restrict", index=True
    )
    sender = fields.Char("From", readonly=True)
    sender_id = fields.Many2one(
        "sms.hub.sender", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    sender_reason = fields.Selection(
        SENDER_REASONS,
        "Why This Sender",
        readonly=True,
    )
    country_code = fields.Char(
        "Country",
        size=2,
        readonly=True,
        help="Of the number, as two letters.",
    )
    tried = fields.Json(
        readonly=True,
        groups=_TECHNICAL,
        help="Senders that could not do it before.",
    )
    cost = fields.Float(readonly=True, digits=(16, 5), aggregator="sum")
    cost_currency_id = fields.Many2one("res.currency", readonly=True)
    number = fields.Char(
        "Phone", readonly=True, help="The other party's number, with country code."
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    res_model = fields.Char("Record Type", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    record_name = fields.Char("About", compute="_compute_record_name")
    body = fields.Text("Text", readonly=True)
    encoding = fields.Selection(
        [("gsm7", "Standard letters"), ("ucs2", "Special characters")],
        readonly=True,
        groups=_TECHNICAL,
    )
    segments = fields.Integer("Parts", readonly=True, aggregator="sum")

    # === WHERE IT COMES FROM === #
    door = fields.Selection(DOOR_SELECTION, "Origin", readonly=True)
    purpose = fields.Selection(PURPOSES, readonly=True)
    lane = fields.Selection(LANES, readonly=True, groups=_TECHNICAL)
    author_id = fields.Many2one("res.users", "Sent by", readonly=True)
    mailing_id = fields.Many2one(
        "mailing.mailing",
        "Mailing",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    mail_message_id = fields.Many2one(
        "mail.message",
        "Posted As",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    template_ref = fields.Char(
        "DLT Template", readonly=True, help="India: id of the registered text."
    )
    retry_of_id = fields.Many2one(
        "sms.hub.message", "Sent Again For", readonly=True, index="btree_not_null"
    )
    retry_ids = fields.One2many("sms.hub.message", "retry_of_id", readonly=True)
    scope_id = fields.Many2one(
        "sms.hub.scope",
        "Topic",
        readonly=True,
        ondelete="restrict",
        help="The kind of message whose consent counts, where it is narrower than the "
        "purpose.",
    )
    batch_size = fields.Integer(
        readonly=True,
        aggregator=None,
        groups=_TECHNICAL,
        help="Recipients of the same sending.",
    )

    # === WHERE IT STANDS === #
    state = fields.Selection(
        STATES, "Status", required=True, default="queued", readonly=True
    )
    reason = fields.Selection(REASON_SELECTION, readonly=True)
    error_class = fields.Selection(ERROR_SELECTION, "Problem", readonly=True)
    error_code = fields.Char("Platform Code", readonly=True, groups=_TECHNICAL)
    error_sentence = fields.Char("Platform's Words", readonly=True)
    raw_status = fields.Char("Last Report", readonly=True, groups=_TECHNICAL)
    evidence = fields.Json(
        readonly=True,
        groups=_TECHNICAL,
        help="Zones, hours and rules by which the time of sending was decided.",
    )
    over_limit = fields.Boolean(
        readonly=True,
        groups=_TECHNICAL,
        help="Its author had sent as many texts in 24 hours as one person may.",
    )
    released_reasons = fields.Char(
        readonly=True,
        groups=_TECHNICAL,
        help="Codes of the holds that a manager lifted, separated by commas.",
    )
    released_by_id = fields.Many2one("res.users", "Released by", readonly=True)
    released_at = fields.Datetime("Released On", readonly=True)
    release_note = fields.Char("Why Released", readonly=True)
    explanation = fields.Char(compute="_compute_explanation")
    next_step = fields.Char("What to Do", compute="_compute_explanation")
    request_id = fields.Many2one(
        "sms.hub.request",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups=_TECHNICAL,
    )
    platform_ref = fields.Char("Platform Reference", readonly=True, groups=_TECHNICAL)
    attempts = fields.Integer(
        required=True, default=0, readonly=True, aggregator=None, groups=_TECHNICAL
    )
    alone = fields.Boolean(
        readonly=True,
        groups=_TECHNICAL,
        help="Travels in a request of its own after a shared refusal.",
    )
    epoch = fields.Integer(
        required=True, default=0, readonly=True, aggregator=None, groups=_TECHNICAL
    )
    lease_until = fields.Datetime(readonly=True, groups=_TECHNICAL)
    mirror_pending = fields.Boolean(default=False, readonly=True, groups=_TECHNICAL)
    event_ids = fields.One2many(
        "sms.hub.event", "message_id", readonly=True, groups=_TECHNICAL
    )

    # === WHEN === #
    planned_at = fields.Datetime(
        "Planned For",
        readonly=True,
        help="The hour that was asked for. Whatever holds it, it never leaves earlier.",
    )
    not_before = fields.Datetime(readonly=True)
    expires_at = fields.Datetime("Not After", readonly=True)
    claimed_at = fields.Datetime("Sending Since", readonly=True)
    accepted_at = fields.Datetime("Accepted On", readonly=True)
    delivered_at = fields.Datetime("Delivered On", readonly=True)
    closed_at = fields.Datetime("Closed On", readonly=True)

    _claim_idx = models.Index(
        "(gateway_id, lane, COALESCE(sender_id, 0), not_before, id)"
        " WHERE state = 'queued' AND direction = 'out'"
    )
    # what waits of a mailing: to pause, resume and cancel it
    _campaign_idx = models.Index(
        "(mailing_id, id) WHERE state IN ('queued', 'held') AND mailing_id IS NOT NULL"
    )
    _lease_idx = models.Index("(lease_until) WHERE state = 'claimed'")
    _held_idx = models.Index("(not_before) WHERE state = 'held'")
    _expiry_idx = models.Index(
        "(expires_at) WHERE state IN ('queued', 'held') AND direction = 'out'"
    )
    # what was handed over to a number lately: caps, and the same text again
    _recent_idx = models.Index(
        "(number, company_id, claimed_at)"
        " WHERE direction = 'out' AND claimed_at IS NOT NULL"
    )
    _mirror_idx = models.Index("(id) WHERE mirror_pending")
    _uuid_idx = models.Index("(uuid)")
    _number_idx = models.Index("(number, company_id, id)")
    _record_idx = models.Index("(res_model, res_id, id)")
    _platform_idx = models.Index("(platform_ref) WHERE platform_ref IS NOT NULL")

    # === STATE === #

    def _is_waiting(self):
        """Tell whether the message can still be changed or cancelled."""
        self.ensure_one()
        return self.state in WAITING

    # === WORDS === #

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, messages in self.grouped("res_model").items():
            names = {}
            if model in self.env:
                records = self.env[model].sudo().browse(messages.mapped("res_id"))
                names = {one.id: one.display_name for one in records.exists()}
            for message in messages:
                message.record_name = names.get(message.res_id, False)

    def _get_record(self):
        """Return the record the message is about, or ``None``."""
        self.ensure_one()
        return self._get_records().get(self.id)

    def _get_records(self):
        """Return ``{id: record}`` of the messages whose records exist.

        By one query for each model; the records are read together later on.
        """
        records = {}
        for model, messages in self.filtered("res_id").grouped("res_model").items():
            if model in self.env:
                found = self.env[model].browse(set(messages.mapped("res_id"))).exists()
                by_id = {record.id: record for record in found}
                for message in messages:
                    if record := by_id.get(message.res_id):
                        records[message.id] = record
        return records

    @api.depends("state", "reason", "error_class", "error_sentence", "gateway_id.state")
    def _compute_explanation(self):
        for message in self:
            message.explanation, message.next_step = message._explain()

    def _explain(self):
        """Return what happened and what to do, in words for anybody."""
        if self.state in ("queued", "held") and self.gateway_id.state == "paused":
            return (
                self.env._("Waiting: the gateway is paused."),
                self.env._("It goes out once an administrator resumes the gateway."),
            )
        if self.state in ("queued", "held") and self.gateway_id.state == "draft":
            return (
                self.env._("Waiting: the gateway was deactivated."),
                self.env._(
                    "Cancel it, or ask an administrator to activate the gateway."
                ),
            )
        if self.reason in REASON_WORDS and self.state not in ("accepted", "delivered"):
            _label, what, todo = REASON_WORDS[self.reason]
            return str(what), str(todo)
        error = "unknown_outcome" if self.state == "unknown" else self.error_class
        if error in ERROR_WORDS and self.state in ("failed", "expired", "unknown"):
            _label, what, todo = ERROR_WORDS[error]
            words = self._platform_words(error)
            return f"{what} {words}" if words else str(what), str(todo)
        return self._describe_progress(), False

    def _platform_words(self, error):
        """Return what the platform itself said, unless it only names the class."""
        general = ERROR_CLASSES[ErrorClass(error)].sentence
        return False if self.error_sentence == general else self.error_sentence

    def _describe_progress(self):
        words = {
            "queued": self.env._("Waiting for its turn."),
            "claimed": self.env._("On its way to the platform."),
            "accepted": self.env._(
                "The platform took it; no report from the phone yet."
            ),
            "delivered": self.env._("It reached the phone."),
            "received": self.env._("It came from the customer."),
            "expired": self.env._("The network gave up delivering it."),
            "failed": self.env._("It could not be delivered."),
        }
        return words.get(self.state, False)

    # === BUTTONS === #

    def action_cancel(self):
        """Cancel what is still waiting; what may be out stays as it is."""
        self._check_may_act()
        moved = self.sudo()._move("cancel", reason="cancelled_by_user")
        if not moved:
            raise UserError(
                self.env._(
                    "This cannot be cancelled any more: it was handed to the platform, "
                    "or is finished."
                )
            )
        self.env["sms.hub.mirror"]._wake()
        return self._notify_count(self.env._("Cancelled"), moved)

    def action_send_again(self):
        """Send failed messages once more, each as a new row."""
        self._check_may_act()
        again = self.sudo()._send_again()
        if not again:
            raise UserError(
                self.env._(
                    "Only messages that surely did not arrive can be sent again: "
                    "failed, expired, blocked or cancelled ones whose text is kept."
                )
            )
        return self._notify_count(self.env._("Queued again"), again)

    def _check_may_act(self):
        """Let those act who may change what a message is about, or who wrote it.

        :raise AccessError: otherwise
        """
        self.check_access("read")
        if self._sees_everything():
            return
        records = {}
        for record in self.sudo()._get_records().values():
            records.setdefault(record._name, set()).add(record.id)
        for model, ids in records.items():
            self.env[model].browse(ids).check_access("write")

    def _notify_count(self, title, done):
        """Tell how many of the selected messages it was, if it was not all."""
        if len(done) == len(self):
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": title,
                "message": self.env._(
                    "%(count)s of %(total)s messages; the others cannot be changed any "
                    "more.",
                    count=len(done),
                    total=len(self),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_record(self):
        """Open the record the message is about."""
        self.ensure_one()
        record = self._get_record()
        if not record:
            raise UserError(self.env._("The record was deleted."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if any(message.state in OUT + WAITING for message in self):
            raise UserError(
                self.env._("A message that waits or is on its way cannot be deleted.")
            )
