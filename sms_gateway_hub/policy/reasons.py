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
    #: there is no text to send
    TEXT_EMPTY = "text_empty"
    #: the text needs more parts than the gateway sends
    TEXT_TOO_LONG = "text_too_long"
    #: the text could not be made from its template
    TEXT_NOT_RENDERED = "text_not_rendered"
    #: the number is on the phone blacklist (a STOP, or by hand)
    SUPPRESSED = "suppressed"
    #: the recipient left this mailing's list
    OPTED_OUT = "opted_out"
    #: the same recipient occurs twice in one mailing
    DUPLICATE = "duplicate"
    #: a reply from this number is being read right now
    INBOUND_PENDING = "inbound_pending"
    #: the gateway is in test mode and the number is not on its list
    TEST_MODE = "test_mode"
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
