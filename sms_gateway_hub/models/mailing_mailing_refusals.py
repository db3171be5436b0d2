import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..policy.sender_health import percent

_logger = logging.getLogger(__name__)

#: Texts with an answer below which chance is as good an explanation.
_LEAST = 50


class MailingMailing(models.Model):
    """A mailing whose texts are refused for what they say stops by itself.

    Going on would cost the sender its reputation, and reach fewer people every minute.
    """

    _inherit = "mailing.mailing"

    # texts that left before it are not held against the mailing: a person has looked
    hub_judged_since = fields.Datetime(readonly=True, copy=False)

    @api.model
    def _hub_stop_refused(self):
        """Pause the mailings of which too many texts are refused; return them."""
        stopped = self.browse()
        for mailing_id, settled, refused in self._hub_count_refusals():
            mailing = self.sudo().browse(mailing_id)
            share = percent(refused, settled)
            limit = mailing.hub_company_id.hub_mailing_refusals
            if 0 < limit <= share and settled >= _LEAST and mailing.hub_may_pause:
                mailing._hub_stop_for(refused, share)
                stopped |= mailing
        return stopped

    def _hub_resume(self):
        """Override: reports on what had left before the pause still arrive."""
        resumed = self.filtered("hub_paused_at")
        result = super()._hub_resume()
        # sudo: nobody else writes this
        resumed.sudo().hub_judged_since = fields.Datetime.now()
        return result

    def _hub_count_refusals(self):
        """Return ``[(mailing id, texts with an answer, texts refused)]``."""
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT m.mailing_id, count(*),
                       count(*) FILTER (WHERE m.error_class = 'content')
                  FROM sms_hub_message AS m
                  JOIN mailing_mailing AS p ON p.id = m.mailing_id
                 WHERE p.state IN ('in_queue', 'sending') AND p.hub_paused_at IS NULL
                   AND m.purpose != 'test'
                   AND m.state IN ('accepted', 'delivered', 'failed')
                   AND (p.hub_judged_since IS NULL
                        OR m.claimed_at > p.hub_judged_since)
                 GROUP BY m.mailing_id
                """
            )
        )

    def _hub_stop_for(self, refused, share):
        """Pause a mailing because of its refusals, and tell whoever launched it."""
        author = self._hub_launcher() or self.user_id
        mailing = self.with_context(lang=author.lang or self.env.lang)
        reason = mailing.env._(
            "%(share)s %% of its texts were refused because of what they say. Compare "
            "the text with its registered template, then resume or cancel it.",
            share=round(share, 1),
        )
        mailing._hub_pause(reason)
        mailing.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=mailing.env._("The mailing was stopped"),
            note=reason,
            user_id=author.id or self.env.uid,
        )
        _logger.warning("Mailing %s stopped: %s texts refused.", self.id, refused)
