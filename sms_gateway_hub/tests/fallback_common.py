"""What the tests of second ways share: three senders, and platforms that refuse."""

from ..gateway.errors import Retryable
from ..gateway.outcomes import refusal, results_of_error
from ..gateway.vocabulary import ERROR_CLASSES, ErrorClass
from .common import ScriptedProvider
from .dispatch_common import DispatchCommon

#: Numbers, so that nobody needs another way out.
FIRST, SECOND, OTHER_ACCOUNT = "+33700000001", "+33700000002", "+33700000003"


class PickyProvider(ScriptedProvider):
    """Refuses what some senders send; the test says whose, and why.

    ``refuses`` holds an :class:`ErrorClass` by the name of a sender.
    """

    def __init__(self):
        super().__init__()
        self.refuses = {}

    def answer(self, envelope, messages):
        """Override: the sender decides, else the script does."""
        error_class = self.refuses.get(envelope.sender)
        if error_class is None:
            return super().answer(envelope, messages)
        self.requests.append((envelope, list(messages)))
        return self.reply(_refusals(error_class, messages))

    def senders_of(self, message):
        """Return by whom a message was handed over, in order."""
        return [
            envelope.sender
            for envelope, batch in self.requests
            if any(one.reference == message.uuid for one in batch)
        ]


def _refusals(error_class, messages):
    sentence = ERROR_CLASSES[error_class].sentence
    if error_class is ErrorClass.GATEWAY_DOWN:
        return results_of_error(messages, Retryable(sentence))
    return [
        refusal(one.reference, error_class, "15", sentence, shared=len(messages) > 1)
        for one in messages
    ]


class FallbackCommon(DispatchCommon):
    """Two senders at one account and one at another, in order of their priority."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_gateway = cls._new_gateway(cls.company, sequence=20)
        senders = cls.env["sms.hub.sender"]
        cls.first, cls.second, cls.third = senders.create(
            [
                {"name": name, "gateway_id": gateway.id, "sequence": place}
                for place, (name, gateway) in enumerate(
                    (
                        (FIRST, cls.gateway),
                        (SECOND, cls.gateway),
                        (OTHER_ACCOUNT, cls.second_gateway),
                    )
                )
            ]
        )
        cls.watch = cls.env["sms.hub.sender.watch"]
        cls.pauses = cls.env["sms.hub.sender.pause"]

    def _use_script(self):
        provider = PickyProvider()
        self.patch(
            self.env.registry["sms.hub.gateway"],
            "_get_client_class",
            lambda gateway: provider.make_client,
        )
        return provider

    def pause(self, sender, country=None, kind="manual", **values):
        """Let a sender rest and housekeeping see to what waits."""
        country = country or self.env["res.country"]
        pause = self.pauses._begin(sender, country, kind, **values)
        self.env.flush_all()
        return pause

    def keep_house(self):
        """Run the scheduled action of every minute."""
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()

    def watch_senders(self):
        """Run the watch over senders."""
        self.env.flush_all()
        self.watch._run()

    def open_circuit(self, gateway, seconds=60, since=60):
        """Let a platform be out of reach for a while already."""
        self.env["sms.hub.account"]._note_unreachable(
            gateway._account_key(), seconds, "It does not answer.", at_once=True
        )
        self.env.cr.execute(
            "UPDATE sms_hub_account SET open_since = open_since - %s * INTERVAL '1 s'"
            " WHERE key = %s",
            [since, gateway._account_key()],
        )
