"""What is known about a recipient's will."""

from enum import Enum


class Consent(str, Enum):
    """State of consent of a number for a kind of message. Stored; never rename."""

    #: nothing was ever recorded
    NONE = "none"
    #: asked for, not confirmed yet
    PENDING = "pending"
    #: agreed, with a proof
    GRANTED = "granted"
    #: agreed, as somebody says, without a proof
    UNPROVEN = "unproven"
    #: agreed once, and not used for too long
    EXPIRED = "expired"
    #: does not want it
    REFUSED = "refused"
