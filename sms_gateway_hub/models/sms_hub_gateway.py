import hashlib
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..gateway.errors import ConfigurationError
from ..gateway.messages import Account
from ..gateway.providers.sandbox import SandboxClient
from ..gateway.transport import Transport, check_base_url
from ..tools import vault

#: How many of an account's requests per second may ask for delivery reports.
POLL_SHARE = 0.2


class SmsHubGateway(models.Model):
    """An account at an SMS platform, and how this company uses it."""

    _name = "sms.hub.gateway"
    _inherit = ["mail.thread", "sms.hub.transaction"]
    _description = "SMS Gateway"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        tracking=True,
    )
    provider = fields.Selection(
        selection=[("sandbox", "Sandbox (sends nothing)")],
        required=True,
        default="sandbox",
        tracking=True,
        help="Whose platform this account is at.",
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        help="Draft: nothing of this company goes through it. Active: its senders "
        "carry the company's SMS. Paused: texts are taken and wait, unless another "
        "gateway of the company has a sender for them.",
    )

    # === ACCOUNT === #
    base_url = fields.Char(
        "Platform Address",
        help="Leave empty for the platform's usual address.",
        groups="sms_gateway_hub.group_administrator",
    )
    allow_private_host = fields.Boolean(
        "Allow Local Addresses",
        help="Only for a simulator on this machine or network: also accepts http and "
        "private addresses.",
        groups="sms_gateway_hub.group_administrator",
    )

    # === SENDING === #
    route = fields.Char(
        help="Route number from the platform's panel, if it gave you one."
    )
    entity_id = fields.Char(
        "DLT Entity ID",
        help="India: the principal entity id of your DLT registration, 19 digits.",
    )
    max_segments = fields.Integer(
        "Longest Text (Parts)",
        default=10,
        help="A text that needs more parts than this is refused before it costs money.",
    )
    rate = fields.Integer(
        "Requests per Second",
        default=200,
        help="The limit of your account. It is shared by all workers and gateways that "
        "use the same key.",
    )
    bulk_size = fields.Integer(
        "Marketing Texts per Request",
        default=50,
        help="If an answer gets lost, all texts of its request become unknown. "
        "Personal and transactional texts always travel alone.",
    )
    parallel_requests = fields.Integer(default=20)
    connect_timeout = fields.Float("Connect Limit (s)", default=5.0)
    read_timeout = fields.Float("Answer Limit (s)", default=30.0)
    test_mode = fields.Boolean(
        tracking=True,
        help="Only the numbers below are texted. Everything else is held until test "
        "mode ends, unless another gateway of the company has a sender for it.",
    )
    test_numbers = fields.Text(
        help="One number per line, with country code.",
        groups="sms_gateway_hub.group_administrator",
    )

    # === WHAT IT SAYS === #
    balance = fields.Char(
        readonly=True, copy=False, groups="sms_gateway_hub.group_administrator"
    )
    checked_at = fields.Datetime("Last Checked", readonly=True, copy=False)
    sender_names = fields.Char(
        "Senders on the Account",
        readonly=True,
        copy=False,
        groups="sms_gateway_hub.group_administrator",
    )
    message_count = fields.Integer(compute="_compute_message_count")
    waiting_count = fields.Integer(compute="_compute_message_count")

    _limits_are_positive = models.Constraint(
        "CHECK(max_segments > 0 AND rate >= 0 AND bulk_size > 0"
        " AND parallel_requests > 0 AND connect_timeout > 0 AND read_timeout > 0)",
        "Limits must be greater than zero.",
    )
    # Odoo kills a scheduled action after two minutes, with all it has on its way
    _requests_end_in_time = models.Constraint(
        "CHECK(connect_timeout + read_timeout <= 60)",
        "The two time limits may be 60 seconds together, no more.",
    )

    # === COMPUTES === #

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_message_count(self):
        counts = self._count_messages([])
        waiting = self._count_messages([("state", "in", ("queued", "held"))])
        for gateway in self:
            gateway.message_count = counts.get(gateway.id, 0)
            gateway.waiting_count = waiting.get(gateway.id, 0)

    def _count_messages(self, domain):
        groups = self.env["sms.hub.message"]._read_group(
            [("gateway_id", "in", self.ids), *domain], ["gateway_id"], ["__count"]
        )
        return {gateway.id: count for gateway, count in groups}

    # === CHECKS === #

    @api.constrains("base_url", "allow_private_host")
    def _check_base_url(self):
        for gateway in self.sudo().filtered("base_url"):
            try:
                check_base_url(gateway.base_url, gateway.allow_private_host)
            except ConfigurationError as error:
                raise ValidationError(str(error)) from error

    @api.constrains("state", "active")
    def _check_not_archived(self):
        for gateway in self:
            if gateway.state != "draft" and not gateway.active:
                raise ValidationError(
                    self.env._("Deactivate the gateway before you archive it.")
                )

    @api.constrains("company_id")
    def _check_company_of_history(self):
        for gateway in self.sudo():
            others = [
                ("gateway_id", "=", gateway.id),
                ("company_id", "!=", gateway.company_id.id),
            ]
            if self.env["sms.hub.message"].sudo().search_count(others, limit=1):
                raise ValidationError(
                    self.env._(
                        "This gateway has messages of another company, which would "
                        "lose their history. Create a gateway of its own for "
                        "%(company)s.",
                        company=gateway.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        domain = [("gateway_id", "in", self.ids)]
        if any(gateway.state != "draft" for gateway in self) or any(
            self.env[model].sudo().search_count(domain, limit=1)
            for model in ("sms.hub.message", "sms.hub.event", "sms.hub.request")
        ):
            raise UserError(
                self.env._(
                    "A gateway that is in use or has messages or events cannot be "
                    "deleted. Deactivate and archive it: its history stays readable."
                )
            )

    def write(self, vals):
        """Let what test mode held go out once it ends or its list changes."""
        result = super().write(vals)
        if "test_mode" in vals or "test_numbers" in vals:
            self._release_held("test_mode")
        return result

    # === LIFE CYCLE === #

    def action_activate(self):
        """Send SMS of the company through the gateway, those waiting in core too."""
        for gateway in self:
            gateway._check_ready()
            gateway.state = "active"
            gateway._release_held("account")
            self.env["sms.sms"]._hub_adopt_waiting()
            self.env["sms.hub.dispatcher"]._wake()

    def action_pause(self):
        """Take messages, but hand nothing over until the gateway is active again."""
        self.filtered(lambda one: one.state == "active").state = "paused"

    def action_deactivate(self):
        """Leave the company's SMS to Odoo again; what waits here stays waiting here."""
        self.filtered(lambda one: one.state != "draft").state = "draft"

    def _check_ready(self):
        self.ensure_one()
        self._check_api_key()
        if not self.sender and self._needs_api_key():
            raise UserError(
                self.env._("Enter the sender that the platform registered for you.")
            )

    def _check_api_key(self):
        if not self.sudo().api_key_encrypted and self._needs_api_key():
            raise UserError(
                self.env._(
                    "Enter the API key first. You find it in the platform's panel."
                )
            )

    def _needs_api_key(self):
        """Hook: whether this provider works with a key and a sender of the account."""
        return self.provider != "sandbox"

    def _release_held(self, reason):
        """Put what waits for ``reason`` back into the queue."""
        held = (
            self.env["sms.hub.message"]
            .sudo()
            .search([("gateway_id", "in", self.ids), ("reason", "=", reason)])
        )
        if held._move("release"):
            self.env["sms.hub.dispatcher"]._wake()

    # === CLIENT === #

    def _get_client_class(self):
        """Hook: return the :class:`GatewayClient` of this gateway's provider.

        A provider adds its code to ``provider`` and returns its own class here.
        """
        if self.provider != "sandbox":
            # a provider that is forgotten here must not look as if it delivered
            raise UserError(
                self.env._(
                    "Nothing can talk to the provider of %(gateway)s: install its "
                    "addon, or choose another provider.",
                    gateway=self.name,
                )
            )
        return SandboxClient

    def _leave_provider(self):
        """For the addon of a provider, when it is uninstalled: send nothing any more.

        The history stays, and nothing of it turns into a sandbox that is active.
        """
        self.write({"state": "draft", "provider": "sandbox"})

    def _to_account(self):
        """Return the account as the plain value that the pure client works with.

        :raise UserError: when the stored key cannot be opened
        """
        self.ensure_one()
        sudo = self.sudo()
        try:
            key = vault.decrypt(sudo.api_key_encrypted)
        except vault.VaultError as error:
            raise UserError(
                self.env._(
                    "The API key of %(gateway)s was encrypted with another secret key. "
                    "Restore that key, or type the API key again.",
                    gateway=self.name,
                )
            ) from error
        return Account(
            api_key=key,
            base_url=sudo.base_url or "",
            profile=self._get_profile(),
            options=self._get_client_options(),
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            allow_private_host=sudo.allow_private_host,
        )

    def _get_profile(self):
        """Hook: the code of the sibling host this account is at."""
        return ""

    def _get_client_options(self):
        """Hook: the provider's own settings, as text by name."""
        return {}

    def _make_client(self, transport=None):
        """Return a client; it is pure, and safe to use from several threads."""
        transport = transport or Transport(pool_maxsize=self.parallel_requests)
        return self._get_client_class()(self._to_account(), transport)

    def _account_key(self):
        """Name the platform account without revealing its key.

        One whose key cannot be opened is an account of its own: it sends nothing, and
        no other has to suffer for it.
        """
        try:
            account = self._to_account()
        except UserError:
            account = None
        identity = (
            f"{account.base_url}|{account.api_key}"
            if account and account.api_key
            else self.id
        )
        return hashlib.sha256(f"{self.provider}|{identity}".encode()).hexdigest()[:32]

    def _test_digits(self):
        """Return the numbers of the test list as digits only."""
        lines = (self.sudo().test_numbers or "").splitlines()
        return {digits for line in lines if (digits := re.sub(r"\D", "", line))}

    # === BUTTONS === #

    def action_view_messages(self):
        """Open the messages that went through this gateway."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_message_action"
        )
        return {**action, "domain": [("gateway_id", "in", self.ids)]}
