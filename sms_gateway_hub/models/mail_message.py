from odoo import SUPERUSER_ID, fields, models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    """Posts that go out or came in as text messages."""

    _inherit = "mail.message"

    hub_inbound_number = fields.Char(
        "Texted From", readonly=True, copy=False, groups="base.group_user"
    )

    def _to_store_defaults(self, target):
        """Override of `mail`: let colleagues see which comments arrived by SMS."""
        return super()._to_store_defaults(target) + [
            # sudo: colleagues may see it, also when a visitor's act informs them
            Store.Attr(
                "hub_inbound_number",
                predicate=lambda one: (
                    target.is_internal(self.env) and one.sudo().hub_inbound_number
                ),
                sudo=True,
            )
        ]

    def _hub_companies(self):
        """Return ``{post id: company}``: whose gateway sends the texts of each post.

        The company of its record counts. The one that a post names counts only where
        the record has none, and only for posts of that company's people: whoever
        posts may name any.
        """
        companies = {}
        for model, posts in self.sudo().grouped("model").items():
            owners = {}
            if model in self.env:
                records = self.env[model].sudo().browse(posts.mapped("res_id"))
                owners = records.exists()._mail_get_companies()
            for post in posts:
                named = post.record_company_id
                if post.create_uid.id != SUPERUSER_ID:
                    named &= post.create_uid.company_ids
                companies[post.id] = owners.get(post.res_id) or named
        return companies

    def _hub_messages(self):
        """Return the ledger rows of these posts."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search([("mail_message_id", "in", self.ids), ("direction", "=", "out")])
        )

    def _hub_show_refusals(self):
        """Show in the chatter at once what will not be sent, and why."""
        refused = self._hub_messages().filtered(
            lambda one: one.state in ("blocked", "expired")
        )
        if refused:
            mirror = self.env["sms.hub.mirror"]
            mirror._track(refused)
            mirror._mirror(refused)

    def _hub_reschedule(self, hour):
        """Move the texts that wait for the hour of these posts to another one.

        What is held until some hour is judged anew at the new one. What waits for a
        person goes on waiting, and then for the new hour.

        :param hour: naive UTC, ``None`` for now
        """
        waiting = self._hub_messages().filtered(
            lambda one: one.door == "scheduled" and one._is_waiting()
        )
        start = fields.Datetime.to_datetime(hour) or fields.Datetime.now()
        for text in waiting:
            patience = text.expires_at - (text.planned_at or text.not_before)
            text.write({"planned_at": start, "expires_at": start + patience})
        waiting.filtered("not_before")._move("release")
        waiting.filtered(lambda one: one.state == "queued").not_before = start
        if waiting:
            self.env["sms.hub.dispatcher"]._wake()

    def unlink(self):
        """Override of `mail`: a text that waits for the hour of a post goes with it."""
        posts = self.filtered(lambda one: one.message_type == "sms")
        if posts:
            posts._hub_messages().filtered(lambda one: one.door == "scheduled")._move(
                "cancel", reason="record_deleted"
            )
        return super().unlink()
