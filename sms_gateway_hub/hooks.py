"""What happens to waiting messages when the addon leaves."""


def uninstall_hook(env):
    """Leave core's queue telling the truth, so that nothing is sent a second time.

    Messages that were never handed over go back to core's queue; what waits for a
    person is cancelled; everything else gets its final state in core's rows.
    """
    messages = env["sms.hub.message"].sudo()
    env["sms.hub.mirror"]._mirror_everything()
    waiting = messages.search([("state", "=", "held")])
    waiting._move("cancel", reason="cancelled_by_user")
    env["sms.hub.mirror"]._mirror_everything()
