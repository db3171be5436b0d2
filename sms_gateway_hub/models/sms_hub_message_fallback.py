from datetime import datetime

from odoo import api, fields, models

from ..policy import Reason
from ..policy.fallback import Report, StepKind, after_report
from ..tools.dispatch import utcnow
from .sms_hub_gate_known import aware, naive
from .sms_hub_message_enqueue import NOT_RELEASED
from .sms_hub_message_timeline import Step
from .sms_hub_vocabulary import ERROR_WORDS

#: What the router and the fallback have to know of a row.
_ROW = (
    *("id", "number", "purpose", "sender_id", "sender_reason", "sender", "tried"),
    *("hops", "gateway_id"),
)


class SmsHubMessage(models.Model):
    """Messages that another sender took over: how it came, and in which words."""

    _inherit = "sms.hub.message"

    hops = fields.Json(
        readonly=True,
        groups="sms_gateway_hub.group_administrator",
        help="Changes of the sender, with the reason and the time of each.",
    )
    fallback_words = fields.Char("Replaced Sender", compute="_compute_fallback_words")

    _paused_idx = models.Index(
        "(sender_id, country_code, id)"
        " WHERE state = 'held' AND reason = 'sender_paused'"
    )
    # what was handed over lately, as the health of senders is counted from it; as small
    # as can be, for the claim writes it
    _claimed_idx = models.Index("USING brin (claimed_at) WITH (autosummarize = on)")

    # === WORDS === #

    @api.depends("hops")
    @api.depends_context("lang")
    def _compute_fallback_words(self):
        for message in self:
            # sudo: in words it is for everybody who reads the message
            hops = message.sudo().hops
            message.fallback_words = bool(hops) and message._hop_words(hops[-1])

    def _hop_words(self, hop):
        """Say why a message leaves from another sender than it was meant to."""
        words = {
            "new": hop["to"] or self.env._("the account"),
            "old": hop["from"] or self.env._("the account"),
            "country": self._country_name(),
        }
        if hop["why"] == "sender":
            return self.env._(
                "Sent from %(new)s because %(old)s may not be used in %(country)s.",
                **words,
            )
        if hop["why"] == "paused":
            return self.env._(
                "Sent from %(new)s because %(old)s is paused for %(country)s.", **words
            )
        if hop["why"] == "account":
            return self.env._(
                "Sent from %(new)s because the account of %(old)s cannot send.", **words
            )
        if hop["why"] in ("unreachable", "gateway_down"):
            return self.env._(
                "Sent from %(new)s because the platform of %(old)s does not answer.",
                **words,
            )
        _label, what, _todo = ERROR_WORDS[hop["why"]]
        return self.env._(
            "Sent from %(new)s after %(old)s failed: %(why)s", why=what, **words
        )

    def _timeline_replaced(self):
        """Return a step of the history for each change of the sender."""
        title = self.env._("Another sender")
        return [
            Step(
                datetime.fromisoformat(hop["at"]),
                "fa-random",
                title,
                self._hop_words(hop),
                "info",
            )
            for hop in self.sudo().hops or ()
        ]

    def _country_name(self):
        code = self.sudo().country_code
        countries = self.env["res.country"].sudo()
        country = (
            countries.search([("code", "=", code)], limit=1) if code else countries
        )
        return country.name or self.env._("this country")

    # === ANOTHER SENDER === #

    def _as_rows(self):
        """Return waiting messages as the dicts that claims work with."""
        return self.read(_ROW, load=None)

    def _take_sender(self, sender):
        """Let waiting messages leave from this sender."""
        self.write(
            {
                "sender_id": sender.id,
                "sender": sender.name,
                "gateway_id": sender.gateway_id.id,
                "sender_reason": "rule",
            }
        )

    def _after_failed_report(self):
        """Send a message that did not arrive once more by another sender.

        As a new row, once, within its time, and only where the company wants it: the
        report may be wrong, and the person then gets it twice.

        :return: the new row, or none
        """
        self.ensure_one()
        [row] = self._as_rows()
        step = after_report(
            Report(
                error_class=self.error_class or "",
                purpose=self.purpose or "",
                now=aware(utcnow()),
                expires_at=aware(self.expires_at),
                allowed=self.company_id.hub_repeat_by_other,
                repeated=bool(self.retry_of_id or self.retry_ids),
                other=self._other_sender(row),
            )
        )
        if step.kind is not StepKind.SEND_AGAIN:
            return self.browse()
        again = self._enqueue(
            [
                self._asked_again(
                    number=self.number,
                    author_id=self.author_id.id,
                    sender_id=step.sender_id,
                    not_before=naive(step.at),
                    expires_at=self.expires_at,
                    # the text that did not arrive must not stand in its own way
                    released={
                        **NOT_RELEASED,
                        "released_reasons": Reason.REPEATED.value,
                    },
                )
            ]
        )
        if again.state != "blocked":
            again._note_replaced(self)
            self.env["sms.hub.mirror"]._follow(self, again)
        return again

    def _other_sender(self, row):
        """Return the id of the sender that could stand in, or ``None``."""
        if not self.company_id.hub_repeat_by_other:
            return None  # the usual case asks nothing more
        found = self.env["sms.hub.router"]._alternatives(self.company_id, [row])
        return found[self.id] and found[self.id]["sender_id"]

    def _note_replaced(self, old):
        """Keep on a repetition why it leaves from another sender."""
        hop = {
            "sender": old.sender_id.id,
            "from": old.sender or "",
            "to": self.sender or "",
            "why": old.error_class,
            "code": "",
            "at": utcnow().isoformat(" ", "seconds"),
            # the old row counts for the health of its sender, not this note
            "counted": True,
        }
        self.write({"sender_reason": "fallback", "hops": [hop]})
