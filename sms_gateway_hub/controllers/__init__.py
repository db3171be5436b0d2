from ..tools.access_log import hide_secrets
from . import choices, webhook

hide_secrets()
