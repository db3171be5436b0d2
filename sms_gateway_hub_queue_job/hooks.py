"""What happens to the work of the job runner when the addon leaves."""


def uninstall_hook(env):
    """Let the scheduled actions do again what the job runner did."""
    env["sms.hub.runner"]._give_back()
