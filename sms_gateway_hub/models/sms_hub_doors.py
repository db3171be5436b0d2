"""Every way in which Odoo sends an SMS, what it is for by default, and who takes it over.

A test walks through the installed source and fails when a method makes SMS records and
is not listed here.
"""

from typing import NamedTuple


class Door(NamedTuple):
    """One way to send.

    :param label: what people read in the *Origin* column
    :param purpose: the default; ``None`` where the caller has to name it
    :param core: ``(model, method)`` of core that sends
    :param ours: ``(model, method)`` of the override that leads it into the ledger
    """

    label: str
    purpose: str | None
    core: tuple
    ours: tuple


_CREATE = ("sms.sms", "create")

DOORS = {
    "chatter": Door(
        "Record",
        "transactional",
        ("mail.thread", "_notify_thread_by_sms"),
        ("mail.thread", "_notify_thread_by_sms"),
    ),
    "scheduled": Door(
        "Scheduled",
        "transactional",
        ("mail.thread", "_notify_thread"),
        ("mail.thread", "_notify_thread"),
    ),
    "numbers": Door(
        "Free Numbers",
        "transactional",
        ("sms.composer", "_action_send_sms_numbers"),
        ("sms.composer", "_action_send_sms_numbers"),
    ),
    "mass": Door(
        "List Selection",
        "marketing",
        ("sms.composer", "_prepare_mass_sms"),
        ("sms.composer", "_prepare_mass_sms_values"),
    ),
    "mailing": Door(
        "Mailing",
        "marketing",
        ("mailing.mailing", "action_send_sms"),
        ("mailing.mailing", "action_send_sms"),
    ),
    "mailing_test": Door(
        "Mailing Test",
        "test",
        ("mailing.sms.test", "action_send_sms"),
        ("mailing.sms.test", "action_send_sms"),
    ),
    "automation": Door(
        "Automation",
        None,
        ("ir.actions.server", "_run_action_sms_multi"),
        ("ir.actions.server", "_run_action_sms_multi"),
    ),
    "queue": Door("Odoo's Queue", "transactional", _CREATE, _CREATE),
    "inbound": Door("Customer", None, (), ("sms.hub.inbound", "_receive")),
}

DOOR_SELECTION = [(code, door.label) for code, door in DOORS.items()]
