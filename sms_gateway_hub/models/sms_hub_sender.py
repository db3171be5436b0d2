import re

import phonenumbers

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..policy import Candidate, Kind
from ..policy.sender_countries import Terms, countries_with
from .sms_hub_transitions import WAITING

KINDS = [
    (Kind.HEADER.value, "Name"),
    (Kind.LONG_CODE.value, "Phone Number"),
    (Kind.TOLL_FREE.value, "Toll-free Number"),
    (Kind.SHORT_CODE.value, "Short Code"),
]
REGISTRATIONS = [
    ("not_needed", "Not Needed"),
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("suspended", "Suspended"),
]
#: Registrations with which a sender may be used.
_USABLE = ("not_needed", "approved")
#: What decides about the choice of a sender.
_DECISIVE = frozenset(
    (
        *("name", "kind", "gateway_id", "country_ids", "sequence", "active"),
        *("for_marketing", "for_transactional", "for_otp", "one_way"),
        *("registration_state", "stop_text"),
    )
)
_SHORT_CODE = re.compile(r"\d{3,8}")
_NUMBER = re.compile(r"\+?\d{3,15}")
#: What people put between the digits of a number.
_BETWEEN_DIGITS = re.compile(r"[\s./()-]")


class SmsHubSender(models.Model):
    """A name or number that recipients see, and what it may be used for."""

    _name = "sms.hub.sender"
    _description = "SMS Sender"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(
        "Sender",
        required=True,
        tracking=True,
        help="Exactly as it is registered at the platform: a name like MYSHOP, or a "
        "number with its country code.",
    )
    sequence = fields.Integer("Priority", default=10)
    active = fields.Boolean(default=True)
    gateway_id = fields.Many2one(
        "sms.hub.gateway",
        required=True,
        index=True,
        ondelete="cascade",
        tracking=True,
        help="The account through which it sends.",
    )
    company_id = fields.Many2one(related="gateway_id.company_id", store=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Where it may be used. Empty: everywhere that lets such a sender through. "
        "Where several senders fit, one that names the country goes first.",
    )
    for_marketing = fields.Boolean("Marketing", default=True, tracking=True)
    for_transactional = fields.Boolean("Transactional", default=True, tracking=True)
    for_otp = fields.Boolean("Verification Codes", default=True, tracking=True)
    one_way = fields.Boolean(
        "Cannot Receive Replies",
        compute="_compute_one_way",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Nobody can answer STOP to such a sender, so its marketing tells another "
        "way out. A sender with letters is one.",
    )
    registration_ref = fields.Char(
        "Registration Number",
        tracking=True,
        help="What the register or the operator calls it: campaign id, header id, case "
        "number.",
    )
    registration_state = fields.Selection(
        REGISTRATIONS,
        "Registration",
        required=True,
        default="not_needed",
        tracking=True,
        help="Some countries let only registered senders through. Until a registration "
        "is approved the sender is not used anywhere, nor after it was rejected or "
        "suspended.",
    )
    entity_id = fields.Char(
        "DLT Entity ID",
        help="India: the principal entity id of this sender, where it is not the "
        "gateway's.",
    )
    stop_text = fields.Char(
        "Way Out",
        help="How people get no more marketing from this sender, as its country wants "
        "it, like STOP au 36180. It ends every marketing text. Empty: a link where the "
        "sender cannot receive replies.",
    )
    rate = fields.Integer(
        "Parts per Second",
        default=0,
        help="How many text parts this sender may send in a second. 0: as many as the "
        "account.",
    )

    advice = fields.Text(
        "About Its Countries",
        compute="_compute_advice",
        help="What countries ask of such a sender.",
    )
    message_count = fields.Integer("SMS", compute="_compute_message_count")

    _name_unique = models.UniqueIndex(
        "(gateway_id, name)",
        "This gateway has that sender already. It may be archived: look for it there.",
    )
    _rate_positive = models.Constraint(
        "CHECK(rate >= 0)", "The parts per second cannot be negative."
    )

    # === COMPUTES === #

    @api.depends("name")
    def _compute_kind(self):
        for sender in self:
            sender.kind = kind_of(sender.name or "").value

    @api.depends("kind")
    def _compute_one_way(self):
        for sender in self:
            sender.one_way = sender.kind == Kind.HEADER.value

    @api.depends("kind", "country_ids", "registration_state")
    @api.depends_context("lang")
    def _compute_advice(self):
        for sender in self:
            sender.advice = sender._describe_countries()

    def _describe_countries(self):
        """Return in words where such a sender passes, and where not; or ``False``."""
        if not self.kind:
            return False
        registered = self.registration_state == "approved"
        wanted = [Terms.CLOSED] if registered else [Terms.CLOSED, Terms.REGISTERED]
        words = {
            Terms.CLOSED: self.env._("Never used in %(countries)s: it does not pass."),
            Terms.REGISTERED: self.env._(
                "Used in %(countries)s only once its registration is approved."
            ),
        }
        lines = []
        for terms in wanted:
            names = self._names_of(countries_with(Kind(self.kind), [terms]))
            if names:
                lines.append(words[terms] % {"countries": names})
        return "\n".join(lines) or False

    def _names_of(self, codes):
        """Return the names of those countries that this sender is for."""
        countries = self.country_ids
        if countries:
            countries = countries.filtered(lambda one: one.code in codes)
        else:
            countries = countries.search([("code", "in", codes)])
        return ", ".join(countries.sorted("name").mapped("name"))

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_message_count(self):
        groups = self.env["sms.hub.message"]._read_group(
            [("sender_id", "in", self.ids)], ["sender_id"], ["__count"]
        )
        counts = {sender.id: count for sender, count in groups}
        for sender in self:
            sender.message_count = counts.get(sender.id, 0)

    # === CHECKS === #

    @api.constrains("name", "kind")
    def _check_name(self):
        for sender in self:
            is_header = sender.kind == Kind.HEADER.value
            if not is_header and not _NUMBER.fullmatch(sender.name):
                raise ValidationError(
                    self.env._(
                        "%(sender)s is not a number. Write a number with its country "
                        "code, like +33 6 12 34 56 78, or choose Name as its kind.",
                        sender=sender.name,
                    )
                )

    @api.constrains("gateway_id")
    def _check_gateway_of_history(self):
        """What waits is claimed by gateway and sender; neither may leave the other."""
        for sender in self.sudo():
            elsewhere = [
                ("sender_id", "=", sender.id),
                ("gateway_id", "!=", sender.gateway_id.id),
            ]
            if self.env["sms.hub.message"].sudo().search_count(elsewhere, limit=1):
                raise ValidationError(
                    self.env._(
                        "%(sender)s has messages at another gateway, where they would "
                        "wait in vain. Archive it, and enter it anew at %(gateway)s.",
                        sender=sender.name,
                        gateway=sender.gateway_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        used = self.env["sms.hub.message"].sudo()
        if used.search_count([("sender_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "A sender that has messages cannot be deleted. Archive it: its "
                    "history stays readable."
                )
            )

    # === CHANGES === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: write numbers one way, and let routing know."""
        senders = super().create([_spelled(vals) for vals in vals_list])
        senders.gateway_id._forget_who_sends()
        return senders

    def write(self, vals):
        """Override of `base`: write numbers one way, and let routing know."""
        result = super().write(_spelled(vals))
        if _DECISIVE & set(vals):
            self.gateway_id._forget_who_sends()
        if "name" in vals:
            self._tell_waiting()
        return result

    def _tell_waiting(self):
        """Let what waits leave under the new name.

        Who may carry it is asked when it is its turn: a claim that was faster would
        undo all other changes of the sender.
        """
        for sender in self:
            domain = [("sender_id", "=", sender.id), ("sender", "!=", sender.name)]
            waiting = [*domain, ("state", "in", WAITING)]
            self.env["sms.hub.message"].sudo().search(waiting).sender = sender.name

    def unlink(self):
        """Override of `base`: nobody chooses a deleted sender."""
        self.gateway_id._forget_who_sends()
        return super().unlink()

    def action_view_messages(self):
        """Open the messages of this sender."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_message_action"
        )
        return {**action, "domain": [("sender_id", "in", self.ids)]}

    # === ROUTING === #

    @api.model
    def _named(self, gateway, name):
        """Return the sender of a gateway by what the platform calls it, or none.

        Platforms write numbers with and without a plus.
        """
        name = spelled(name)
        spellings = {name, f"+{name}", name.removeprefix("+")}
        senders = self.sudo().with_context(active_test=False)
        domain = [("gateway_id", "=", gateway.id), ("name", "in", list(spellings))]
        return senders.search(domain, limit=1) if name else senders

    def _purposes(self):
        """Return the purposes of the messages that this sender may carry.

        A test shows a mailing as it will be. What confirms a STOP comes from wherever
        the person was texted.
        """
        self.ensure_one()
        return frozenset(
            code
            for code, allowed in (
                ("marketing", self.for_marketing),
                ("test", self.for_marketing or self.for_transactional),
                ("transactional", self.for_transactional),
                ("otp", self.for_otp),
                ("notice", True),
            )
            if allowed
        )

    def _usable(self):
        """Return those whose registration lets them be used."""
        return self.filtered(lambda one: one.registration_state in _USABLE)

    def _to_candidate(self):
        """Return what routing has to know."""
        self.ensure_one()
        return Candidate(
            sender_id=self.id,
            gateway_id=self.gateway_id.id,
            name=self.name,
            kind=Kind(self.kind),
            countries=frozenset(self.country_ids.mapped("code")),
            purposes=self._purposes(),
            one_way=self.one_way,
            registered=self.registration_state == "approved",
            waits=self.gateway_id._makes_wait(),
            stop_text=self.stop_text or "",
        )


def kind_of(name):
    """Return the :class:`Kind` that a sender of this name most likely is."""
    number = _BETWEEN_DIGITS.sub("", name)
    if not _NUMBER.fullmatch(number):
        return Kind.HEADER
    if _SHORT_CODE.fullmatch(number):
        return Kind.SHORT_CODE
    try:
        parsed = phonenumbers.parse(f"+{number.lstrip('+')}")
    except phonenumbers.NumberParseException:
        return Kind.LONG_CODE
    toll_free = phonenumbers.PhoneNumberType.TOLL_FREE
    if phonenumbers.number_type(parsed) == toll_free:
        return Kind.TOLL_FREE
    return Kind.LONG_CODE


def spelled(name):
    """Return a sender's name as it is stored: numbers without what is between digits.

    Nothing else is changed: a country may know a name only as it was registered.
    """
    name = (name or "").strip()
    number = _BETWEEN_DIGITS.sub("", name)
    return number if _NUMBER.fullmatch(number) else name


def _spelled(vals):
    return {**vals, "name": spelled(vals["name"])} if vals.get("name") else vals
