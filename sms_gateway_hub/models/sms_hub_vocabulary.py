"""The words of the ledger, each list in one place: labels, sentences, next steps."""

from odoo.tools.translate import LazyTranslate

# at import there is no environment yet: these are translated when they are shown
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

DIRECTIONS = [("out", "Sent"), ("in", "Received")]

STATES = [
    ("queued", "Queued"),
    ("held", "On Hold"),
    ("claimed", "Sending"),
    ("unknown", "Unknown"),
    ("accepted", "Accepted"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("expired", "Expired"),
    ("blocked", "Blocked"),
    ("cancelled", "Cancelled"),
    ("received", "Received"),
]

PURPOSES = [
    ("transactional", "Transactional"),
    ("marketing", "Marketing"),
    ("otp", "Verification Code"),
    ("notice", "Opt-out Confirmation"),
    ("test", "Test"),
]

SENDER_REASONS = [
    ("explicit", "Chosen by the author"),
    ("sticky", "Used in this conversation"),
    ("rule", "Made for the country"),
    ("default", "First by priority"),
    ("fallback", "Stands in for another one"),
]

LANES = [("urgent", "Urgent"), ("transactional", "Normal"), ("marketing", "Marketing")]

LANE_OF_PURPOSE = {
    "otp": "urgent",
    "notice": "urgent",
    "test": "urgent",
    "transactional": "transactional",
    "marketing": "marketing",
}

#: Hours after which a message is not sent any more, by purpose.
HOURS_TO_LIVE = {
    "otp": 10 / 60,
    "notice": 1,
    "test": 1,
    "transactional": 24,
    "marketing": 72,
}

#: code → (label, what happened, what to do)
REASON_WORDS = {
    "number_missing": (
        "No Number",
        _lt("There is no phone number to send to."),
        _lt("Enter a phone number on the contact, then send again."),
    ),
    "number_invalid": (
        "Wrong Number",
        _lt("This cannot be a phone number."),
        _lt("Correct the phone number, with its country code, then send again."),
    ),
    "number_two": (
        "Two Numbers",
        _lt("The phone field holds more than one number."),
        _lt("Keep one mobile number in the field, then send again."),
    ),
    "number_no_country": (
        "Country Missing",
        _lt("The number has no country code, and the contact has no country."),
        _lt("Add the country to the contact or write the number as +33 6 12 34 56 78."),
    ),
    "number_landline": (
        "Landline",
        _lt("This is a landline; it cannot receive texts."),
        _lt("Enter a mobile number, then send again."),
    ),
    "number_special": (
        "Special Number",
        _lt("This is a premium, shared-cost, satellite or freephone number."),
        _lt("Enter a mobile number, then send again."),
    ),
    "destination": (
        "Country Not Allowed",
        _lt("Your company does not text numbers of this country."),
        _lt("A manager can add the country under SMS Hub, Configuration, Rules."),
    ),
    "unreachable": (
        "Cannot Receive Texts",
        _lt("Earlier texts to this number failed because of the number."),
        _lt("Correct the number. If it works again, say so on the contact."),
    ),
    "text_empty": (
        "Empty Text",
        _lt("There was no text to send."),
        _lt("Check the template: its placeholders may all be empty for this record."),
    ),
    "text_too_long": (
        "Too Long",
        _lt("The text needs more parts than the gateway sends."),
        _lt("Shorten the text, or raise the limit on the gateway."),
    ),
    "text_not_rendered": (
        "Template Error",
        _lt("The text could not be made from its template."),
        _lt("Open the template, preview it on this record and correct it."),
    ),
    "suppressed": (
        "Opted Out",
        _lt("This number asked not to be texted."),
        _lt("Once the person asks for texts again, record that on the contact."),
    ),
    "opted_out": (
        "Left the List",
        _lt("The recipient left this mailing list."),
        _lt("Nothing to do: the choice is respected."),
    ),
    "scope_refused": (
        "Kind Refused",
        _lt("The recipient does not want texts of this kind."),
        _lt("Nothing to do: the choice is respected."),
    ),
    "no_consent": (
        "No Consent",
        _lt("Nobody recorded that this person agreed to marketing by SMS."),
        _lt("Record the consent on the contact, with its proof, then send again."),
    ),
    "consent_pending": (
        "Consent Not Confirmed",
        _lt("The person was asked for consent and has not answered yet."),
        _lt("Wait for the answer: it is recorded by itself."),
    ),
    "consent_expired": (
        "Consent Expired",
        _lt("The consent was not used for so long that it no longer counts."),
        _lt("Ask the person again, then record the new consent."),
    ),
    "consent_unproven": (
        "Consent Unproven",
        _lt("The consent has no proof, and this country demands one."),
        _lt("Record the consent again, with its wording and proof."),
    ),
    "no_sender": (
        "No Sender",
        _lt("None of your senders may carry this kind of text to this country."),
        _lt(
            "Ask an administrator to look at SMS Hub, Configuration, Senders: kinds of "
            "texts, countries and registration."
        ),
    ),
    "duplicate": (
        "Duplicate",
        _lt("The same number is already part of this sending."),
        _lt("Nothing to do: the person gets the text once."),
    ),
    "repeated": (
        "Repeated Text",
        _lt("The same text went to this number a short while ago."),
        _lt("Nothing to do, unless the person should read it twice."),
    ),
    "quiet_hours": (
        "Quiet Hours",
        _lt("It is outside the hours in which this person may be texted."),
        _lt("Nothing to do: it goes out by itself when the hours begin."),
    ),
    "no_common_hour": (
        "No Allowed Hour",
        _lt("No hour is allowed in every place where this person may be."),
        _lt("Set the time zone or the address of the contact, then release it."),
    ),
    "cap": (
        "Enough for Now",
        _lt("This person got as many texts as allowed for now."),
        _lt("Nothing to do: it goes out by itself when the next one is allowed."),
    ),
    "approval": (
        "Needs Approval",
        _lt("A sending of this size needs a second pair of eyes."),
        _lt("Ask a manager to release it under Blocked and Held."),
    ),
    "user_limit": (
        "Daily Limit",
        _lt("Its author sent as many texts today as one person may."),
        _lt("Ask a manager to release it under Blocked and Held."),
    ),
    "inbound_pending": (
        "Reply Arriving",
        _lt("A reply from this number is being read first."),
        _lt("Nothing to do: it goes out right after."),
    ),
    "test_mode": (
        "Test Mode",
        _lt("The gateway is in test mode and this number is not on its list."),
        _lt("Add the number to the list, or end test mode to let it go out."),
    ),
    "sender_paused": (
        "Sender Paused",
        _lt("Its sender is paused for this country, and no other one may send it."),
        _lt(
            "Nothing to do: it goes out once the pause ends. Managers see why under "
            "SMS Hub, Configuration, Sender Pauses."
        ),
    ),
    "campaign_paused": (
        "Mailing Paused",
        _lt("Somebody paused the mailing."),
        _lt("It goes out once somebody resumes the mailing."),
    ),
    "spend_day": (
        "Budget of the Day",
        _lt("Your company spent as much on texts today as it wants to."),
        _lt(
            "It goes out tomorrow, if that is not too late for it, or once an "
            "administrator raises the limit."
        ),
    ),
    "spend_campaign": (
        "Budget of the Mailing",
        _lt("The mailing cost as much as it may."),
        _lt("It goes out once somebody raises the limit on the mailing."),
    ),
    "account": (
        "Account Problem",
        _lt("The platform refuses the account for now."),
        _lt(
            "Check key, credit and address on the gateway. It is tried again by itself."
        ),
    ),
    "expired": (
        "Too Late",
        _lt("It could not be sent in time, and late it would do more harm than good."),
        _lt("Send it again if it still matters."),
    ),
    "cancelled_by_user": (
        "Cancelled",
        _lt("Somebody cancelled it before it was sent."),
        _lt("Send it again if it still matters."),
    ),
    "cancelled_by_stop": (
        "Stopped by Recipient",
        _lt("The recipient answered STOP while it was waiting."),
        _lt("Nothing to do: the choice is respected."),
    ),
    "record_deleted": (
        "Record Deleted",
        _lt("What it was about was deleted while it was waiting."),
        _lt("Nothing to do."),
    ),
}

_SEE_SENDERS = _lt(
    "Ask an administrator to look at SMS Hub, Configuration, Senders, then send again."
)
#: what stood in the way of a sender → (what happened, what to do)
NO_SENDER_WORDS = {
    "none": (_lt("Your company has no sender that may be used."), _SEE_SENDERS),
    "purpose": (_lt("None of your senders is for this kind of text."), _SEE_SENDERS),
    "country": (_lt("None of your senders may be used in this country."), _SEE_SENDERS),
    "chosen": (
        _lt("The sender that was chosen may not be used for this text."),
        _lt("Choose another one. Send it again to leave the choice to SMS Hub."),
    ),
    "gone": (
        _lt("The sender that it waited for may not be used any more."),
        _SEE_SENDERS,
    ),
}

#: error class of the gateway → (label, what happened, what to do)
ERROR_WORDS = {
    "throttle": (
        "Too Fast",
        _lt("The platform asked to slow down."),
        _lt(
            "Nothing to do: it is sent again by itself. Check the rate if it persists."
        ),
    ),
    "gateway_down": (
        "Platform Unreachable",
        _lt("The platform could not be reached."),
        _lt("It was tried several times. Send it again once the platform answers."),
    ),
    "handset": (
        "Phone Unreachable",
        _lt("The phone was off, full or out of reach."),
        _lt("Try again later or call the person."),
    ),
    "network": (
        "Network Problem",
        _lt("The mobile network did not take the message."),
        _lt("Try again later."),
    ),
    "unknown_outcome": (
        "Answer Lost",
        _lt("The answer got lost: it may have been sent, or not."),
        _lt("Ask the person before you send it again. A late report settles it."),
    ),
    "number": (
        "Number Refused",
        _lt("The platform says that this number cannot be texted."),
        _lt("Correct the phone number on the contact."),
    ),
    "consent": (
        "Recipient Refuses",
        _lt("The operator blocked it: the recipient refuses such messages."),
        _lt("Do not send it again. Ask the person for consent another way."),
    ),
    "content": (
        "Text Refused",
        _lt("The platform or the operator refused the text."),
        _lt("Compare the text with its registered template, letter by letter."),
    ),
    "sender": (
        "Sender Refused",
        _lt("The sender may not be used for this message."),
        _lt("Check the sender's registration on the gateway."),
    ),
    "account": (
        "Account Problem",
        _lt("The platform refused the account."),
        _lt("Check key, credit and allowed addresses on the gateway."),
    ),
    "request": (
        "Not Understood",
        _lt("The platform did not understand the request."),
        _lt("Tell your administrator; the request keeps the platform's answer."),
    ),
    "policy": (
        "Not Allowed",
        _lt("The account may not send to this destination."),
        _lt("Ask the platform to open the destination for your account."),
    ),
}

REASON_SELECTION = [(code, words[0]) for code, words in REASON_WORDS.items()]
ERROR_SELECTION = [(code, words[0]) for code, words in ERROR_WORDS.items()]

#: Failure types that core knows already, and acts upon (repairing a phone number).
_CORE_FAILURE_TYPES = {
    "number_missing": "sms_number_missing",
    "number_invalid": "sms_number_format",
    "number_two": "sms_number_format",
    "number_no_country": "sms_number_format",
}


def failure_type(reason, error_class):
    """Return the failure type that core's rows show for a reason or an error class."""
    if reason:
        return _CORE_FAILURE_TYPES.get(reason, f"hub_{reason}")
    return f"hub_error_{error_class}" if error_class else "sms_not_delivered"


#: Added to core's notifications, traces and SMS, so that they can say the same.
FAILURE_TYPES = [
    *((f"hub_{code}", label) for code, label in REASON_SELECTION),
    *((f"hub_error_{code}", label) for code, label in ERROR_SELECTION),
]
