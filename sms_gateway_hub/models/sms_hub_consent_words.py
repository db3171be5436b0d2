"""The words of consent, each list in one place."""

ACTIONS = [
    ("granted", "Agreed"),
    ("refused", "Refused"),
    ("requested", "Asked"),
    ("expired", "Expired"),
    ("released", "Refusal Lifted"),
]

SOURCES = [
    ("form", "Form"),
    ("import", "Import"),
    ("keyword", "Reply by Text"),
    ("verbal", "Spoken"),
    ("api", "Other System"),
    ("contract", "Contract"),
    ("customer", "Existing Customer"),
    ("page", "Opt-out Page"),
    ("agent", "Told Our Staff"),
    ("provider", "Mobile Operator"),
    ("blacklist", "Phone Blacklist"),
    ("mailing_list", "Mailing List"),
    ("system", "Automatic"),
]

PURPOSES = [("marketing", "Marketing"), ("transactional", "Transactional")]

#: The states of a number, in the words of the contact's form.
VALUES = [
    ("granted", "Agreed"),
    ("unproven", "Agreed, Unproven"),
    ("pending", "Asked"),
    ("none", "Not Asked"),
    ("expired", "Expired"),
    ("refused", "Refused"),
]
