"""A world for every reason of the gate: who has the facts, and whom they concern."""

from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from unittest.mock import patch

from ..gateway.messages import InboundSms
from ..models.sms_hub_doors import DOORS
from ..policy.hours import Hours, Schedule
from .common import LANDLINE, MOBILE
from .gate_doors import DoorsCommon

#: What no number of people can be: a special service of France.
_PREMIUM = "+33899123456"
_AMERICAN = "+12025550143"
_ALL_DAY = (0, 24 * 60)


class Case(NamedTuple):
    """A reason in the matrix. Doors are told by their code, or by their purpose.

    :param state: of the row, where the reason applies
    :param concerns: the doors where it applies; empty for all of them
    :param spares: doors that it lets pass
    :param told: doors that tell the person at once, so that there is no row
    :param never: doors where it cannot occur
    :param everywhere: it applies to the other company as well
    """

    state: str = "blocked"
    concerns: tuple = ()
    spares: tuple = ()
    told: tuple = ()
    never: tuple = ()
    everywhere: bool = False

    def applies_to(self, door, purpose):
        """Tell whether the reason applies to a door and its purpose."""
        names = {door, purpose}
        if names & set(self.spares):
            return False
        return not self.concerns or bool(names & set(self.concerns))


_MARKETING = ("marketing",)
_CONSENTED = ("marketing", "transactional")
#: Doors that send to several people at once.
_MANY = ("mass", "mailing", "automation")
#: Doors at which a person sends by hand, and has a limit for the day.
_BY_HAND = ("chatter", "scheduled", "numbers", "mass", "mailing_test")
#: The dialog at which a person types the number.
_TYPED = ("numbers",)
#: Doors of ours that answer a number which has just texted us.
_ANSWERS = ("confirmation", "question")

#: Doors that do not go through the lists which people leave.
_NO_LISTS = tuple(code for code in DOORS if code != "mailing")

#: The matrix: every reason of the gate. ``_world_<code>`` prepares its facts.
CASES = {
    "number_missing": Case(everywhere=True, never=(*_ANSWERS, "mailing_test")),
    "number_invalid": Case(everywhere=True, never=_ANSWERS, told=_TYPED),
    "number_two": Case(everywhere=True, never=_ANSWERS, told=_TYPED),
    "number_no_country": Case(never=_ANSWERS, told=_TYPED),
    "number_landline": Case(everywhere=True),
    "number_special": Case(everywhere=True),
    "destination": Case(),
    "text_empty": Case(everywhere=True),
    "text_too_long": Case(),
    "suppressed": Case(everywhere=True, spares=("notice",)),
    "opted_out": Case(everywhere=True, concerns=("mailing",), never=_NO_LISTS),
    "scope_refused": Case(concerns=(*_CONSENTED, "test")),
    "no_consent": Case(concerns=_MARKETING),
    "consent_pending": Case(concerns=_MARKETING),
    "consent_expired": Case(concerns=_MARKETING),
    "consent_unproven": Case(concerns=_MARKETING),
    "unreachable": Case(),
    "no_sender": Case(),
    "duplicate": Case(everywhere=True, concerns=_MANY),
    "repeated": Case(concerns=_MARKETING),
    "approval": Case("held", concerns=(*_MANY, "mailing_test")),
    "user_limit": Case("held", concerns=_BY_HAND),
    "inbound_pending": Case("held", everywhere=True),
    "test_mode": Case("held"),
    "sender_paused": Case("held"),
    "quiet_hours": Case("held", concerns=_MARKETING),
    "no_common_hour": Case("held", concerns=_MARKETING),
    "cap": Case("held", concerns=_CONSENTED),
    "expired": Case("expired", concerns=_MARKETING),
}
#: Reasons that no rule gives, and where they come from.
ELSEWHERE = {
    "text_not_rendered": "the template of an automation",
    "account": "an answer of the platform",
    "campaign_paused": "a person who pauses the mailing",
    "spend_day": "the claim, once the day's budget is used up",
    "spend_campaign": "the claim, once the mailing's budget is used up",
    "cancelled_by_user": "a person",
    "cancelled_by_stop": "a STOP that arrives while the text waits",
    "record_deleted": "the deletion of what it was about",
}


