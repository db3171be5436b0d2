from odoo import models

_ACTIVITY = "mail.mail_activity_data_warning"


class SmsHubSenderPause(models.Model):
    """Tells administrators of pauses that began by themselves."""

    _inherit = "sms.hub.sender.pause"

    def _raise_alarm(self, kind):
        """Hook: tell people about a pause that nobody asked for.

        An activity on the sender for each administrator of the company; it goes away
        by itself with the pause.

        :param kind: ``sender_paused``
        """
        for pause in self.filtered(lambda one: one.kind != "manual"):
            for person in pause._administrators():
                lang = person.lang or self.env.lang
                pause.sender_id.activity_schedule(
                    _ACTIVITY,
                    summary=pause.with_context(lang=lang)._alarm_words(),
                    note=pause.with_context(lang=lang).reason,
                    user_id=person.id,
                )

    def _close_alarm(self, kind):
        """Hook: nobody has to look any more."""
        for pause in self.filtered(lambda one: one.kind != "manual"):
            if not pause.sender_id.pause_ids.filtered(lambda one: one.state != "over"):
                pause.sender_id.activity_unlink([_ACTIVITY])

    def _alarm_words(self):
        self.ensure_one()
        return self.env._(
            "%(sender)s is paused for %(country)s",
            sender=self.sender_id.name,
            country=self.country_id.name or self.env._("all countries"),
        )

    def _administrators(self):
        """Return the people who connect gateways of the company."""
        group = self.env.ref("sms_gateway_hub.group_administrator")
        return group.all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and user._is_internal()
                and user.id != self.env.ref("base.user_root").id
                and self.company_id in user.company_ids
            )
        )
