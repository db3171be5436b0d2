"""SMS Gateway Hub (smsgatewayhub.com) and the hosts that run the same software."""

from .client import SmsGatewayHubClient

__all__ = ["SmsGatewayHubClient"]
