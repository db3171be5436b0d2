"""What ``./hub`` runs: everything a developer needs around the addons.

Only the standard library may be imported here at module level, because these
modules build the Python environment that third-party packages live in.
"""
