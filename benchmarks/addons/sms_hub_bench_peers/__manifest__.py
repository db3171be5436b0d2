{
    "name": "SMS Hub: peers of the benchmarks",
    "summary": "Lets Odoo's own connectors call the simulator; only for benchmarks",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["base"],
    "post_load": "post_load",
    "installable": True,
}
