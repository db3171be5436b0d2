"""What doors say of a text on its way through core's code, and who may say it."""

from .sms_hub_vocabulary import PURPOSES

#: Purposes that people may name. The others free a text of rules, and belong to code
#: that asks the ledger itself.
CHOICES = [choice for choice in PURPOSES if choice[0] in ("transactional", "marketing")]
_ALLOWED = {"hub_purpose": [purpose for purpose, _label in CHOICES]}


class Terms(dict):
    """Terms that code of ours put into the context, under ``hub_terms``.

    A class of its own, because a caller from outside brings a context too: what comes
    that way is never one of these.
    """

    @classmethod
    def of(cls, env):
        """Return the terms in the context; none, if they are not of our making."""
        terms = env.context.get("hub_terms")
        return terms if isinstance(terms, cls) else cls()


def preview(env):
    """Tell whether this is only about what would be sent."""
    return bool(Terms.of(env).get("hub_preview"))


def sayable(terms):
    """Return those of the terms that anybody may name who may post a text."""
    return {name: value for name, value in terms.items() if _may_say(name, value)}


def _may_say(name, value):
    if name == "hub_sender_id":
        # whose it is, and whether it may be used, is looked up where it is used
        return type(value) is int
    return name not in _ALLOWED or value in _ALLOWED[name]
