from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..gateway.vocabulary import ErrorClass
from ..policy import canonical, same_numbers

#: So often a network has to report a number as unknown, within so many days.
_REPORTS, _DAYS = 2, 30


class SmsHubNumberMark(models.Model):
    """A number that cannot receive texts: why, since when, and how it came back.

    A platform that refuses to take a text because of its number knows what it does: the
    number has a wrong form, or is a landline. A network that does not know a subscriber
    may be wrong once. A mark is about the number, in all its spellings, so a contact
    whose phone is changed has none.
    """

    _name = "sms.hub.number.mark"
    _description = "Number that cannot receive texts"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char("Phone", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("refused", "The platform refused the number"),
            ("unknown", "The network does not know it"),
        ],
        "Because",
        required=True,
        readonly=True,
    )
    words = fields.Char("Platform's Words", readonly=True)
    message_id = fields.Many2one(
        "sms.hub.message",
        "Failed Text",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    since = fields.Datetime(required=True, readonly=True)
    active = fields.Boolean("Cannot Be Texted", default=True, readonly=True)
    cleared_at = fields.Datetime("Texted Again Since", readonly=True)
    cleared_by_id = fields.Many2one("res.users", "Lifted by", readonly=True)
    clear_note = fields.Char("Why Lifted", readonly=True)

    _one_mark = models.UniqueIndex("(company_id, number) WHERE active")

    # === FOR THE GATE === #

    @api.model
    def _among(self, company, numbers):
        """Return those of the numbers that cannot receive texts.

        :return: ``{canonical number: since when}``, naive UTC
        """
        if not numbers:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, since FROM sms_hub_number_mark
                 WHERE active AND company_id = %s AND number = ANY(%s)
                """,
                company.id,
                list({canonical(number) for number in numbers}),
            )
        )
        return dict(rows)

    @api.model
    def _of(self, company, number):
        """Return the mark that stands on a number, or none."""
        # sudo: who sees the contact may know why it is not texted
        return self.sudo().search(
            [("company_id", "=", company.id), ("number", "=", canonical(number))]
        )

    # === MARKING === #

    @api.model
    def _note(self, message):
        """Mark the number of a text that failed, if that was due to the number."""
        if message.error_class != ErrorClass.NUMBER.value or not message.number:
            return
        kind = "unknown" if _was_taken(message) else "refused"
        if kind == "unknown" and self._reports_about(message) < _REPORTS:
            return
        self.env.cr.execute(
            """
            INSERT INTO sms_hub_number_mark (
                   number, company_id, kind, words, message_id, active, since,
                   create_uid, create_date, write_uid, write_date)
            VALUES (%(number)s, %(company)s, %(kind)s, %(words)s, %(message)s, TRUE,
                    NOW() AT TIME ZONE 'UTC', %(user)s, NOW() AT TIME ZONE 'UTC',
                    %(user)s, NOW() AT TIME ZONE 'UTC')
                ON CONFLICT DO NOTHING
            """,
            {
                "number": canonical(message.number),
                "company": message.company_id.id,
                "kind": kind,
                "words": message.error_sentence or None,
                "message": message.id,
                "user": self.env.uid,
            },
        )
        self._show()

    def _reports_about(self, message):
        """Count the texts that the network could not deliver because of the number."""
        since = fields.Datetime.now() - timedelta(days=_DAYS)
        lifted = self.sudo().with_context(active_test=False)
        last = lifted.search(
            [
                ("company_id", "=", message.company_id.id),
                ("number", "=", canonical(message.number)),
                ("cleared_at", "!=", False),
            ],
            limit=1,
        )
        texts = self.env["sms.hub.message"].sudo()
        theirs = Domain("number", "in", same_numbers(message.number))
        theirs &= Domain("company_id", "=", message.company_id.id)
        theirs &= Domain("direction", "=", "out")
        # what arrived since shows that the network was wrong
        arrived = texts.search(
            theirs & Domain("delivered_at", ">", since),
            order="delivered_at desc",
            limit=1,
        )
        since = max(since, last.cleared_at or since, arrived.delivered_at or since)
        failed = texts.search(
            theirs
            & Domain("error_class", "=", ErrorClass.NUMBER.value)
            & Domain("closed_at", ">", since)
        )
        return sum(map(_was_taken, failed))

    # === THE WAY BACK === #

    def action_clear(self):
        """Ask why texts to these numbers shall be tried again."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Text Again"),
            "res_model": "sms.hub.number.unmark",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mark_ids": self.ids},
        }

    def _clear(self, note, user=None):
        """Lift these marks; the next text is tried.

        :param note: why, in a person's words
        :param user: who says so; nobody where the number itself answered
        """
        self.sudo().write(
            {
                "active": False,
                "cleared_at": fields.Datetime.now(),
                "cleared_by_id": user and user.id,
                "clear_note": note,
            }
        )
        # the gate reads the table
        self.flush_recordset()
        self._show()

    def _show(self):
        """Let contacts and leads look again whether their number is marked."""
        for model in ("res.partner", "crm.lead"):
            self.env[model].invalidate_model(
                ["hub_number_marked", "hub_mark_words", "hub_unreachable"], flush=False
            )

    @api.model
    def _arrived(self, messages):
        """Lift the marks on numbers that texts have just reached."""
        numbers = {
            (one.company_id, canonical(one.number)) for one in messages if one.number
        }
        marks = self.sudo().search(
            [
                ("company_id", "in", messages.company_id.ids),
                ("number", "in", [number for _company, number in numbers]),
            ]
        )
        reached = marks.filtered(lambda one: (one.company_id, one.number) in numbers)
        if reached:
            reached._clear(self.env._("A text reached this number."))

    def _sentence(self):
        """Return since when and why the number is not texted, for anybody."""
        self.ensure_one()
        day = format_date(self.env, self.since)
        if self.kind == "refused":
            return self.env._(
                "Texts do not arrive since %(day)s: the platform refused the number.",
                day=day,
            )
        return self.env._(
            "Texts do not arrive since %(day)s: the network does not know the number.",
            day=day,
        )


class SmsHubInbound(models.AbstractModel):
    """Who answers can be texted."""

    _inherit = "sms.hub.inbound"

    def _obey(self, event):
        """Override: a number that sends texts receives them too."""
        mark = self.env["sms.hub.number.mark"]._of(event.company_id, event.number or "")
        if mark:
            mark._clear(self.env._("A text came from this number."))
        return super()._obey(event)


def _was_taken(message):
    """Tell whether a platform took a text, so that its failure is a network's word.

    A report may come although the answer got lost, or before it.
    """
    return bool(message.accepted_at or message.platform_ref or message.raw_status)
