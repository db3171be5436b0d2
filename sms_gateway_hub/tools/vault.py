"""Secrets at rest: encrypted in the database, the key kept outside of it.

The key comes from, in this order: the environment (``SMS_HUB_SECRET_KEY``), the
configuration file (``sms_hub_secret_key``), a generated file in Odoo's data folder.
Several keys separated by commas may be given: the first encrypts, all decrypt, so a key
is changed by putting the new one in front.
"""

import os
import re
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

ENVIRONMENT = "SMS_HUB_SECRET_KEY"
OPTION = "sms_hub_secret_key"
KEY_FILE = "sms_hub_secret.key"


class VaultError(Exception):
    """The key is missing, malformed, or not the one a secret was encrypted with."""


def key_source() -> str:
    """Tell where the key comes from: ``environment``, ``configuration`` or ``file``."""
    if os.environ.get(ENVIRONMENT):
        return "environment"
    if config.get(OPTION):
        return "configuration"
    return "file"


def encrypt(secret: str) -> str:
    """Return the token that stands for the secret in the database."""
    return _fernet().encrypt(secret.encode()).decode()


def decrypt(token: str | None) -> str:
    """Return the secret, or an empty text where nothing is stored.

    :raise VaultError: when the key at hand cannot open it
    """
    if not token:
        return ""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise VaultError("The key at hand does not open this secret.") from error


def _fernet() -> MultiFernet:
    raw = os.environ.get(ENVIRONMENT) or config.get(OPTION) or _key_from_file()
    try:
        return MultiFernet([Fernet(key) for key in re.split(r"[,\s]+", raw.strip())])
    except ValueError as error:
        raise VaultError(
            f"{ENVIRONMENT} is not a Fernet key: 32 bytes, URL-safe base64."
        ) from error


def _key_from_file() -> str:
    """Read the generated key, making it on first use (readable by its owner only)."""
    path = Path(config["data_dir"]) / KEY_FILE
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(Fernet.generate_key())
    try:
        os.link(draft, path)  # atomic: never a half-written key
    except FileExistsError:
        pass  # another worker was faster; its key holds
    finally:
        draft.unlink()
    return path.read_text()
