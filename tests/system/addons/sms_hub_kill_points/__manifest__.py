{
    "name": "SMS Hub: kill points",
    "summary": "Ends the worker at a chosen point; for tests of recovery only",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["sms_gateway_hub"],
    "post_load": "post_load",
    "installable": True,
}
