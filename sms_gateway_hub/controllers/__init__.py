from ..tools.access_log import hide_secrets
from . import choices, health, opt_out, webhook

hide_secrets()
