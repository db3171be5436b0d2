"""Which base URLs a gateway may have."""

import socket

import pytest
from gateway import addresses
from gateway.addresses import check_base_url, is_public
from gateway.errors import ConfigurationError


@pytest.fixture
def resolves_to(monkeypatch):
    """Let every name stand for the given addresses."""

    def setup(*found):
        def getaddrinfo(host, port, **_options):
            if not found:
                raise socket.gaierror("unknown")
            return [(0, 0, 0, "", (address, port)) for address in found]

        monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)

    return setup


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_public_address(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "2002:7f00:1::",
        "2001:0:1234::1",
        "fd00:ec2::254",
    ],
)
def test_address_that_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "url", ["https://gateway.example", "https://gateway.example:8443/base/"]
)
def test_public_https_is_accepted(resolves_to, url):
    resolves_to("93.184.216.34")
    assert check_base_url(url) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "https://"),
        ("gateway.example", "https://"),
        ("ftp://gateway.example", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://", "https://"),
        ("https://[::1", "cannot be read"),
        ("https://two words.example", "cannot be read"),
        ("https://gateway.example:99999", "cannot be read"),
        ("https://me:secret@gateway.example", "login"),
        ("https://gateway.example/?key=1", "question mark"),
        ("https://gateway.example/#x", "hash sign"),
        ("http://gateway.example", "read the key"),
    ],
)
def test_wrong_url_is_refused_with_advice(resolves_to, url, words):
    resolves_to("93.184.216.34")
    with pytest.raises(ConfigurationError, match=words):
        check_base_url(url)


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"]])
def test_name_that_leads_inside_is_refused(resolves_to, found):
    resolves_to(*found)
    with pytest.raises(ConfigurationError, match="private network"):
        check_base_url("https://gateway.example")


def test_unknown_name_is_refused(resolves_to):
    resolves_to()
    with pytest.raises(ConfigurationError, match="not found"):
        check_base_url("https://gateway.example")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://127.0.0.1:8000"])
def test_private_host_needs_its_own_permission(url):
    assert check_base_url(url, allow_private=True) is None
    with pytest.raises(ConfigurationError):
        check_base_url(url)


def test_permission_does_not_open_the_internet_to_plain_http(resolves_to):
    resolves_to("93.184.216.34")
    with pytest.raises(ConfigurationError, match="read the key"):
        check_base_url("http://gateway.example", allow_private=True)
