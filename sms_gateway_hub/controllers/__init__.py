from ..tools.access_log import hide_secrets
from . import choices, opt_out, webhook

hide_secrets()
