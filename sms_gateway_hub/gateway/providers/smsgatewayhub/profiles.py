"""Hosts that run the platform's software, as data: what differs is spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from types import MappingProxyType

#: The clock of the platform's dates, which name no zone. India knows no summer time.
INDIA = timezone(timedelta(hours=5, minutes=30))

#: Our purposes in the official spelling of the platform's channels.
_OFFICIAL_CHANNELS = MappingProxyType(
    {
        "marketing": "1",
        "transactional": "2",
        "notice": "2",
        "test": "2",
        "otp": "OTP",
    }
)
#: The same as words, which the sibling hosts are seen with.
_WORD_CHANNELS = MappingProxyType(
    {
        "marketing": "Promo",
        "transactional": "Trans",
        "notice": "Trans",
        "test": "Trans",
        "otp": "OTP",
    }
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One host.

    :param base_url: empty when the account has to name it.
    :param channels: our purpose to the platform's channel.
    :param entity_field: how the registered business is called in a form.
    :param template_field: how the registered template is called in a form.
    :param entity_key: the same for the business in a JSON request.
    :param template_key: the same for the template in a JSON request.
    :param international_channel: for numbers of other countries; empty when the host
        has no such channel.
    """

    label: str
    base_url: str
    channels: Mapping[str, str]
    entity_field: str = "EntityId"
    template_field: str = "dlttemplateid"
    entity_key: str = "EntityId"
    template_key: str = "DLTTemplateId"
    international_channel: str = "INT"


DEFAULT = "smsgatewayhub"

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        DEFAULT: Profile(
            label="SMS Gateway Hub",
            base_url="https://www.smsgatewayhub.com",
            channels=_OFFICIAL_CHANNELS,
        ),
        "smsindiahub": Profile(
            label="SMSIndiaHub",
            base_url="https://cloud.smsindiahub.in",
            entity_field="PEId",
            template_field="DLTTemplateId",
            entity_key="PEId",
            channels=_WORD_CHANNELS,
            international_channel="",
        ),
        "smsc": Profile(
            label="SMSC",
            base_url="https://push.smsc.co.in",
            channels=_WORD_CHANNELS,
            international_channel="",
        ),
        "pertinax": Profile(
            label="Pertinax",
            base_url="https://pertinaxsolution.com",
            channels=_WORD_CHANNELS,
            international_channel="",
        ),
        "generic": Profile(
            label="Another host with the same interface",
            base_url="",
            entity_field="PEID",
            template_field="DLTTemplateId",
            entity_key="PEID",
            channels=_WORD_CHANNELS,
            international_channel="",
        ),
    }
)


def profile_of(code: str) -> Profile:
    """Return a profile by its code; an unknown one is read as the default."""
    return PROFILES.get(code, PROFILES[DEFAULT])
