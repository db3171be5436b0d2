from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..policy.consent import Consent
from ..policy.identity import canonical, same_numbers
from ..tools.consent_state import EVERYTHING, ConsentState, follow
from .sms_hub_consent_words import SOURCES, VALUES

#: Numbers whose states are made anew at once.
_REBUILT_AT_ONCE = 5000


class SmsHubConsent(models.Model):
    """What a number agreed to or refused as of now: derived from the ledger's entries.

    One row per company, number and topic; ``all`` stands for every text. Rows are only
    written by what appends to the ledger, and can be made anew from it.
    """

    _name = "sms.hub.consent"
    _inherit = ["sms.hub.consent.kept"]
    _description = "Consent"
    _order = "since desc, id desc"
    _rec_name = "number"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Char(required=True, readonly=True)
    spellings = fields.Char(
        required=True,
        readonly=True,
        help="All ways to write this number, for searches.",
    )
    scope = fields.Char("Topic Code", required=True, readonly=True)
    scope_name = fields.Char("Topic", compute="_compute_scope_name")
    value = fields.Selection(VALUES, "Consent", required=True, readonly=True)
    since = fields.Datetime(required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    record_name = fields.Char(
        "Person", readonly=True, help="As named when it was recorded."
    )
    last_used_at = fields.Datetime(
        "Last Used",
        readonly=True,
        help="The last text that rested on this consent, looked up once a day.",
    )

    _unique_scope = models.UniqueIndex("(company_id, number, scope)")
    _newest = models.Index("(since DESC, id DESC)")
    # a value that nobody knows would stop every batch that holds the number
    _known_value = models.Constraint(
        f"CHECK (value IN ({', '.join(repr(value) for value, _label in VALUES)}))",
        "There is no such state of consent.",
    )
    # asked of every text, at all companies
    _refused = models.Index("(number) WHERE value = 'refused'")
    _everything = models.Index("(company_id, number) WHERE scope = 'all'")
    # the few that are written in more than one way
    _respelled = models.Index("(company_id) WHERE spellings ~ ' '")
    # what may be too old, oldest first: most days there is nothing
    _unused = models.Index(
        "(company_id, GREATEST(since, last_used_at), id)"
        " WHERE value IN ('granted', 'unproven')"
    )

    @api.depends("scope")
    def _compute_scope_name(self):
        names = self.env["sms.hub.scope"]._names()
        for consent in self:
            consent.scope_name = names.get(consent.scope, consent.scope)

    # === READING === #

    @api.model
    def _states(self, company, numbers):
        """Return what is known about numbers at a company, by one query.

        :param numbers: E.164, in any spelling
        :return: ``{canonical number: {scope code: ConsentState}}``; scope ``all`` is
            about every text. Numbers without a row are left out.
        """
        wanted = {canonical(number) for number in numbers if number}
        if not wanted:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, scope, value, since, source, last_used_at
                  FROM sms_hub_consent
                 WHERE company_id = %s AND number = ANY(%s)
                """,
                company.id,
                list(wanted),
            )
        )
        states = {}
        for number, scope, value, *rest in rows:
            states.setdefault(number, {})[scope] = ConsentState(Consent(value), *rest)
        return states

    @api.model
    def _spellings_with(self, company, values):
        """Return a query of the numbers, in all spellings, that show one of the values
        for marketing: see ``consent_state.standing``; the phone blacklist refuses too.

        No list of numbers or ids is in it, however many there are.

        :param values: of ``VALUES``, without ``none``: most such numbers have no row
        :return: SQL, with one column ``spelling``
        """
        others = [value for value in values if value != "refused"]
        listed = self.env["phone.blacklist"]._hub_all()
        agreed = SQL(" UNION ALL ").join(
            self._spellings_where(company, one, refused="refused" in values)
            for one in self._counting(company, others)
        )
        if "refused" in values:
            # who refused is among them anyhow: nobody has to be left out
            refused = SQL("c.scope IN ('marketing', 'all') AND c.value = 'refused'")
            refused = self._spellings_where(company, refused, refused=True)
            return SQL(" UNION ALL ").join([agreed, refused, listed])
        return SQL(
            """
            SELECT known.spelling FROM (%s) AS known
             WHERE NOT EXISTS (
                SELECT FROM (%s) AS listed WHERE listed.spelling = known.spelling)
            """,
            agreed,
            listed,
        )

    def _counting(self, company, values):
        """Return conditions of states ``c`` at values that count: the narrower does.

        One for each scope. A single one would weigh every row, for the few of ``all``.
        """
        return [
            SQL("c.scope = 'marketing' AND c.value = ANY(%s::varchar[])", list(values)),
            SQL(
                """
                c.scope = 'all' AND c.value = ANY(%(values)s::varchar[])
                AND NOT EXISTS (
                    SELECT FROM sms_hub_consent AS narrow
                     WHERE narrow.company_id = %(company)s AND narrow.number = c.number
                       AND narrow.scope = 'marketing' AND narrow.value != 'none')
                """,
                values=list(values),
                company=company.id,
            ),
        ]

    def _spellings_where(self, company, condition, refused):
        """Return a query of all spellings of numbers, by a condition on states ``c``.

        Few numbers have a second spelling, and an index knows them. Taking all apart
        would hide from the planner how many there are.

        :param refused: whether a refusal of everything makes no difference
        """
        if not refused:
            condition = SQL(
                """
                %(condition)s AND NOT EXISTS (
                    SELECT FROM sms_hub_consent AS wide
                     WHERE wide.company_id = %(company)s AND wide.number = c.number
                       AND wide.scope = 'all' AND wide.value = 'refused')
                """,
                condition=condition,
                company=company.id,
            )
        return SQL(
            """
            SELECT c.number AS spelling FROM sms_hub_consent AS c
             WHERE c.company_id = %(company)s AND %(condition)s
             UNION ALL
            SELECT unnest(string_to_array(c.spellings, ' ')) FROM sms_hub_consent AS c
             WHERE c.company_id = %(company)s AND c.spellings ~ ' ' AND %(condition)s
            """,
            company=company.id,
            condition=condition,
        )

    def action_open_ledger(self):
        """Open the entries that this state follows from."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_consent_event_action"
        )
        domain = [
            ("company_id", "=", self.company_id.id),
            ("number", "=", self.number),
        ]
        return {**action, "domain": domain, "context": {}}

    def action_evidence(self):
        """Print everything that is on record about this number."""
        self.ensure_one()
        chains = self.env["sms.hub.consent.chain"]
        return chains._print_evidence(self.company_id, self.number)

    def action_rebuild(self):
        """Make the states of this company anew from the ledger."""
        if not self.env.user.has_group("sms_gateway_hub.group_manager"):
            raise AccessError(self.env._("Only managers rebuild the states."))
        self.sudo()._rebuild(self.env.company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # === DERIVING === #

    def _apply(self, events):
        """Let the states follow new entries, whose chains are locked."""
        for company, own in events.grouped("company_id").items():
            states = self._states(company, own.mapped("number"))
            rows = {}
            for event in own:
                before = states.get(event.number, {})
                after = follow(
                    before,
                    event.action,
                    event.scope,
                    event.happened_at,
                    event.source,
                    event.proven,
                )
                states[event.number] = after
                for scope, state in after.items():
                    if before.get(scope) is not state:
                        rows[event.number, scope] = (state, event.record_name)
            self._upsert(company, rows)

    def _upsert(self, company, rows):
        """Write states; a person's name stays where the new entry names nobody.

        :param rows: ``{(number, scope): (ConsentState, name)}``
        """
        if not rows:
            return
        values = [
            (
                company.id,
                number,
                " ".join(same_numbers(number)),
                scope,
                state.value.value,
                state.since,
                state.source,
                name or None,
            )
            for (number, scope), (state, name) in rows.items()
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO sms_hub_consent AS known (company_id, number, spellings,
                            scope, value, since, source, record_name)
                VALUES %s
                ON CONFLICT (company_id, number, scope) DO UPDATE
                   SET value = EXCLUDED.value, since = EXCLUDED.since,
                       source = EXCLUDED.source,
                       record_name = COALESCE(EXCLUDED.record_name, known.record_name),
                       last_used_at = CASE WHEN EXCLUDED.value = known.value
                                           THEN known.last_used_at END
                """,
                SQL(", ").join(SQL("%s", row) for row in values),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _rebuild(self, company):
        """Make all states of a company anew from its entries.

        When a consent was last used is not in the entries; it is looked up again.
        """
        self.env.cr.execute(
            SQL("DELETE FROM sms_hub_consent WHERE company_id = %s", company.id)
        )
        self.invalidate_model(flush=False)
        events = self.env["sms.hub.consent.event"].sudo()
        after = ""
        while True:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT number FROM sms_hub_consent_chain
                     WHERE company_id = %s AND number > %s
                     ORDER BY number LIMIT %s
                    """,
                    company.id,
                    after,
                    _REBUILT_AT_ONCE,
                )
            )
            if not rows:
                return
            numbers = [number for (number,) in rows]
            after = numbers[-1]
            self._apply(
                events.search(
                    [("company_id", "=", company.id), ("number", "in", numbers)],
                    order="number, seq, id",
                )
            )
            events.invalidate_model(flush=False)

    def _is_refused(self, states):
        """Tell whether the states of one number hold a refusal of everything."""
        everything = states.get(EVERYTHING)
        return bool(everything) and everything.value is Consent.REFUSED
