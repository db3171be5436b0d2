"""A campaign to measure: recipients, a mailing, and what preparing it takes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

from .figures import ROUNDS, seconds

#: Recipients of a campaign.
RECIPIENTS = 10_000
#: Campaigns to people of their own, so that nothing is known of anybody from before.
CAMPAIGNS = ROUNDS + 1


def number_of(person: int) -> str:
    """Return the French mobile number of a person, in E.164."""
    return f"+336{person:08d}"


def make_people(env: Any) -> None:
    """Make the contacts of all campaigns, by copying one in the database.

    Their names begin with the number of their campaign, from 0.
    """
    template = env["res.partner"].create(
        {
            "name": "Recipient",
            "phone": number_of(0),
            "country_id": env.ref("base.fr").id,
            "city": "Lyon",
        }
    )
    template.flush_recordset()
    own = {
        "id": "nextval('res_partner_id_seq')",
        "name": f"(n / {RECIPIENTS}) || ' Recipient ' || n",
        "complete_name": f"(n / {RECIPIENTS}) || ' Recipient ' || n",
        "phone": "'+336' || lpad(n::text, 8, '0')",
        "phone_sanitized": "'+336' || lpad(n::text, 8, '0')",
        # its own id, which the sequence has just given
        "commercial_partner_id": "currval('res_partner_id_seq')",
    }
    columns = [
        name
        for name, field in template._fields.items()
        if field.store and field.column_type and name not in own
    ]
    env.cr.execute(
        f"INSERT INTO res_partner ({', '.join([*own, *columns])}) "
        f"SELECT {', '.join([*own.values(), *columns])} "
        "FROM res_partner, generate_series(0, %s) AS n WHERE id = %s",
        [CAMPAIGNS * RECIPIENTS - 1, template.id],
    )
    template.unlink()
    settle(env)


def activate(env: Any) -> Any:
    """Let the company text by a gateway that texts nobody, by strict rules.

    :return: the gateway.
    """
    env.company.write(
        {
            "country_id": env.ref("base.fr").id,
            "hub_marketing_consent": "required",
            "hub_quiet_hours": True,
        }
    )
    gateway = env["sms.hub.gateway"].create({"name": "Benchmark"})
    gateway.action_activate()
    settle(env)
    return gateway


def consent(
    env: Any,
    people: int = CAMPAIGNS * RECIPIENTS,
    begin: str = "+336",
    wish: tuple[str, str] = ("marketing", "granted"),
) -> None:
    """Let people agree to something, or refuse it.

    Only the state is filled in, which is what a decision reads: an entry of the ledger
    for each would take longer than all that is measured.

    :param begin: what their numbers begin with.
    :param wish: code of a topic and state.
    """
    env.cr.execute(
        "INSERT INTO sms_hub_consent "
        "(company_id, number, spellings, scope, value, since, source) "
        "SELECT %(company)s, number, number, %(scope)s, %(value)s, now(), 'form' "
        "FROM (SELECT %(begin)s || lpad(n::text, 8, '0') "
        "FROM generate_series(0, %(last)s) AS n) AS people(number)",
        {
            "company": env.company.id,
            "scope": wish[0],
            "value": wish[1],
            "begin": begin,
            "last": people - 1,
        },
    )
    settle(env)


def campaigns(env: Any) -> Iterator[float]:
    """Prepare campaign after campaign as core's cron does; yield the rate of each.

    A rate is recipients per second, the commit included.
    """
    for campaign in range(CAMPAIGNS):
        mailing = env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": f"Benchmark {campaign}",
                "mailing_model_id": env["ir.model"]._get("res.partner").id,
                "mailing_domain": [("name", "=like", f"{campaign} Recipient %")],
                "body_plaintext": "{{ object.name }}: -20 % until Sunday",
            }
        )
        settle(env)
        took = seconds(lambda sent=mailing: (sent.action_send_sms(), env.cr.commit()))
        made = env["mailing.trace"].search_count([("mass_mailing_id", "=", mailing.id)])
        if made != RECIPIENTS:
            raise AssertionError(f"{made} traces instead of {RECIPIENTS}")
        yield RECIPIENTS / took


def verdicts(env: Any) -> str:
    """Return how many texts wait, are held and are refused, for a row's note."""
    groups = env["sms.hub.message"]._read_group([], ["state"], ["__count"])
    return ", ".join(f"{number:,} {state}" for state, number in groups)


def settle(env: Any) -> None:
    """Start the next step as a worker would: committed, nothing cached, no garbage."""
    env.cr.commit()
    env.invalidate_all()
    gc.collect()


def tidy(env: Any) -> None:
    """Do now what autovacuum would do after such a filling in, in the midst of it."""
    settle(env)
    connection = env.cr._cnx
    connection.autocommit = True  # no VACUUM inside of a transaction
    env.cr.execute("VACUUM (ANALYZE)")
    connection.autocommit = False
    settle(env)
