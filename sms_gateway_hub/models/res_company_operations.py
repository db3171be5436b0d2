from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Whoever may read alarms.
_MANAGER = "sms_gateway_hub.group_manager"


class ResCompany(models.Model):
    """Who is told when something is wrong with the texts, and from when on it is."""

    _inherit = "res.company"

    hub_alarm_user_id = fields.Many2one(
        "res.users",
        "Person in Charge",
        domain="[('share', '=', False)]",
        help="A manager of SMS Hub, who gets an activity for each alarm, and the "
        "e-mail with all of them. Empty: the first administrator of SMS Hub in this "
        "company.",
    )
    hub_alarm_mail = fields.Boolean(
        "Alarms by E-mail",
        default=True,
        help="At most one e-mail an hour, with everything that is open.",
    )
    hub_alarm_mailed_at = fields.Datetime(readonly=True, copy=False)
    hub_alarm_report_minutes = fields.Integer(
        "No Delivery Reports for",
        default=60,
        help="Minutes after which it is an alarm that texts were accepted and none of "
        "them was reported on, a day at most; 0 for never. Night traffic to phones "
        "that are off needs some patience.",
    )
    hub_alarm_unknown = fields.Integer(
        "Texts of Unknown Fate",
        default=1,
        help="From how many on it is an alarm; 0 for never.",
    )
    hub_alarm_dead = fields.Integer(
        "Reports Put Aside",
        default=1,
        help="From how many on it is an alarm; 0 for never.",
    )
    hub_alarm_refused = fields.Integer(
        "Webhook Calls Refused",
        default=20,
        help="From how many in an hour on it is an alarm; 0 for never.",
    )
    hub_alarm_days = fields.Integer(
        "Balance Lasts",
        default=7,
        help="Days below which it is an alarm, at the pace of the last two weeks; 0 "
        "for never.",
    )

    hub_metrics_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)
    hub_metrics_set_at = fields.Datetime(
        "Monitoring Token Made On", readonly=True, copy=False
    )

    _hub_alarms_not_negative = models.Constraint(
        """CHECK (hub_alarm_report_minutes BETWEEN 0 AND 1440
            AND hub_alarm_unknown >= 0 AND hub_alarm_dead >= 0
            AND hub_alarm_refused >= 0 AND hub_alarm_days >= 0)""",
        "Limits of alarms cannot be negative, and delivery reports are looked back for "
        "by 1440 minutes at most. Enter 0 for never.",
    )

    @api.constrains("hub_alarm_user_id")
    def _check_hub_alarm_user(self):
        for company in self:
            person = company.hub_alarm_user_id
            if person and not person.has_group(_MANAGER):
                raise ValidationError(
                    self.env._(
                        "%s could not open the alarms. Choose a manager of SMS Hub.",
                        person.name,
                    )
                )

    def _hub_responsible(self):
        """Return who is told of alarms: the chosen person, else an administrator."""
        self.ensure_one()
        chosen = self.hub_alarm_user_id
        if chosen.active and self in chosen.company_ids and chosen.has_group(_MANAGER):
            return chosen
        group = self.env.ref("sms_gateway_hub.group_administrator")
        people = group.all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and user != self.env.ref("base.user_root")
                and self in user.company_ids
            )
        )
        return people.sorted("id")[:1]
