from uuid import uuid4

from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

#: Numbers of one test: more people than look at a draft together are an audience.
MOST_NUMBERS = 10


class MailingSmsTest(models.TransientModel):
    """The door of test mailings: one message each, through the mailing's gateway."""

    _inherit = "mailing.sms.test"

    def action_send_sms(self):
        """Override of `mass_mailing_sms`: queue once, in the mailing's own company.

        Core queues the text and hands a shorter one to its API as well, in the company
        of whoever clicks; the person then gets both.
        """
        company = self.mailing_id.hub_company_id
        if not self.env["sms.hub.gateway"]._for_company(company):
            return super().action_send_sms()
        self.mailing_id._hub_check_company()
        messages = self.env["sms.hub.message"]._enqueue(self._hub_asked(company))
        self.mailing_id._message_log(
            body=Markup("<ul>%s</ul>")
            % Markup().join(
                Markup("<li>%s: %s</li>") % (one.number, one.explanation)
                for one in messages
            )
        )
        return True

    def _hub_asked(self, company):
        """Return one asked message per line, each with its own opt-out link."""
        mailing = self.mailing_id
        numbers = self._hub_numbers()
        batch_ref = uuid4().hex if len(numbers) > 1 else False
        record = self.env[mailing.mailing_model_real].search([], limit=1)
        text = self._hub_text(record)
        traces, asked = [], []
        for number in numbers:
            uuid, body = uuid4().hex, text
            if mailing.sms_allow_unsubscribe:
                trace, body = self._prepare_test_trace_values(
                    record, number, uuid, text
                )
                traces.append(trace)
            asked.append(
                {
                    "company": company,
                    "door": "mailing_test",
                    "uuid": uuid,
                    "number": number,
                    "body": body,
                    "mailing_id": mailing.id,
                    "scope_id": mailing.hub_scope_id.id,
                    "sender_id": mailing.hub_sender_id.id,
                    "batch_size": len(numbers),
                    "batch_ref": batch_ref,
                    "template_ref": mailing.sms_template_id.hub_template_ref,
                }
            )
        self.env["mailing.trace"].create(traces)
        return asked

    def _hub_numbers(self):
        """Return the numbers, one a line: few enough to be a test."""
        numbers = [line.strip() for line in self.numbers.splitlines() if line.strip()]
        if len(numbers) > MOST_NUMBERS:
            raise UserError(
                self.env._(
                    "A test goes to at most %(most)s numbers. Keep the ones of those "
                    "who check the text; everybody else gets the mailing itself.",
                    most=MOST_NUMBERS,
                )
            )
        return numbers

    def _hub_text(self, record):
        """Return the text as the first recipient gets it."""
        body = self.mailing_id.body_plaintext
        if not record:
            return body
        render = self.env["mail.render.mixin"]
        return render._render_template(body, record._name, record.ids)[record.id]
