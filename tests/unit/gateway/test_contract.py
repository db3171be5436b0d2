"""The shipped providers keep the contract of all providers."""

from pathlib import Path
from unittest import TestCase

from gateway.contract import ClientContract, GatewayClientContract
from gateway.providers.sandbox import SandboxClient
from gateway.providers.smsgatewayhub import SmsGatewayHubClient

FIXTURES = Path(__file__).parent / "fixtures"


class TestSmsGatewayHubContract(GatewayClientContract, TestCase):
    """The platform's client, by its recorded answers."""

    client_class = SmsGatewayHubClient
    fixtures = FIXTURES / "smsgatewayhub"


class TestSandboxContract(ClientContract, TestCase):
    """The client without a network."""

    client_class = SandboxClient
