"""Who left the lists of a mailing while its texts waited."""

from odoo import models
from odoo.tools import SQL

from .sms_hub_transitions import WAITING

_CONTACT = "mailing.contact"


class SmsHubGate(models.AbstractModel):
    """Asks for opt-outs from lists, which say nothing about other messages."""

    _inherit = "sms.hub.gate"

    def _left_lists(self, items):
        """Return who left all those lists of a mailing that they were on.

        As core sees it: whoever is still on one of them gets the mailing.

        :param items: as for ``_judge``, with ``mailing_id``
        :return: set of (mailing id, mailing contact id)
        """
        asked = [
            (item["mailing_id"], item["res_id"])
            for item in items
            if item.get("mailing_id") and item.get("res_model") == _CONTACT
        ]
        if not asked:
            return set()
        self.env["mailing.subscription"].flush_model()
        self.env["mailing.mailing"].flush_model(["contact_list_ids"])
        mailings, contacts = map(set, zip(*asked, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sending.mailing_mailing_id, subscription.contact_id
                  FROM mailing_subscription AS subscription
                  JOIN mail_mass_mailing_list_rel AS sending
                    ON sending.mailing_list_id = subscription.list_id
                 WHERE sending.mailing_mailing_id = ANY(%s)
                   AND subscription.contact_id = ANY(%s)
                 GROUP BY sending.mailing_mailing_id, subscription.contact_id
                HAVING bool_and(COALESCE(subscription.opt_out, FALSE))
                """,
                list(mailings),
                list(contacts),
            )
        )
        return set(rows)


class SmsHubMessage(models.Model):
    """What waits for somebody who leaves the list of its mailing is refused at once."""

    _inherit = "sms.hub.message"

    def _refuse_to_leavers(self, contacts):
        """Refuse the waiting mailings of these contacts whose lists they left.

        A text that is being claimed right now is passed over: its claim asks as well.

        :param contacts: mailing contacts
        """
        # sudo: rows of the ledger change for nobody else
        waiting = self.sudo().search(
            [
                ("direction", "=", "out"),
                ("state", "in", WAITING),
                ("mailing_id", "!=", False),
                ("res_model", "=", _CONTACT),
                ("res_id", "in", contacts.ids),
            ]
        )
        items = waiting.read(["mailing_id", "res_model", "res_id"], load=None)
        left = self.env["sms.hub.gate"]._left_lists(items)
        theirs = [
            item["id"] for item in items if (item["mailing_id"], item["res_id"]) in left
        ]
        numbers = self.sudo().browse(theirs).mapped("number")
        if not numbers:
            return
        self.env["sms.hub.number.lock"]._lock(numbers)
        locked = self.sudo()._lock_waiting(numbers, SQL("m.id = ANY(%s)", theirs))
        if locked._move("block", reason="opted_out"):
            self.env["sms.hub.mirror"]._wake()
