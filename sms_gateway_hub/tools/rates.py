"""Which rates a request counts against: those of its account and of its sender.

Each rate is two calendars: one for everybody, and a small one that is kept for what is
urgent. What is urgent takes whichever lets it leave first.
"""

from ..policy import shares


def rates_of(key, rate, urgent):
    """Return the calendars that a request may use at one rate.

    :param rate: units per second; 0 for no limit
    :return: ``(key, units per second)`` of each; ``None`` stands for no limit
    """
    if rate <= 0:
        return [None]
    bulk, kept = shares(rate)
    own = [(f"{key}:urgent", kept)] if urgent and kept else []
    return [*own, (key, bulk)]


def sender_key(sender_id):
    """Name the calendar of a sender."""
    return f"sender:{sender_id}"


def account_ways(key, rate, urgent):
    """Return the ways in which a request of no particular sender may leave.

    :param key: of the account
    :param rate: requests per second; 0 for no limit
    """
    found = rates_of(key, rate, urgent)
    return [((*one, 1),) if one else () for one in found]


def ways(settings, batch):
    """Return the ways in which a batch may leave, as the account books them.

    It is one request for the account, and so many parts of texts for its sender.
    """
    row = batch.rows[0]
    urgent = row["lane"] == "urgent"
    senders = rates_of(sender_key(row["sender_id"]), row["sender_rate"], urgent)
    return [
        (*way, (*one, batch.segments)) if one else way
        for way in account_ways(settings.account_key, settings.rate, urgent)
        for one in senders
    ]


def room_of(rooms, key, rate, urgent):
    """Return how many units may still be booked at a rate; ``None`` for any number.

    :param rooms: units by key, as the account tells them
    """
    found = rates_of(key, rate, urgent)
    return None if found == [None] else sum(rooms[one] for one, _rate in found)
