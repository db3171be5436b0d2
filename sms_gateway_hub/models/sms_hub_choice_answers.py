from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..policy.consent import Consent
from ..policy.identity import canonical, same_numbers
from .sms_hub_inbound import is_phone

#: Consent that counts only after a yes by text, where a company wants that: whatever is
#: told to somebody. A contract on file speaks for itself, and the lines of a list are
#: not asked one by one.
_TO_CONFIRM = ("form", "verbal", "api", "agent", "customer", "contract")
#: Hours within which a question is sent; the answer may come later.
_QUESTION_HOURS = 72
#: Days within which it may be answered. A yes that comes later is hardly meant for it.
_ANSWER_DAYS = 7
_ON_ITS_WAY = ("queued", "held", "claimed", "unknown")
_ARRIVED = ("accepted", "delivered")
#: Confirmations to one number in a day. A person needs one; two robots that answer each
#: other would go on for ever.
_CONFIRMATIONS_A_DAY = 3


class SmsHubChoice(models.AbstractModel):
    """What we text by ourselves: that a STOP was understood, and whether one agrees."""

    _inherit = "sms.hub.choice"

    # === THE ONE CONFIRMATION === #

    @api.model
    def _confirm_stop(self, company, number):
        """Queue the one text that a STOP is followed by, until the person comes back.

        :return: the message; empty where none is due
        """
        messages = self.env["sms.hub.message"].sudo()
        if not (self._can_text(company, number) and company.sudo().hub_confirm_stop):
            return messages
        if self._confirmed_today(number) >= _CONFIRMATIONS_A_DAY:
            return messages
        return messages._enqueue(
            [
                {
                    "company": company,
                    "door": "confirmation",
                    "number": number,
                    "body": self._words_after_stop(company, number),
                    "key": f"stop:{self._period(company, number)}",
                    "author_id": False,
                }
            ]
        )

    def _words_after_stop(self, company, number):
        """Return the company's words, or ours, in the person's language if known."""
        speaker = self._in_language_of(company, number)
        own = company.with_env(speaker.env).sudo().hub_stop_text
        if own:
            return own
        name = company.sudo().name
        if not self.env["sms.hub.router"]._takes_replies(company, number):
            return speaker.env._(
                "%(company)s: you will get no more texts from us.", company=name
            )
        return speaker.env._(
            "%(company)s: you will get no more texts from us. Answer START to get them "
            "again.",
            company=name,
        )

    def _confirmed_today(self, number):
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search_count(
                [
                    ("number", "in", same_numbers(number)),
                    ("door", "=", "confirmation"),
                    ("create_date", ">", fields.Datetime.now() - timedelta(days=1)),
                ]
            )
        )

    # === A CONSENT TO CONFIRM === #

    @api.model
    def _to_confirm(self, entry):
        """Return an entry as it is recorded: a consent to confirm is only a request."""
        company = self.env["res.company"].sudo().browse(int(entry["company"]))
        if (
            entry["action"] == "granted"
            and entry["source"] in _TO_CONFIRM
            and not (entry["source"] == "contract" and entry.get("attachment"))
            and company.hub_double_opt_in
        ):
            return {**entry, "action": "requested"}
        return entry

    @api.model
    def _ask_back(self, requests):
        """Queue one question for each consent that was asked for and not answered.

        None where the sender cannot receive the answer: such a request waits for the
        person's word by another way.

        :param requests: entries of the ledger
        """
        states = {
            company: self.env["sms.hub.consent"]._states(company, own.mapped("number"))
            for company, own in requests.grouped("company_id").items()
        }
        asked = []
        for one in requests:
            state = states[one.company_id].get(one.number, {}).get(one.scope)
            number = one.given_number or one.number
            waits = bool(state) and state.value.value == "pending"
            if (
                waits
                and one.company_id.hub_double_opt_in
                and self._can_text(one.company_id, number)
                and self.env["sms.hub.router"]._takes_replies(
                    one.company_id, number, "question"
                )
                and not self._is_asked(one)
            ):
                asked.append(self._question(one, number))
        self.env["sms.hub.message"].sudo()._enqueue(asked)

    def _question(self, request, number):
        company = request.company_id
        return {
            "company": company,
            "door": "question",
            "number": number,
            "body": self._words_of_question(request, number),
            "key": self._question_key(company, number, request.scope)
            + str(request.seq),
            "expires_at": fields.Datetime.now() + timedelta(hours=_QUESTION_HOURS),
            "author_id": False,
            "res_model": request.res_model or False,
            "res_id": request.res_id or False,
        }

    def _words_of_question(self, request, number):
        speaker = self._in_language_of(request.company_id, number, request.lang)
        topic = self.env["sms.hub.scope"].with_env(speaker.env)._names()[request.scope]
        return speaker.env._(
            "%(company)s: do you agree to texts about “%(topic)s”? Answer YES. If you "
            "did not ask for this, do nothing.",
            company=request.company_id.name,
            topic=topic,
        )

    @api.model
    def _open_question(self, company, number, at):
        """Return the question that a yes answers, if it can be one.

        The last one that went out, not long ago, after which nothing else was texted
        that a yes might be meant for; about a topic that still waits for an answer.

        :param at: when the yes arrived, naive UTC
        :return: ``(scope, words of the question)``, or ``None``
        """
        spelled = list(same_numbers(number))
        self.env["sms.hub.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key.key, m.body
                  FROM sms_hub_message m
                  JOIN sms_hub_key key ON key.message_id = m.id
                 WHERE m.direction = 'out' AND m.door = 'question'
                   AND m.company_id = %(company)s AND m.number = ANY(%(spelled)s)
                   AND m.state IN ('accepted', 'delivered')
                   AND m.accepted_at >= %(since)s
                   AND date_trunc('second', m.claimed_at) <= %(at)s
                   AND NOT EXISTS (
                       SELECT FROM sms_hub_message later
                        WHERE later.direction = 'out'
                          AND later.number = ANY(%(spelled)s)
                          AND (later.claimed_at, later.id) > (m.claimed_at, m.id)
                          AND date_trunc('second', later.claimed_at) <= %(at)s
                          AND later.state != 'failed')
                 ORDER BY m.id DESC LIMIT 1
                """,
                company=company.id,
                spelled=spelled,
                since=at - timedelta(days=_ANSWER_DAYS),
                at=at,
            )
        )
        for key, body in rows:
            for scope, state in self._states(company, number).items():
                asked = self._question_key(company, number, scope)
                if state.value is Consent.PENDING and key.startswith(asked):
                    return scope, body
        return None

    def _is_asked(self, request):
        """Tell whether a question waits, or was asked and may still be answered."""
        asked = self._question_key(request.company_id, request.number, request.scope)
        since = fields.Datetime.now() - timedelta(days=_ANSWER_DAYS)
        keys = self.env["sms.hub.key"].sudo()
        questions = keys.search(
            [
                ("company_id", "=", request.company_id.id),
                ("message_id.number", "in", same_numbers(request.number)),
                ("message_id.door", "=", "question"),
            ]
        ).filtered(lambda one: one.key.startswith(asked))
        return any(
            one.state in _ON_ITS_WAY
            or (one.state in _ARRIVED and one.accepted_at > since)
            for one in questions.message_id
        )

    def _question_key(self, company, number, scope):
        """Return what the keys of all questions about a topic begin with."""
        return f"ask:{scope}:{self._period(company, number)}:"

    # === BOTH === #

    def _can_text(self, company, number):
        """Tell whether we may text by ourselves: never short codes or text senders."""
        return is_phone(number) and bool(
            self.env["sms.hub.gateway"]._for_company(company)
        )

    def _period(self, company, number):
        """Name the time since the person last agreed or came back.

        What is said once in that time has this in its key.
        """
        number = canonical(number)
        [(last,)] = self.env.execute_query(
            SQL(
                """
                SELECT MAX(seq) FROM sms_hub_consent_event
                 WHERE company_id = %s AND number = %s
                   AND action IN ('granted', 'released')
                """,
                company.id,
                number,
            )
        )
        return f"{number}:{last or 0}"

    def _in_language_of(self, company, number, lang=None):
        languages = self.env["sms.hub.language"]
        lang = languages._of_number(company, same_numbers(number), lang)
        return self.with_context(lang=lang)
