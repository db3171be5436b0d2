from . import (
    ir_cron,
    res_config_settings,
    sms_hub_dispatcher,
    sms_hub_health,
    sms_hub_runner,
)
