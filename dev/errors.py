"""The one exception a person is meant to see."""


class Refusal(Exception):
    """Something outside this program is missing or in the way.

    The message is one or two plain sentences: what is wrong, what to do. The command
    line prints it without a traceback and exits with status 2.
    """
