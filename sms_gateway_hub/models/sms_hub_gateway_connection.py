from odoo import fields, models

from ..gateway.errors import GatewayError


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
            senders = client.fetch_senders() if client.capabilities.senders else ()
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
        balance = client.fetch_balance()
        self.balance = ", ".join(
            f"{name}: {amount}" for name, amount in balance.parts.items()
        )
        self.env["sms.hub.balance"]._note(self, balance)

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
