"""Every way in which Odoo sends an SMS, what it is for, and who takes it over.

A test walks through the installed source and fails when a method makes SMS records and
is not listed here, or is listed and not overridden.
"""

from typing import NamedTuple


class Door(NamedTuple):
    """One way to send.

    :param label: what people read in the *Origin* column
    :param purpose: the default; ``None`` where the caller has to name it
    :param methods: ``(model, method)`` of core's methods that send this way; each is
        overridden to lead into the ledger
    """

    label: str
    purpose: str | None
    methods: tuple[tuple[str, str], ...]


DOORS = {
    "chatter": Door(
        "Record", "transactional", (("mail.thread", "_notify_thread_by_sms"),)
    ),
    "scheduled": Door(
        "Scheduled", "transactional", (("mail.thread", "_notify_thread"),)
    ),
    "reminder": Door(
        "Reminder",
        "transactional",
        (
            ("mail.thread", "_message_sms_with_template"),
            ("mail.thread", "_message_sms_schedule_mass"),
        ),
    ),
    "numbers": Door(
        "Free Numbers",
        "transactional",
        (("sms.composer", "_action_send_sms_numbers"),),
    ),
    "mass": Door(
        "List Selection",
        "marketing",
        (
            ("sms.composer", "_prepare_mass_sms_values"),
            ("sms.composer", "_prepare_mass_sms"),
        ),
    ),
    "mailing": Door("Mailing", "marketing", (("mailing.mailing", "action_send_sms"),)),
    "mailing_test": Door(
        "Mailing Test", "test", (("mailing.sms.test", "action_send_sms"),)
    ),
    "automation": Door(
        "Automation", None, (("ir.actions.server", "_run_action_sms_multi"),)
    ),
    "queue": Door(
        "Odoo's Queue",
        "transactional",
        (("sms.sms", "create"),),
    ),
    "confirmation": Door("Confirmation of STOP", "notice", ()),
    "question": Door("Question for Consent", "transactional", ()),
    "inbound": Door("Customer", None, ()),
}

DOOR_SELECTION = [(code, door.label) for code, door in DOORS.items()]
