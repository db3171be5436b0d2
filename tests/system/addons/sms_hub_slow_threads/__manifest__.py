{
    "name": "SMS Hub: slow threads",
    "summary": "Lets the threads that send wake up late; only for tests",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["sms_gateway_hub"],
    "post_load": "post_load",
    "installable": True,
}
