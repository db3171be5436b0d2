from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .sms_hub_alarm_words import KINDS, WORDS

_MANAGER = "sms_gateway_hub.group_manager"
_ADMINISTRATOR = "sms_gateway_hub.group_administrator"
#: What an alarm is about, beside its company and kind; together they name it.
SUBJECTS = ("gateway_id", "sender_id", "cron_id", "country_id")


class SmsHubAlarm(models.Model):
    """Something that needs a person: since when, what it means, what to do.

    There is one row per trouble, from its beginning to its end. While it lasts nothing
    is said twice; once it is over it closes by itself.
    """

    _name = "sms.hub.alarm"
    _inherit = ["mail.thread", "mail.activity.mixin", "sms.hub.transaction"]
    _description = "SMS Alarm"
    _order = "state desc, since desc, id desc"
    _rec_name = "kind"

    kind = fields.Selection(KINDS, "Alarm", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    gateway_id = fields.Many2one(
        "sms.hub.gateway", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    sender_id = fields.Many2one(
        "sms.hub.sender", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    country_id = fields.Many2one("res.country", readonly=True)
    cron_id = fields.Many2one(
        "ir.cron",
        "Scheduled Action",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        groups=_ADMINISTRATOR,
    )
    state = fields.Selection(
        # by their codes the list sorts what is open first
        [("open", "Open"), ("noted", "Being Looked At"), ("closed", "Over")],
        "Status",
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    since = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    last_seen_at = fields.Datetime("Last Seen", required=True, readonly=True)
    closed_at = fields.Datetime("Over Since", readonly=True)
    noted_by_id = fields.Many2one("res.users", "Looked At by", readonly=True)
    figures = fields.Json(readonly=True, groups=_ADMINISTRATOR)
    mailed = fields.Boolean(readonly=True, help="It was in an e-mail already.")
    sentence = fields.Char("What Is Wrong", compute="_compute_words")
    next_step = fields.Char("What to Do", compute="_compute_words")

    _one_per_trouble = models.UniqueIndex(
        "(company_id, kind, COALESCE(gateway_id, 0), COALESCE(sender_id, 0),"
        " COALESCE(cron_id, 0), COALESCE(country_id, 0)) WHERE state != 'closed'",
        "This alarm is open already.",
    )

    # === WORDS === #

    @api.depends("kind", "figures")
    @api.depends_context("lang")
    def _compute_words(self):
        for alarm in self:
            words = WORDS[alarm.kind]
            # sudo: as words, the figures are for everybody who reads the alarm
            told = {**alarm._names(), **(alarm.sudo().figures or {})}
            alarm.sentence = self.env._(words.what) % told
            alarm.next_step = self.env._(words.todo)

    def _names(self):
        """Return what the sentences may name, whether or not this alarm has it."""
        sudo = self.sudo()
        return {
            "gateway": sudo.gateway_id.name or self.env._("an unknown address"),
            "sender": sudo.sender_id.name,
            "country": sudo.country_id.name or self.env._("all countries"),
            "cron": sudo.cron_id.name,
        }

    @api.depends("kind", "gateway_id", "sender_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Override of `base`: what is wrong, and where."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alarm in self:
            where = alarm.sender_id.name or alarm.gateway_id.name
            parts = (kinds.get(alarm.kind), where)
            alarm.display_name = ", ".join(part for part in parts if part)

    # === RAISING AND CLOSING === #

    @api.model
    def _raise_alarm(self, kind, company, figures=None, **subject):
        """Open an alarm, or say that one which is open still holds.

        For hooks: it runs in the caller's transaction, and tells nobody by itself. The
        scheduled action of the next minute does that, so raising it costs little.

        :param kind: key of :data:`WORDS`
        :param company: record
        :param figures: plain values that fill in the sentence
        :param subject: records by field name, any of :data:`SUBJECTS`
        :return: the alarm
        """
        alarms = self.sudo()
        now = fields.Datetime.now()
        known = alarms.search(self._lasting(kind, company, subject), limit=1)
        if known:
            known.write({"last_seen_at": now, "figures": figures or {}})
            return known
        try:
            with self.env.cr.savepoint():
                return alarms.create(
                    {
                        "kind": kind,
                        "company_id": company.id,
                        "since": now,
                        "last_seen_at": now,
                        "figures": figures or {},
                        **{name: record.id for name, record in subject.items()},
                    }
                )
        except UniqueViolation:
            # another worker raised it just now, for the same reason
            return alarms.browse()

    @api.model
    def _close_alarm(self, kind, company, **subject):
        """Close what :meth:`_raise_alarm` opened with the same words; none is fine."""
        found = self.sudo().search(self._lasting(kind, company, subject))
        found._end()
        return found

    def _lasting(self, kind, company, subject):
        domain = Domain("kind", "=", kind) & Domain("company_id", "=", company.id)
        domain &= Domain("state", "!=", "closed")
        for name in SUBJECTS:
            record = subject.get(name)
            domain &= Domain(name, "=", record.id if record else False)
        return domain

    def _end(self):
        """Close alarms whose trouble is over, and say so where they were told."""
        for alarm in self:
            alarm.write({"state": "closed", "closed_at": fields.Datetime.now()})
            over = self.env._(WORDS[alarm.kind].over)
            alarm._withdraw(over)

    # === BUTTONS === #

    def action_note(self):
        """Say that somebody looks at it: nobody is reminded of it any more."""
        self._check_may_act(_MANAGER)
        # sudo: people change nothing of an alarm but this
        for alarm in self.sudo().filtered(lambda one: one.state == "open"):
            alarm.write({"state": "noted", "noted_by_id": self.env.uid})
            alarm._withdraw(self.env._("%s looks at it.", self.env.user.name))

    def action_switch_on(self):
        """Switch the scheduled action on again, and let it run at once."""
        self._check_may_act(_ADMINISTRATOR)
        # sudo: scheduled actions are the system administrators'
        for alarm in self.sudo().filtered("cron_id"):
            alarm.cron_id.active = True
            alarm.cron_id._trigger()
            alarm._end()

    def _check_may_act(self, group):
        """Let members of a group act on alarms of their companies.

        :raise AccessError: otherwise
        """
        self.check_access("read")
        if not self.env.user.has_group(group):
            raise AccessError(
                self.env._("Your role in SMS Hub does not let you do this.")
            )

    def action_view_subject(self):
        """Open what the alarm is about."""
        self.ensure_one()
        return self.env["sms.hub.health"]._action_of_alarm(self)
