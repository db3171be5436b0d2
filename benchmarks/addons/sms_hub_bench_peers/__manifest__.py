{
    "name": "SMS Hub: peers of the benchmarks",
    "summary": "The least that a webhook can do; only for benchmarks",
    "version": "19.0.1.0.0",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["base"],
    "installable": True,
}
