"""The one list of reasons for which a message is held back or refused."""

from enum import Enum


class Reason(str, Enum):
    """Why a message was held, blocked or cancelled. Codes are stored; never rename."""

    #: nothing stands in the phone field
    NUMBER_MISSING = "number_missing"
    #: cannot be a phone number anywhere
    NUMBER_INVALID = "number_invalid"
    #: two numbers in one field
    NUMBER_TWO = "number_two"
    #: written without a country code, and no country is known
    NUMBER_NO_COUNTRY = "number_no_country"
    #: a landline, which cannot receive texts
    NUMBER_LANDLINE = "number_landline"
    #: premium, shared cost, satellite, international freephone and the like
    NUMBER_SPECIAL = "number_special"
    #: a country that the company does not text
    DESTINATION = "destination"
    #: there is no text to send
    TEXT_EMPTY = "text_empty"
    #: texts to the number failed for good, because of the number
    UNREACHABLE = "unreachable"
    #: the text needs more parts than the gateway sends
    TEXT_TOO_LONG = "text_too_long"
    #: the text could not be made from its template
    TEXT_NOT_RENDERED = "text_not_rendered"
    #: the number is on the phone blacklist (a STOP, or by hand)
    SUPPRESSED = "suppressed"
    #: the recipient left this mailing's list
    OPTED_OUT = "opted_out"
    #: the recipient refused this kind of message, but not every message
    SCOPE_REFUSED = "scope_refused"
    #: nobody recorded that the recipient wants such messages
    NO_CONSENT = "no_consent"
    #: consent was asked for and not confirmed yet
    CONSENT_PENDING = "consent_pending"
    #: consent was not used for too long
    CONSENT_EXPIRED = "consent_expired"
    #: consent without the proof that the destination demands
    CONSENT_UNPROVEN = "consent_unproven"
    #: none of the company's senders may carry this message to this country
    NO_SENDER = "no_sender"
    #: the same recipient occurs twice in one mailing
    DUPLICATE = "duplicate"
    #: the same text went to the same number a short while ago
    REPEATED = "repeated"
    #: outside of the hours in which the recipient may be texted
    QUIET_HOURS = "quiet_hours"
    #: no hour is allowed in every place where the recipient may be
    NO_COMMON_HOUR = "no_common_hour"
    #: the recipient got as many texts as allowed for now
    CAP = "cap"
    #: more recipients than one person may text without a second pair of eyes
    APPROVAL = "approval"
    #: its author sent as many texts today as one person may
    USER_LIMIT = "user_limit"
    #: a reply from this number is being read right now
    INBOUND_PENDING = "inbound_pending"
    #: the gateway is in test mode and the number is not on its list
    TEST_MODE = "test_mode"
    #: its sender rests for this country, and no other one can send it
    SENDER_PAUSED = "sender_paused"
    #: somebody paused the mailing
    CAMPAIGN_PAUSED = "campaign_paused"
    #: the company spent as much today as it wants to
    SPEND_DAY = "spend_day"
    #: the mailing cost as much as it may
    SPEND_CAMPAIGN = "spend_campaign"
    #: the platform refuses the whole account for now (credit, key, address)
    ACCOUNT = "account"
    #: it would have gone out after its expiry
    EXPIRED = "expired"
    #: a person cancelled it
    CANCELLED_BY_USER = "cancelled_by_user"
    #: the recipient answered STOP while it waited
    CANCELLED_BY_STOP = "cancelled_by_stop"
    #: the record or the SMS it belonged to was deleted while it waited
    RECORD_DELETED = "record_deleted"


#: What a manager may lift for one message, with a reason. Never a refusal by the
#: recipient, a number that cannot be texted, or test mode.
RELEASABLE = frozenset(
    (
        Reason.REPEATED,
        Reason.QUIET_HOURS,
        Reason.NO_COMMON_HOUR,
        Reason.CAP,
        Reason.APPROVAL,
        Reason.USER_LIMIT,
    )
)
