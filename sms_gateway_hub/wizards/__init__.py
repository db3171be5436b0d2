from . import (
    base_partner_merge,
    mailing_sms_test,
    sms_composer,
    sms_composer_forecast,
    sms_composer_recipients,
    sms_composer_way_out,
    sms_hub_consent_entry,
    sms_hub_consent_export,
    sms_hub_mailing_check,
    sms_hub_release,
    sms_hub_rules,
    sms_hub_try,
)
