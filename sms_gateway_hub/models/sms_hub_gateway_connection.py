from odoo import fields, models

from ..gateway.errors import GatewayError
from ..tools.dispatch import wait_for
from ..tools.rates import account_ways

#: Booked at most before a question is asked.
_MOMENTS = 3


class SmsHubGateway(models.Model):
    """Trying out whether the account answers."""

    _inherit = "sms.hub.gateway"

    def action_test_connection(self):
        """Ask the platform for balance and senders, and show its own words."""
        self.ensure_one()
        # before the key is used, not only when the answer is stored
        self.check_access("write")
        self._check_api_key()
        client = self._make_client()
        try:
            self._ask_balance(client)
            lists = client.capabilities.senders
            senders = self._in_turn(client.fetch_senders) if lists else ()
        except GatewayError as error:
            self.checked_at = fields.Datetime.now()
            return self._notify("danger", self.env._("No connection"), str(error))
        self.write(
            {
                "checked_at": fields.Datetime.now(),
                "sender_names": ", ".join(one.name for one in senders if one.active),
            }
        )
        return self._notify("success", self.env._("Connected"), self._connected_words())

    def _ask_balance(self, client=None):
        """Ask the platform what is left on the account, and keep it.

        :raise GatewayError: when it does not say so
        """
        self.ensure_one()
        client = client or self._make_client()
        if not client.capabilities.balance:
            return
        balance = self._in_turn(client.fetch_balance)
        self.balance = ", ".join(
            f"{name}: {amount}" for name, amount in balance.parts.items()
        )
        self.env["sms.hub.balance"]._note(self, balance)

    def _in_turn(self, ask):
        """Ask the platform as soon as the account's rate allows it.

        A person may wait for the answer, so that where each moment is missed it is
        asked at last whatever the hour.

        :return: what ``ask()`` returns
        """
        ways = account_ways(self._account_key(), self.rate, urgent=True)
        for _moment in range(_MOMENTS):
            if wait_for(self.env["sms.hub.account"]._book([ways])[0]):
                break
        return ask()

    def _connected_words(self):
        words = []
        if self.balance:
            words.append(self.env._("Balance: %(balance)s", balance=self.balance))
        if self.sender_names:
            words.append(self.env._("Senders: %(names)s", names=self.sender_names))
            if self.sender and self.sender not in self.sender_names.split(", "):
                words.append(
                    self.env._(
                        "%(sender)s is not among them: check its spelling.",
                        sender=self.sender,
                    )
                )
        return "\n".join(words) or self.env._("The platform answered.")

    def _notify(self, kind, title, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": title,
                "message": message,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
