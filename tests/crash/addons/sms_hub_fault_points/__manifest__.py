{
    "name": "SMS Hub: fault points",
    "summary": "Ends or freezes a worker at a chosen point; only for tests",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["sms_gateway_hub"],
    "post_load": "post_load",
    "installable": True,
}
