"""Ed25519 signatures, as hexadecimal texts."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


def new_pair() -> tuple[str, str]:
    """Return a new private key and the public key that belongs to it."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes_raw().hex(),
        private.public_key().public_bytes_raw().hex(),
    )


def public_of(private: str) -> str:
    """Return the public key that belongs to a private one.

    :raise ValueError: when it is no private key
    """
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))
    return key.public_key().public_bytes_raw().hex()


def sign(private: str, text: str) -> str:
    """Return the signature of a text."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))
    return key.sign(text.encode()).hex()


def is_signed(public: str, signature: str, text: str) -> bool:
    """Tell whether the owner of the public key signed the text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
