{
    "name": "SMS Hub: simulator",
    "summary": "Lets Odoo's own connector call the simulator; only for tests",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["base"],
    "post_load": "post_load",
    "installable": True,
}