class WorldsCommon(DoorsCommon):
    """Two companies by strict rules, in which a text may go out through every door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._new_company("Other Company")
        cls._new_gateway(cls.other)
        companies = cls.company | cls.other
        companies.write({"hub_marketing_consent": "required"})
        cls.sender = cls._new_user(
            "gate_sender",
            "sms_gateway_hub.group_manager,sales_team.group_sale_manager,"
            "mass_mailing.group_mass_mailing_user,base.group_partner_manager",
        )
        cls.sender.company_ids |= cls.other
        cls.env.user.company_ids |= cls.other

    def people(self, company, *phones, country=True):
        """Return a lead for each number, as its sender in the company sees it."""
        partners = self.env["res.partner"].create(
            [
                {
                    "name": "Camille Martin",
                    "phone": phone,
                    "country_id": country and self.france.id,
                }
                for phone in phones
            ]
        )
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": "Kitchen",
                    "partner_id": partner.id,
                    "phone": partner.phone,
                    "company_id": company.id,
                    "country_id": partner.country_id.id,
                }
                for partner in partners
            ]
        )
        return self.as_sender(leads, company)

    def as_sender(self, records, company):
        """Return records as a person of the company works with them."""
        return records.with_user(self.sender).with_context(
            allowed_company_ids=company.ids
        )

    def consent(self, company, number, *actions, **values):
        """Record what a person said, by default a yes with its proof."""
        for action in actions or ("granted",):
            self.env["sms.hub.consent"]._record(
                [
                    {
                        "company": company,
                        "number": number,
                        "scope": "marketing",
                        "action": action,
                        "source": "form",
                        "evidence_url": "https://example.com/form",
                        **values,
                    }
                ]
            )

    def world(self, reason, company, patches):
        """Prepare the facts for a reason; return recipients and text.

        :param company: the one that has the facts, or the other one
        :param patches: stack to enter patches into
        """
        self.patches = patches
        make = getattr(self, f"_world_{reason}")
        return make(company, company == self.company)

    # === NUMBER AND TEXT === #

    def _ready(self, company, phone=MOBILE, body="Hello"):
        """Return a recipient of whom nothing is wrong but, perhaps, the number."""
        self.consent(company, phone)
        return self.people(company, phone), body

    def _world_unreachable(self, company, ours):
        self.env["sms.hub.number.mark"].create(
            {
                "number": MOBILE,
                "company_id": self.company.id,
                "kind": "refused",
                "since": "2026-01-01 00:00:00",
            }
        )
        return self._ready(company)

    def _world_no_sender(self, company, ours):
        gateway = self.env["sms.hub.gateway"]._for_company(company)
        where = self.env.ref("base.de") if ours else self.france
        self.env["sms.hub.sender"].create(
            {
                "name": "+4915112345678",
                "gateway_id": gateway.id,
                "country_ids": where.ids,
            }
        )
        return self._ready(company)

    def _world_number_missing(self, company, ours):
        return self.people(company, False), "Hello"

    def _world_number_invalid(self, company, ours):
        return self.people(company, "12"), "Hello"

    def _world_number_two(self, company, ours):
        return self.people(company, f"{MOBILE} / +33612345679"), "Hello"

    def _world_number_no_country(self, company, ours):
        self.consent(company, MOBILE)
        company.country_id = False if ours else self.france
        return self.people(company, "0612345678", country=False), "Hello"

    def _world_number_landline(self, company, ours):
        return self._ready(company, LANDLINE)

    def _world_number_special(self, company, ours):
        return self._ready(company, _PREMIUM)

    def _world_destination(self, company, ours):
        if ours:
            company.hub_country_ids = self.env.ref("base.de")
        return self._ready(company)

    def _world_text_empty(self, company, ours):
        return self._ready(company, body=" ")

    def _world_text_too_long(self, company, ours):
        if ours:
            self.env["sms.hub.gateway"]._for_company(company).max_segments = 1
        return self._ready(company, body="Hello " * 40)

    # === WILL === #

    def _world_suppressed(self, company, ours):
        world = self._ready(company)
        self.env["phone.blacklist"].sudo()._add([MOBILE])
        return world

    def _world_opted_out(self, company, ours):
        self.consent(company, MOBILE)
        news = self.env["mailing.list"].create({"name": "News"})
        reader = self.env["mailing.contact"].create(
            {
                "name": "Camille",
                "mobile": MOBILE,
                "country_id": self.france.id,
                "subscription_ids": [(0, 0, {"list_id": news.id, "opt_out": True})],
            }
        )
        return reader.with_context(allowed_company_ids=company.ids), "Hello"

    def _world_scope_refused(self, company, ours):
        world = self._ready(company)
        if ours:
            for scope in ("marketing", "transactional"):
                self.consent(company, MOBILE, "refused", scope=scope)
        return world

    def _world_no_consent(self, company, ours):
        if not ours:
            self.consent(company, MOBILE)
        return self.people(company, MOBILE), "Hello"

    def _world_consent_pending(self, company, ours):
        self.consent(company, MOBILE, "requested" if ours else "granted")
        return self.people(company, MOBILE), "Hello"

    def _world_consent_expired(self, company, ours):
        self.consent(company, MOBILE, "granted", *(("expired",) if ours else ()))
        return self.people(company, MOBILE), "Hello"

    def _world_consent_unproven(self, company, ours):
        company.hub_country_ids = self.env.ref("base.us")
        self.consent(company, _AMERICAN, "granted", proven=not ours)
        return self.people(company, _AMERICAN), "Hello"

    # === ONE SENDING, AND THOSE BEFORE IT === #

    def _world_duplicate(self, company, ours):
        self.consent(company, MOBILE)
        return self.people(company, MOBILE, MOBILE), "Hello"

    def _world_repeated(self, company, ours):
        world = self._ready(company)
        if ours:
            self._sent_before(company, "Hello")
        return world

    def _world_approval(self, company, ours):
        company.hub_approval_above = 1 if ours else 0
        phones = (MOBILE, "+33612345679")
        for phone in phones:
            self.consent(company, phone)
        return self.people(company, *phones), "Hello"

    def _world_user_limit(self, company, ours):
        company.hub_user_daily_limit = 1 if ours else 0
        self.people(company, "+33612345670")._message_sms("Earlier today")
        return self._ready(company)

    def _world_cap(self, company, ours):
        if ours:
            self.env["sms.hub.cap"].create(
                {"name": "One a day", "company_id": company.id, "limit": 1}
            )
            self._sent_before(company, "Earlier today")
        return self._ready(company)

    def _sent_before(self, company, body):
        """Let a text have reached the number a moment ago."""
        row = self.enqueue(
            body=body, company=company, door="queue", purpose="transactional"
        )
        self.assertEqual(row.state, "queued")
        moment = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(minutes=1)
        self.env.cr.execute(
            """
            UPDATE sms_hub_message
               SET state = 'accepted', claimed_at = %s, accepted_at = %s
             WHERE id = %s
            """,
            [moment, moment, row.id],
        )
        row.invalidate_recordset()

    # === WAITING === #

    def _world_inbound_pending(self, company, ours):
        gateway = self.env["sms.hub.gateway"]._for_company(self.company)
        unread = InboundSms(
            message_id="", from_number=MOBILE.lstrip("+"), to_number="HUB", text="Hm"
        )
        self.env["sms.hub.event"]._insert_all(gateway, [unread], "push", raw="{}")
        return self._ready(company)

    def _world_test_mode(self, company, ours):
        self.env["sms.hub.gateway"]._for_company(company).test_mode = ours
        return self._ready(company)

    def _world_sender_paused(self, company, ours):
        gateway = self.env["sms.hub.gateway"]._for_company(company)
        # a number: nobody needs another way out
        gateway.sender = "+33700000001"
        if ours:
            self.env["sms.hub.sender.pause"]._begin(
                gateway.sender_ids,
                self.env["res.country"],
                "manual",
                note="The operator renews our registration",
            )
        return self._ready(company)

    def _world_quiet_hours(self, company, ours):
        return self._world_of_hours(company, ours, open_in_days=2)

    def _world_no_common_hour(self, company, ours):
        return self._world_of_hours(company, ours, open_in_days=None)

    def _world_expired(self, company, ours):
        # a week later is too late for marketing, which lives for three days
        return self._world_of_hours(company, ours, open_in_days=5)

    def _world_of_hours(self, company, ours, open_in_days):
        company.hub_quiet_hours = ours
        today = datetime.now(timezone.utc).weekday()
        week = [None] * 7
        if open_in_days is not None:
            week[(today + open_in_days) % 7] = _ALL_DAY
        hours = Hours.of(("Etc/UTC",), (Schedule("test", "Test", tuple(week)),))
        self.patches.enter_context(
            patch.object(
                self.env.registry["sms.hub.hours"],
                "_hours_for",
                lambda rules, company, zones, places: hours,
            )
        )
        return self._ready(company)
