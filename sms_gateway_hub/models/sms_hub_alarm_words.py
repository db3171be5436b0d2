"""What each kind of alarm is called, what it means, and what to do about it."""

from typing import NamedTuple

from odoo.tools import LazyTranslate

# at import there is no environment yet: these are translated when they are shown
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)


class Words(NamedTuple):
    """The words of a kind of alarm; the sentences are filled in with its figures.

    :param label: its name
    :param what: what is wrong
    :param todo: what to do
    :param over: said once it is over by itself
    """

    label: str
    what: str
    todo: str
    over: str


WORDS = {
    "low_balance": Words(
        "Low Balance",
        _lt("%(gateway)s has %(amount)s left (%(name)s)."),
        _lt("Buy credit at the platform. Without it every text waits."),
        _lt("There is enough credit again."),
    ),
    "balance_ends": Words(
        "Balance Runs Out",
        _lt(
            "%(gateway)s has %(amount)s left (%(name)s). At the pace of the last two "
            "weeks that lasts %(days)s more days."
        ),
        _lt("Buy credit at the platform. Without it every text waits."),
        _lt("The credit lasts long enough again."),
    ),
    "no_reports": Words(
        "No Delivery Reports",
        _lt(
            "Texts accepted by %(gateway)s without any report since: %(count)s. The "
            "first one was accepted %(minutes)s minutes ago."
        ),
        _lt(
            "Look at the last calls under Technical, Requests: they keep what the "
            "platform answers when it is asked. If it calls us, compare the webhook "
            "address on the gateway with the one in the platform's panel."
        ),
        _lt("Delivery reports arrive again."),
    ),
    "unknown": Words(
        "Texts of Unknown Fate",
        _lt(
            "Texts whose answer got lost: %(count)s. They may have been sent, or not, "
            "and are never sent again by themselves."
        ),
        _lt(
            "Open them, ask the recipients or look into the platform's panel, then "
            "click Resolve. A late report settles them by itself."
        ),
        _lt("The fate of every text is known again."),
    ),
    "dead_letters": Words(
        "Reports Put Aside",
        _lt(
            "Reports or replies that could not be read, or belong to no text of ours: "
            "%(count)s."
        ),
        _lt(
            "Open them under Technical, Events. Mend what they say, such as the field "
            "names on the gateway, then click Apply Again. Dismiss reports on texts "
            "that another program sent."
        ),
        _lt("Nothing is put aside any more."),
    ),
    "cron_off": Words(
        "Scheduled Action Switched Off",
        _lt(
            "Odoo switched off “%(cron)s”, because it failed for a week. What it does "
            "is not done any more."
        ),
        _lt(
            "Find the error in the server's log and mend its cause, then click Switch "
            "It On Again."
        ),
        _lt("It was switched on again."),
    ),
    "circuit_open": Words(
        "Platform Left Alone",
        _lt(
            "%(gateway)s is left alone for now, because the platform cannot be reached "
            "or refuses the account. Its last words: %(reason)s"
        ),
        _lt(
            "Texts wait, and it is tried again by itself. If it lasts, test the "
            "connection on the gateway: key, credit and allowed addresses."
        ),
        _lt("The platform answers again."),
    ),
    "webhook_refused": Words(
        "Webhook Calls Refused",
        _lt("Calls to the webhook of %(gateway)s refused within an hour: %(count)s."),
        _lt(
            "If they come from the platform, its panel holds an old address or secret, "
            "or it calls from an address that the gateway does not list. If not, "
            "somebody is guessing, in vain."
        ),
        _lt("No more calls are refused."),
    ),
    "sender_paused": Words(
        "Sender Paused",
        _lt("%(sender)s is paused for %(country)s. %(reason)s"),
        _lt(
            "Texts go out by another sender where there is one, else they wait. Look "
            "at the sender's registration; a trial text ends the pause by itself."
        ),
        _lt("The sender works again."),
    ),
    "spend_cap": Words(
        "Spending Limit Reached",
        _lt(
            "Texts that wait because what may be spent is spent: %(count)s, of them "
            "%(mailing)s because of the limit of their mailing."
        ),
        _lt(
            "Administrators raise the limit of the day under Rules; else those texts "
            "go out tomorrow. The limit of a mailing is on the mailing."
        ),
        _lt("There is room below the limit again."),
    ),
    "consent_findings": Words(
        "Consent Ledger Not Intact",
        _lt("Findings of the last verification of the consent ledger: %(count)s."),
        _lt("Open Consent, Verify: each finding says what happened to which entry."),
        _lt("The last verification found nothing wrong."),
    ),
}

KINDS = [(code, words.label) for code, words in WORDS.items()]
