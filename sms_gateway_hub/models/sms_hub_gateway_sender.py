from odoo import api, fields, models

from ..gateway.errors import GatewayError
from .sms_hub_sender import spelled

#: Imported senders come after those that somebody entered.
_IMPORTED = 100
#: What the form shows of the first sender.
_NAMES = frozenset(("sender", "one_way"))


class SmsHubGateway(models.Model):
    """The senders of an account; for the company with one, as if it were a field."""

    _inherit = "sms.hub.gateway"

    sender_ids = fields.One2many("sms.hub.sender", "gateway_id", "Senders")
    sender = fields.Char(
        compute="_compute_sender",
        inverse="_inverse_sender",
        store=True,
        tracking=True,
        help="The name or number that recipients see, as registered at the platform. "
        "Of several senders the first one.",
    )
    one_way = fields.Boolean(
        "Sender Cannot Receive Replies",
        compute="_compute_one_way",
        inverse="_inverse_one_way",
        store=True,
        help="Nobody can answer STOP to such a sender, so marketing texts get a link "
        "to a page where people refuse further texts. A sender with letters is one.",
    )

    @api.depends("sender_ids.name", "sender_ids.sequence", "sender_ids.active")
    def _compute_sender(self):
        for gateway in self:
            gateway.sender = gateway._first_sender().name

    @api.depends("sender_ids.one_way", "sender_ids.sequence", "sender_ids.active")
    def _compute_one_way(self):
        for gateway in self:
            gateway.one_way = gateway._first_sender().one_way

    def _first_sender(self):
        """Return the sender of this gateway that goes before the others, or none."""
        self.ensure_one()
        active = self.sender_ids.filtered("active")
        return active.sorted(lambda one: (one.sequence, one._origin.id or 0))[:1]

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: show the sender as it was stored."""
        gateways = super().create(vals_list)
        if any(_NAMES & set(vals) for vals in vals_list):
            gateways._read_first_sender()
        return gateways

    def write(self, vals):
        """Override of `base`: show the sender as it was stored."""
        result = super().write(vals)
        if _NAMES & set(vals):
            self._read_first_sender()
        return result

    def _read_first_sender(self):
        """Compute what an inverse has just written: the ORM keeps what was typed."""
        for name in _NAMES:
            self.env.add_to_compute(self._fields[name], self)

    def _inverse_sender(self):
        """Rename the first sender, or make one; without a name it is archived.

        One that is typed here was registered at the platform before.
        """
        for gateway in self:
            name, first = spelled(gateway.sender), gateway._first_sender()
            if not name:
                first.active = False
            elif first:
                first.name = name
            else:
                gateway._take_sender(name)

    def _take_sender(self, name):
        """Make a sender of this name, or take it back into use."""
        senders = self.env["sms.hub.sender"].with_context(active_test=False)
        known = senders.search([("gateway_id", "=", self.id), ("name", "=", name)])
        if known:
            known.active = True
        else:
            senders.create(
                {
                    "gateway_id": self.id,
                    "name": name,
                    "registration_state": "approved",
                }
            )

    def _inverse_one_way(self):
        for gateway in self:
            gateway._first_sender().one_way = gateway.one_way

    # === IMPORT === #

    def action_import_senders(self):
        """Take over the senders that the platform knows; none is ever removed."""
        self.ensure_one()
        # before the key is used, not only when something is stored
        self.check_access("write")
        self._check_api_key()
        client = self._make_client()
        if not client.capabilities.senders:
            return self._notify(
                "warning",
                self.env._("Nothing to import"),
                self.env._("This platform does not tell which senders it knows."),
            )
        try:
            listed = self._in_turn(client.fetch_senders)
        except GatewayError as error:
            return self._notify("danger", self.env._("No connection"), str(error))
        return self._notify(
            "success", self.env._("Senders imported"), self._import_senders(listed)
        )

    def _import_senders(self, listed):
        """Create and update senders as a platform lists them.

        :param listed: :class:`SenderId` of the account
        :return: in words what was done
        """
        senders = self.env["sms.hub.sender"]
        added, changed, known = senders, senders, senders
        for one in listed:
            sender = senders._named(self, one.name).with_env(self.env)
            if not sender:
                added |= senders.create(self._imported_values(one))
                continue
            known |= sender
            state = _registration(one, sender.registration_state)
            if state != sender.registration_state:
                sender.registration_state = state
                changed |= sender
        return self._import_words(added, changed, self.sender_ids - added - known)

    def _imported_values(self, one):
        return {
            "name": one.name,
            "gateway_id": self.id,
            "sequence": _IMPORTED,
            "registration_state": _registration(one, "pending"),
        }

    def _import_words(self, added, changed, missing):
        """Return what an import did, as people read it."""
        field = added._fields["registration_state"]
        states = dict(field._description_selection(self.env))
        lines = []
        if added:
            lines.append(
                self.env._("New: %(names)s.", names=", ".join(added.mapped("name")))
            )
        for sender in changed:
            lines.append(
                self.env._(
                    "%(name)s is %(state)s now.",
                    name=sender.name,
                    state=states[sender.registration_state],
                )
            )
        if missing:
            lines.append(
                self.env._(
                    "The platform does not list %(names)s: check the spelling.",
                    names=", ".join(missing.mapped("name")),
                )
            )
        return "\n".join(lines) or self.env._("Nothing has changed.")


def _registration(listed, known):
    """Return the registration of a sender as its platform lists it.

    Platforms have many words for what is not active; what was known says which one it
    most likely is.
    """
    if listed.active:
        return "approved"
    return known if known in ("pending", "rejected") else "suspended"
