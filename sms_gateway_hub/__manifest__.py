{
    "name": "SMS Gateway Hub",
    "summary": "Two-way SMS for CRM: one ledger, one gate, nothing lost, nothing sent twice",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["crm_sms", "mass_mailing_crm_sms", "base_automation"],
    "external_dependencies": {"python": ["cryptography", "phonenumbers", "requests"]},
    "data": [],
    "demo": [],
    "application": True,
    "installable": True,
}
