from odoo import api, fields, models

from .sms_hub_sender import spelled

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
