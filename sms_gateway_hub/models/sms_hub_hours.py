from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Fields of a day, Monday first: from, to.
WEEK = [
    (f"{day}_start", f"{day}_end")
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]
#: What the rule of a special day says, and the fields of its own hours.
SPECIAL_DAYS = {
    "holiday": ("holiday_rule", "holiday_start", "holiday_end"),
    "eve": ("eve_rule", "eve_start", "eve_end"),
}
_DAY_RULES = [
    ("same", "As on any other day"),
    ("closed", "No texts"),
    ("own", "Own hours"),
]


def _hour(label, default=0.0):
    """A time of the day in hours, as people read it on a clock."""
    return fields.Float(label, default=default, required=True)


class SmsHubHours(models.Model):
    """The hours in which marketing may reach somebody, in one place of the world.

    Times are the recipient's own. All rows that fit a recipient hold together: of the
    country and of the state, the shared ones and those of the company.
    """

    _name = "sms.hub.hours"
    _inherit = ["sms.hub.law.mixin"]
    _description = "Quiet hours of a place"
    _order = "name, company_id, id"

    name = fields.Char(required=True, translate=True)
    scope = fields.Selection(
        [
            ("country", "A country"),
            ("state", "A state or region"),
            ("state_unknown", "A country, where the state is not known"),
            ("state_unknown_usual", "The same, less careful"),
            ("other", "Any other country"),
        ],
        "Holds for",
        required=True,
        default="country",
        help="Each company chooses under Rules which of the two rows counts where the "
        "state is not known.",
    )
    country_id = fields.Many2one("res.country", index=True, ondelete="restrict")
    state_id = fields.Many2one(
        "res.country.state",
        "State",
        ondelete="restrict",
        domain="[('country_id', '=', country_id)]",
    )
    place = fields.Char(
        compute="_compute_place", store=True, help="Its name in evidence."
    )

    mon_start = _hour("Monday from", 9)
    mon_end = _hour("Monday until", 20)
    tue_start = _hour("Tuesday from", 9)
    tue_end = _hour("Tuesday until", 20)
    wed_start = _hour("Wednesday from", 9)
    wed_end = _hour("Wednesday until", 20)
    thu_start = _hour("Thursday from", 9)
    thu_end = _hour("Thursday until", 20)
    fri_start = _hour("Friday from", 9)
    fri_end = _hour("Friday until", 20)
    sat_start = _hour("Saturday from")
    sat_end = _hour("Saturday until")
    sun_start = _hour("Sunday from")
    sun_end = _hour("Sunday until")
    holiday_rule = fields.Selection(
        _DAY_RULES, "Public Holidays", required=True, default="closed"
    )
    holiday_start = _hour("Public holidays from")
    holiday_end = _hour("Public holidays until")
    eve_rule = fields.Selection(
        _DAY_RULES, "Eve of a Holiday", required=True, default="same"
    )
    eve_start = _hour("Eve of a holiday from")
    eve_end = _hour("Eve of a holiday until")
    summary = fields.Char("Hours", compute="_compute_summary")

    _one_row_per_place = models.UniqueIndex(
        """(COALESCE(company_id, 0), scope, COALESCE(country_id, 0),
            COALESCE(state_id, 0)) WHERE active""",
        "There is a row for this place already. Change that one, or archive it first.",
    )

    # === WHERE === #

    @api.depends("scope", "country_id.code", "state_id.code")
    def _compute_place(self):
        for row in self:
            row.place = row._place_code()

    def _place_code(self):
        """Return the short name that evidence gives this place, such as ``US-TX``."""
        country = self.country_id.code or ""
        return {
            "country": country,
            "state": f"{country}-{self._region()}",
            "state_unknown": f"{country}-?",
            "state_unknown_usual": f"{country}-??",
            "other": "*",
        }.get(self.scope, "")

    def _region(self):
        """Return the code of the state without its country, ``""`` without a state."""
        return region_of(self.country_id.code or "", self.state_id.code or "")

    @api.onchange("scope")
    def _onchange_scope(self):
        if self.scope == "other":
            self.country_id = False
        if self.scope != "state":
            self.state_id = False

    @api.onchange("country_id", "state_id")
    def _onchange_country(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False
        if not self._origin:
            names = (self.country_id.name, self.state_id.name)
            self.name = ": ".join(filter(None, names))

    @api.constrains("scope", "country_id", "state_id")
    def _check_place(self):
        for row in self:
            if bool(row.country_id) == (row.scope == "other"):
                raise ValidationError(
                    self.env._(
                        "Choose the country, or let the row hold for any other country."
                    )
                )
            if bool(row.state_id) != (row.scope == "state"):
                raise ValidationError(
                    self.env._("Choose the state, or let the row hold for the country.")
                )
            if row.state_id and row.state_id.country_id != row.country_id:
                raise ValidationError(
                    self.env._(
                        "%(state)s is not in %(country)s.",
                        state=row.state_id.name,
                        country=row.country_id.name,
                    )
                )

    # === WHEN === #

    @api.constrains(
        *(name for span in WEEK for name in span),
        *(name for rule in SPECIAL_DAYS.values() for name in rule),
    )
    def _check_times(self):
        for row in self:
            spans = [(start, end, True) for start, end in WEEK] + [
                (start, end, False)
                for rule, start, end in SPECIAL_DAYS.values()
                if row[rule] == "own"
            ]
            for start, end, may_be_empty in spans:
                row._check_span(start, end, may_be_empty)
            if not any(minutes(row, start, end) for start, end in WEEK):
                raise ValidationError(
                    self.env._(
                        "At least one day needs hours: otherwise nothing could ever be "
                        "sent. To send nothing at all there, close the country instead."
                    )
                )

    def _check_span(self, start, end, may_be_empty):
        if may_be_empty and not self[start] and not self[end]:
            return
        if not 0 <= self[start] < self[end] <= 24:
            raise ValidationError(
                self.env._(
                    '"%(start)s" has to be earlier than "%(end)s", and both between '
                    "00:00 and 24:00. Enter 00:00 twice for a day without texts.",
                    start=self._fields[start]._description_string(self.env),
                    end=self._fields[end]._description_string(self.env),
                )
            )

    # === THE LAST RESORT === #

    @api.constrains("active", "scope", "company_id")
    def _check_last_resort(self):
        self.env["sms.hub.hours"].flush_model(["active", "scope", "company_id"])
        if not self._last_resort():
            self._refuse_without_last_resort()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last_resort(self):
        if self._last_resort() in self:
            self._refuse_without_last_resort()

    def _last_resort(self):
        """Return the shared row for countries without one of their own."""
        return self.sudo().search(
            [("scope", "=", "other"), ("company_id", "=", False)], limit=1
        )

    def _refuse_without_last_resort(self):
        raise UserError(
            self.env._(
                "The row for any other country has to stay, or there would be places "
                "where anything goes. Change its hours instead."
            )
        )

    # === IN SHORT === #

    @api.depends(
        *(name for span in WEEK for name in span),
        *(name for rule in SPECIAL_DAYS.values() for name in rule),
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for row in self:
            row.summary = row._in_words()


def minutes(row, start, end):
    """Return the span of two fields of a row in minutes of the day, or ``None``."""
    if not row[start] and not row[end]:
        return None
    return round(row[start] * 60), round(row[end] * 60)


def region_of(country, state):
    """Return the code of a state without its country: ``DE-BY`` is ``BY``."""
    return state.removeprefix(f"{country}-")
