{
    "name": "SMS Gateway Hub: tests",
    "summary": "A toy provider and records of other apps, for tests only",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["sms_gateway_hub"],
    "data": [
        "security/ir.model.access.csv",
        "security/test_sms_hub_rules.xml",
        "views/sms_hub_gateway_views.xml",
    ],
    "installable": True,
}
