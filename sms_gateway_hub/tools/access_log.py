"""Keep secrets that are part of an address out of the server's access log."""

import logging
import re

#: Addresses that open something for whoever knows them; what follows is the secret.
_SECRET = re.compile(r"(/sms/choices/|/sms_hub/)[^\s/?#\"]+")


class _WithoutSecrets(logging.Filter):
    """Blanks the secret part of the addresses in the lines of the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without secrets."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_blanked, record.args))
        record.msg = _blanked(record.msg)
        return True


def hide_secrets() -> None:
    """Have the server leave them out of every line that it logs about a request."""
    logging.getLogger("werkzeug").addFilter(_WithoutSecrets())


def _blanked(value: object) -> object:
    return _SECRET.sub(r"\1...", value) if isinstance(value, str) else value
