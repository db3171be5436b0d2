"""Secrets at rest: encrypted in the database, the key kept outside of it.

The key comes from, in this order: the environment (``SMS_HUB_SECRET_KEY``), the
configuration file (``sms_hub_secret_key``), a generated file in Odoo's data folder.
Several keys separated by commas may be given: the first encrypts, all decrypt. So a key
is changed by putting the new one in front, encrypting again what is stored
(:func:`renew`), and taking the old one away.
"""

import os
import re
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import LazyTranslate, config

# at import there is no environment yet: these are translated when they are shown
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

ENVIRONMENT = "SMS_HUB_SECRET_KEY"
OPTION = "sms_hub_secret_key"
KEY_FILE = "sms_hub_secret.key"


class VaultError(Exception):
    """The key is missing, malformed, or not the one a secret was encrypted with.

    :param sentence: what happened and what to do, for ``env._`` to translate
    """

    def __init__(self, sentence):
        super().__init__(type(self).__doc__.partition("\n")[0])
        self.sentence = sentence


def key_source() -> str:
    """Tell where the key comes from: ``environment``, ``configuration`` or ``file``."""
    if os.environ.get(ENVIRONMENT):
        return "environment"
    if config.get(OPTION):
        return "configuration"
    return "file"


def encrypt(secret: str) -> str:
    """Return the token that stands for the secret in the database.

    :raise VaultError: when there is no usable key
    """
    return MultiFernet(_keys()).encrypt(secret.encode()).decode()


def decrypt(token: str | None) -> str:
    """Return the secret, or an empty text where nothing is stored.

    :raise VaultError: when the key at hand cannot open it
    """
    if not token:
        return ""
    try:
        return _opened(_keys(), token)
    except InvalidToken as error:
        raise VaultError(
            _lt(
                "The key at hand does not open this secret: it was encrypted with "
                "another one. Restore that key, or enter the secret again."
            )
        ) from error


def is_current(token: str | None) -> bool:
    """Tell whether the first key opens the token, so that older ones may go.

    :raise VaultError: when there is no usable key
    """
    try:
        return not token or bool(_keys()[0].decrypt(token.encode()))
    except InvalidToken:
        return False


def renew(token: str | None) -> str | None:
    """Return the token encrypted with the first key.

    :raise VaultError: when the key at hand cannot open it
    """
    return encrypt(decrypt(token)) if token else token


def _keys() -> tuple[Fernet, ...]:
    raw = os.environ.get(ENVIRONMENT) or config.get(OPTION) or _key_from_file()
    try:
        return _fernets(raw)
    except ValueError as error:
        sentence = _lt(
            "The secret key (from the %s) is malformed: it must be 32 bytes in "
            "URL-safe base64, or several of them separated by commas.",
            key_source(),
        )
        raise VaultError(sentence) from error


@lru_cache(maxsize=4)
def _fernets(raw: str) -> tuple[Fernet, ...]:
    """Return the ciphers of keys.

    :raise ValueError: when one of them is malformed
    """
    return tuple(Fernet(key) for key in re.split(r"[,\s]+", raw.strip()))


@lru_cache(maxsize=64)
def _opened(ciphers: tuple[Fernet, ...], token: str) -> str:
    """Return a secret; every webhook call needs its gateway's.

    :raise InvalidToken: when none of the ciphers opens it
    """
    return MultiFernet(ciphers).decrypt(token.encode()).decode()


def _key_from_file() -> str:
    """Read the generated key, making it on first use (readable by its owner only)."""
    path = Path(config["data_dir"]) / KEY_FILE
    try:
        with suppress(FileNotFoundError):
            return path.read_text()
        _make_key_file(path)
        return path.read_text()
    except OSError as error:
        sentence = _lt(
            "The secret key in %s cannot be read or made. Give Odoo access to it, or "
            "set the key in the environment or in the configuration file.",
            path,
        )
        raise VaultError(sentence) from error


def _make_key_file(path: Path) -> None:
    """Make the key file, whole from its first moment and once for all workers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # a draft of its own for every thread, and mode 0600
    handle, draft = tempfile.mkstemp(prefix=KEY_FILE, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        # where another worker was faster, its key holds
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
