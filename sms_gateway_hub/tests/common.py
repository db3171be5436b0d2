"""Records and helpers that every test of the hub shares."""

from contextlib import contextmanager
from datetime import datetime, timezone
from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.sms.tools.sms_api import SmsApi

from ..gateway.messages import DeliveryReport, InboundSms, SendReply, SendResult
from ..gateway.providers.sandbox import SandboxClient
from ..gateway.vocabulary import ErrorClass, Outcome, ReportState
from ..models import sms_hub_dispatcher

#: A mobile number of the test company's country, in every form people write it.
MOBILE = "+33612345678"
MOBILE_NATIONAL = "06 12 34 56 78"
LANDLINE = "+33123456789"
#: Too short to wait for what is to be tried again in a second.
_SLICE_SECONDS = 0.5

_REPORT_WORDS = {
    "ACCEPTD": ReportState.ACCEPTED,
    "DELIVRD": ReportState.DELIVERED,
    "UNDELIV": ReportState.FAILED,
    "EXPIRED": ReportState.EXPIRED,
}


class ScriptedProvider:
    """Stands in for a platform: the test says what it answers.

    ``answers`` is read request by request; an item is an :class:`Outcome` for every
    message of the request, a list of :class:`SendResult`, or an exception to raise.
    Without an item everything is accepted. ``requests`` keeps what arrived.
    """

    def __init__(self):
        self.answers = []
        self.requests = []

    @property
    def sent(self):
        """The messages that arrived, request by request, as one list."""
        return [message for _envelope, batch in self.requests for message in batch]

    def make_client(self, account, transport=None):
        """Return a client of this platform; the shape of a client's class."""
        return _ScriptedClient(self, account)

    def answer(self, envelope, messages):
        """Note the request and return the next answer."""
        self.requests.append((envelope, list(messages)))
        answer = self.answers.pop(0) if self.answers else Outcome.ACCEPTED
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Outcome):
            answer = [_result(message, answer) for message in messages]
        return self.reply(answer)

    def reply(self, results):
        """Return the reply to the request that was noted last."""
        return SendReply(tuple(results), request_id=f"job-{len(self.requests)}")


class _ScriptedClient(SandboxClient):
    """Everything but sending is the sandbox's."""

    def __init__(self, provider, account):
        super().__init__(account)
        self._provider = provider

    def send(self, envelope, messages):
        """Answer by the script."""
        return self._provider.answer(envelope, messages)


def _result(message, outcome):
    classes = {
        Outcome.REJECTED: ErrorClass.NUMBER,
        Outcome.RETRYABLE: ErrorClass.THROTTLE,
        Outcome.UNKNOWN: ErrorClass.UNKNOWN_OUTCOME,
    }
    accepted = outcome is Outcome.ACCEPTED
    return SendResult(
        message.reference,
        outcome,
        message_id=f"id-{message.reference}" if accepted else "",
        error_class=classes.get(outcome),
    )


