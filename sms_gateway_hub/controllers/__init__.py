from . import choices, webhook
