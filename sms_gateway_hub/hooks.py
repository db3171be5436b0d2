"""What happens to waiting messages when the addon leaves."""

from odoo import fields
from odoo.tools import SQL

from .models.sms_hub_consent_guard import GUARD


def uninstall_hook(env):
    """Leave core's queue telling the truth, so that nothing is lost or sent twice.

    What was never handed over and is due goes out through core's own queue. What waits
    for a person or for an hour is cancelled, as core's queue knows neither; a scheduled
    post keeps its hour at core. What may be out shows as sent.
    """
    messages = env["sms.hub.message"].sudo()
    now = fields.Datetime.now()
    waiting = [("direction", "=", "out"), ("state", "in", ("queued", "held"))]
    messages.search([*waiting, ("expires_at", "<", now)])._move(
        "expire", reason="expired"
    )
    messages.search(
        [*waiting, "|", ("state", "=", "held"), ("not_before", ">", now)]
    )._move("cancel", reason="cancelled_by_user")
    messages.search([("state", "=", "claimed")])._move("lose", lease_until=None)
    env["sms.hub.mirror"]._mirror_everything()
    # with its triggers, so that the tables can go
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(GUARD)))
