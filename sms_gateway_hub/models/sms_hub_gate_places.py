from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..policy import country_of
from ..policy.area_codes import state_of
from ..policy.zones import candidate_zones
from .sms_hub_gate_known import is_phone


class Place(NamedTuple):
    """What a record tells about where its person is; empty where it tells nothing.

    :param preference: the zone that the person asked for
    :param zone: the zone of the record, which is often its author's
    """

    preference: str | None = None
    zone: str | None = None
    country: str | None = None
    state: str | None = None


_NOWHERE = Place()


class SmsHubHistoryMixin(models.AbstractModel):
    """Where the people of these records are."""

    _inherit = "sms.hub.history.mixin"

    @api.model
    def _hub_places(self, ids):
        """Hook: return ``{id: Place}`` of records, by one query for all of them."""
        known = {
            name: name in self._fields and self._fields[name].store
            for name in ("hub_tz", "tz", "country_id", "state_id")
        }
        self.flush_model([name for name, stored in known.items() if stored])
        column = {
            name: SQL.identifier("r", name) if stored else SQL("NULL")
            for name, stored in known.items()
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.id, %(hub_tz)s, %(tz)s, country.code, state.code
                  FROM %(table)s AS r
             LEFT JOIN res_country AS country ON country.id = %(country_id)s
             LEFT JOIN res_country_state AS state ON state.id = %(state_id)s
                 WHERE r.id = ANY(%(ids)s)
                """,
                table=SQL.identifier(self._table),
                ids=list(ids),
                **column,
            )
        )
        return {record_id: Place(*place) for record_id, *place in rows}


class SmsHubGate(models.AbstractModel):
    """Where recipients are, and in which hours they may therefore be texted."""

    _inherit = "sms.hub.gate"

    def _hours_of(self, company, items):
        """Return for each message its hours and how their zones were found, if any.

        By one query for each model that the messages are about, and for marketing only:
        nothing else waits for the morning.
        """
        if not company.hub_quiet_hours:
            return [None] * len(items)
        asked = [item for item in items if _waits(item)]
        places = self._places_of(asked)
        home = company.partner_id.tz or None, company.country_id.code or None
        rules, memory = self.env["sms.hub.hours"], {}

        def hours_of(item):
            number, place = item["number"], _place_in(places, item)
            zones, step = candidate_zones(number, *place, *home)
            by_number = country_of(number), state_of(number)
            key = zones, (place.country, place.state), by_number
            if key not in memory:
                memory[key] = rules._hours_for(company, zones, _law_places(*key[1:]))
            return memory[key], step

        return [hours_of(item) if _waits(item) else None for item in items]

    def _places_of(self, items):
        """Return ``{(model, id): Place}`` of the contacts and records of messages."""
        ids = {}
        for item in items:
            for model, record_id in _owners(item):
                ids.setdefault(model, set()).add(record_id)
        return {
            (model, record_id): place
            for model, wanted in ids.items()
            if hasattr(self.env.get(model), "_hub_places")
            for record_id, place in self.env[model].sudo()._hub_places(wanted).items()
        }


def _waits(item):
    """Tell whether quiet hours apply to a message."""
    return item["purpose"] == "marketing" and is_phone(item["number"])


def _owners(item):
    """Return whom a message is about as (model, id): the contact, then the record."""
    owners = []
    if item.get("partner_id"):
        owners.append(("res.partner", item["partner_id"]))
    if item.get("res_model") and item.get("res_id"):
        owners.append((item["res_model"], item["res_id"]))
    return owners


def _place_in(places, item):
    """Return where the recipient of a message is, by the contact or else the record."""
    found = _NOWHERE
    for owner in _owners(item):
        place = places.get(owner, _NOWHERE)
        if found is _NOWHERE:
            found = place
        elif not found.country:
            found = found._replace(country=place.country, state=place.state)
    return found


def _law_places(by_address, by_number):
    """Return the places whose law holds, as pairs of country and state codes.

    Those of the address and of the number: where they differ, nobody knows which. A
    state that cannot be placed differs from all others.

    :param by_address: country and state, as far as they are known
    :param by_number: the same
    """
    known = [(country, state or "") for country, state in (by_address, by_number)]
    return {
        (country, state)
        for country, state in known
        # a country alone says less than one of its states does
        if country and (state or not any(one[0] == country and one[1] for one in known))
    }
