from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..policy import canonical, same_numbers
from ..policy.keywords import is_stop
from ..tools.consent_state import EVERYTHING
from .sms_hub_inbound import is_phone


class SmsHubEvent(models.Model):
    """Replies that could not be read: their senders' texts wait for a person.

    Such a reply may be a STOP, so nothing goes out until somebody had it applied again,
    or read it.
    """

    _inherit = "sms.hub.event"

    def _unreadable(self, numbers):
        """Return the replies from these numbers that only a person gets read.

        :param numbers: E.164, in any spelling
        """
        spelled = {one for number in numbers if number for one in same_numbers(number)}
        if not spelled:
            return self.sudo().browse()
        # sudo: that a reply waits is told to whoever sees the texts that wait for it
        return self.sudo().search(
            [
                ("unread", "=", True),
                ("state", "=", "dead"),
                ("number", "in", list(spelled)),
            ]
        )

    def action_mark_read(self):
        """Let an administrator say that a reply was read, so that texts go on.

        A STOP is not read by looking at it: it has to be on record first.
        """
        if not self.env.user.has_group("sms_gateway_hub.group_administrator"):
            raise AccessError(
                self.env._("Only administrators of SMS Hub mark replies as read.")
            )
        self.check_access("read")
        # sudo: events change for nobody else
        replies = self.sudo().filtered(lambda one: one.unread and one.state == "dead")
        if not replies:
            raise UserError(
                self.env._("Only replies that could not be read are marked as read.")
            )
        replies._check_no_stop()
        replies.write(
            {
                "unread": False,
                "state": "ignored",
                "outcome": self.env._(
                    "Marked as read by %(name)s on %(day)s, without applying it.",
                    name=self.env.user.name,
                    day=format_datetime(self.env, self.env.cr.now()),
                ),
            }
        )
        for number in set(replies.mapped("number")):
            self.env["sms.hub.inbound"]._release(number)

    def _check_no_stop(self):
        """Refuse to pass over a word that refuses texts and is not on record.

        :raise UserError: when it is not
        """
        stops = self.filtered(lambda one: is_phone(one.number) and is_stop(one.text))
        refused = {
            number
            for (_company, number), refusals in self.env["sms.hub.consent"]
            ._refusals(stops.mapped("number"))
            .items()
            if any(one.scope == EVERYTHING for one in refusals)
        }
        if any(canonical(one.number) not in refused for one in stops):
            raise UserError(
                self.env._(
                    "This reply asks for no more texts, so it cannot be passed over. "
                    "Apply it again; if that fails, record the refusal of all texts on "
                    "the contact or lead with this number first."
                )
            )
