{
    "name": "SMS Gateway Hub: job queue",
    "summary": "Texts leave through the job queue of the OCA, on any number of hosts",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "SMS Gateway Hub contributors",
    "license": "LGPL-3",
    "depends": ["sms_gateway_hub", "queue_job"],
    "data": [
        "data/queue_job_channels.xml",
        "data/sms_hub_crons.xml",
        "views/res_config_settings_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
