from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_datetime

_ACTIVITY = "mail.mail_activity_data_warning"
#: E-mails about alarms are at least so far apart, however many begin meanwhile.
_BETWEEN_MAILS = timedelta(hours=1)


class SmsHubAlarm(models.Model):
    """Tells people of alarms: one activity for each, one e-mail with all of them."""

    _inherit = "sms.hub.alarm"

    def _tell(self):
        """Tell the people in charge of what is open and was not told yet."""
        untold = self.search([("state", "=", "open"), ("mailed", "=", False)])
        for company, alarms in untold.grouped("company_id").items():
            person = company._hub_responsible()
            if not person:
                continue
            for alarm in alarms.filtered(lambda one: not one.activity_ids):
                alarm._remind(person)
            alarms._mail(company, person)

    def _remind(self, person):
        """Give the person in charge something to do; it goes away with the trouble.

        Without the e-mail that Odoo sends for each new activity: there is one of ours
        with all alarms, or none if the company does not want it.
        """
        alarm = self.with_context(
            lang=person.lang or self.env.lang, mail_activity_quick_update=True
        )
        alarm.activity_schedule(
            _ACTIVITY,
            summary=alarm.display_name,
            note=f"{alarm.sentence} {alarm.next_step}",
            user_id=person.id,
        )

    def _withdraw(self, words):
        """Nobody has to look any more: end the activity with these words."""
        if self.activity_ids:
            self.activity_feedback([_ACTIVITY], feedback=words)
        else:
            self.message_post(body=words)

    def _mail(self, company, person):
        """Send one e-mail with all that is open, unless one went out just now.

        What begins meanwhile is in the next one; what was in one is never repeated
        alone.
        """
        now = fields.Datetime.now()
        last = company.hub_alarm_mailed_at
        if not company.hub_alarm_mail or not person.email:
            self.mailed = True
            return
        if last and now - last < _BETWEEN_MAILS:
            return
        everything = self.search(
            [("company_id", "=", company.id), ("state", "=", "open")]
        ).with_context(lang=person.lang, tz=person.tz)
        self.env["mail.mail"].create(
            {
                "subject": everything._mail_subject(company),
                "email_from": company.email_formatted or person.email_formatted,
                "email_to": person.email_formatted,
                "body_html": everything._mail_body(company),
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        everything.mailed = True
        company.hub_alarm_mailed_at = now

    def _mail_subject(self, company):
        if len(self) == 1:
            return self.env._(
                "%(company)s, SMS: %(alarm)s",
                company=company.name,
                alarm=self.display_name,
            )
        return self.env._(
            "%(company)s, SMS: %(count)s alarms", company=company.name, count=len(self)
        )

    def _mail_body(self, company):
        return self.env["ir.qweb"]._render(
            "sms_gateway_hub.sms_hub_alarm_mail",
            {
                "alarms": self,
                "company": company,
                "address": f"{company.get_base_url()}/odoo/sms-alarms",
                "format_time": lambda at: format_datetime(
                    self.env, at, dt_format="short"
                ),
            },
        )