class HubCommon(TransactionCase):
    """A company with an active sandbox gateway, its people and customers.

    Everything runs on the test's own cursor: what would have a transaction of its own
    gets a savepoint.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._patch_cursors()
        # slots that tests with commits woke: whoever polls would make room for them
        cls.env["ir.cron.trigger"].search([]).unlink()
        cls.france = cls.env.ref("base.fr")
        cls.company = cls._new_company("Hub Company")
        cls.env.user.write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.company.id]}
        )
        cls.company = cls.company.with_env(cls.env)
        cls.gateway = cls._new_gateway(cls.company)
        cls.partner = cls.env["res.partner"].create(
            {"name": "Camille Martin", "phone": MOBILE, "country_id": cls.france.id}
        )
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Kitchen for Camille", "partner_id": cls.partner.id}
        )
        cls.hub_user = cls._new_user(
            "hub_user",
            "sms_gateway_hub.group_user,sales_team.group_sale_salesman_all_leads",
        )
        cls.hub_manager = cls._new_user(
            "hub_manager",
            "sms_gateway_hub.group_manager,sales_team.group_sale_manager",
        )
        cls.salesman_own = cls._new_user(
            "salesman_own", "sales_team.group_sale_salesman"
        )

    # === RECORDS === #

    @classmethod
    def _new_company(cls, name):
        """Make a company whose rules about consent and hours stand aside.

        A test that is about one of them switches it on; the others go on testing what
        they are about.
        """
        return cls.env["res.company"].create(
            {
                "name": name,
                "country_id": cls.france.id,
                "hub_marketing_consent": "unless_refused",
                "hub_quiet_hours": False,
            }
        )

    @classmethod
    def _new_gateway(cls, company, **values):
        gateway = cls.env["sms.hub.gateway"].create(
            {"name": f"{company.name}: sandbox", "company_id": company.id, **values}
        )
        gateway.action_activate()
        return gateway

    @classmethod
    def _new_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            email=f"{login}@example.com",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def _new_subscriber(cls):
        """Put a person on the two lists ``cls.news`` and ``cls.offers``."""
        cls.news, cls.offers = cls.env["mailing.list"].create(
            [{"name": "News"}, {"name": "Offers"}]
        )
        cls.contact = cls.env["mailing.contact"].create(
            {
                "name": "Camille",
                "country_id": cls.france.id,
                "mobile": MOBILE,
                "list_ids": [Command.set((cls.news + cls.offers).ids)],
            }
        )

    # === SEAMS === #

    @classmethod
    def _patch_cursors(cls):
        """Let short transactions and cron commits stay inside the test's cursor."""

        @contextmanager
        def own_cursor(model):
            with model.env.cr.savepoint():
                yield model.env.cr

        def commit_progress(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return float("inf")

        for model, method, function in (
            ("sms.hub.transaction", "_hub_cursor", own_cursor),
            ("ir.cron", "_commit_progress", commit_progress),
        ):
            registered = cls.env.registry[model]
            cls.startClassPatcher(patch.object(registered, method, function))

    def _use_script(self):
        """Let the gateways talk to a platform whose answers the test writes."""
        provider = ScriptedProvider()
        self.patch(
            self.env.registry["sms.hub.gateway"],
            "_get_client_class",
            lambda gateway: provider.make_client,
        )
        return provider

    def _watch_core(self):
        """Let core's own API note what it is given, and answer with success.

        :return: the uuids that core sent, in order
        """
        sent = []

        def send(api, messages, delivery_reports_url=False):
            uuids = [one["uuid"] for text in messages for one in text["numbers"]]
            sent.extend(uuids)
            return [{"uuid": uuid, "state": "success"} for uuid in uuids]

        self.patch(SmsApi, "__init__", lambda api, env, account=None: None)
        self.patch(SmsApi, "_send_sms_batch", send)
        return sent

    def _core_queue(self):
        """Run the scheduled action that sends core's queue."""
        self.env["sms.sms"].sudo()._process_queue()

    # === STEPS === #

    def enqueue(self, number=MOBILE, body="Hello", **asked):
        """Put one message into the ledger and return its row."""
        return self.env["sms.hub.message"]._enqueue(
            [
                {
                    "company": self.company,
                    "door": "queue",
                    "number": number,
                    "body": body,
                    **asked,
                }
            ]
        )

    def messages(self, *domain, direction="out"):
        """Return the ledger's rows, oldest first."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search([("direction", "=", direction), *domain], order="id")
        )

    def dispatch(self):
        """Run one short slice of the dispatcher, the mirror included."""
        with patch.object(sms_hub_dispatcher, "SLICE_SECONDS", _SLICE_SECONDS):
            self.env["sms.hub.dispatcher"]._run_slice()

    def report(self, message, word="DELIVRD", **values):
        """Let the platform report on a message, and apply the report.

        :param values: further fields of :class:`DeliveryReport`
        """
        report = DeliveryReport(
            **{
                "message_id": message.platform_ref or "",
                "number": (message.number or "").lstrip("+"),
                "state": _REPORT_WORDS.get(word, ReportState.UNKNOWN),
                "raw_status": word,
                "occurred_at": datetime.now(timezone.utc),
                **values,
            }
        )
        self._receive(message.gateway_id, report)

    def reply(self, number, text, **values):
        """Let a person answer, apply it, and return its row in the ledger."""
        known = self.messages(direction="in")
        inbound = InboundSms(
            **{
                "message_id": "",
                "from_number": number.lstrip("+"),
                "to_number": self.gateway.sender or "HUB",
                "text": text,
                **values,
            }
        )
        self._receive(self.gateway, inbound)
        return self.messages(direction="in") - known

    def _receive(self, gateway, event):
        events = self.env["sms.hub.event"]
        events._insert_all(gateway, [event], "push", raw="{}")
        events._run()

    def mirror(self):
        """Carry everything that changed to core's rows."""
        self.env["sms.hub.mirror"]._mirror_everything()
