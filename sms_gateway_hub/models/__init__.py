from . import sms_hub_transaction  # isort: skip  (mixins first)
from . import sms_hub_history_mixin, sms_hub_reach_mixin  # isort: skip
from . import sms_hub_consent_kept  # isort: skip
from . import sms_hub_consent_guard  # isort: skip
from . import sms_hub_consent_mixin  # isort: skip
from . import sms_hub_rule_mixin  # isort: skip
from . import sms_hub_law_mixin  # isort: skip
from . import sms_hub_same_number_mixin  # isort: skip
from . import sms_hub_company_rules  # isort: skip
from . import (
    crm_lead,
    ir_actions_server,
    ir_cron,
    ir_http,
    mail_message,
    mail_message_schedule,
    mail_notification,
    mail_render_mixin,
    mail_thread,
    mail_thread_inbound,
    mailing_mailing,
    mailing_mailing_way_out,
    mailing_subscription,
    mailing_trace,
    phone_blacklist,
    res_company,
    res_company_operations,
    res_company_senders,
    res_config_settings,
    res_config_settings_operations,
    res_partner,
    sms_hub_account,
    sms_hub_alarm,
    sms_hub_balance,
    sms_hub_cap,
    sms_hub_choice,
    sms_hub_choice_link,
    sms_hub_choice_page,
    sms_hub_consent,
    sms_hub_consent_chain,
    sms_hub_consent_check,
    sms_hub_consent_event,
    sms_hub_consent_finding,
    sms_hub_consent_key,
    sms_hub_consent_reader,
    sms_hub_consent_seal,
    sms_hub_consent_witness,
    sms_hub_dispatcher,
    sms_hub_event,
    sms_hub_fallback,
    sms_hub_forecast,
    sms_hub_gate,
    sms_hub_gateway,
    sms_hub_health,
    sms_hub_holiday,
    sms_hub_hours,
    sms_hub_housekeeping,
    sms_hub_inbound,
    sms_hub_inbound_target,
    sms_hub_key,
    sms_hub_language,
    sms_hub_message,
    sms_hub_metrics,
    sms_hub_mirror,
    sms_hub_number_lock,
    sms_hub_number_mark,
    sms_hub_phone_repair,
    sms_hub_poller,
    sms_hub_price,
    sms_hub_refusal,
    sms_hub_request,
    sms_hub_reroute,
    sms_hub_retention,
    sms_hub_router,
    sms_hub_scope,
    sms_hub_sender,
    sms_hub_sender_health,
    sms_hub_sender_pause,
    sms_hub_sender_watch,
    sms_hub_webhook,
    sms_hub_writeback,
    sms_sms,
    sms_sms_queue,
    sms_template,
    sms_tracker,
)

from . import (  # isort: skip  (extend the gateway)
    sms_hub_gateway_company,
    sms_hub_gateway_connection,
    sms_hub_gateway_operations,
    sms_hub_gateway_secrets,
    sms_hub_gateway_sender,
    sms_hub_gateway_smsgatewayhub,
    sms_hub_gateway_webhook,
)
from . import sms_hub_choice_answers  # isort: skip  (extends the choices)
from . import sms_hub_consent_record  # isort: skip  (extends the consent)
from . import sms_hub_consent_effects  # isort: skip  (extends that)
from . import sms_hub_consent_expiry  # isort: skip  (extends the consent)
from . import sms_hub_consent_evidence  # isort: skip  (extends the chain)
from . import sms_hub_consent_examine  # isort: skip  (extends the chain)
from . import sms_hub_consent_seal_examine  # isort: skip  (extends the seal)
from . import (  # isort: skip  (extend the gate)
    sms_hub_gate_facts,
    sms_hub_gate_places,
    sms_hub_gate_use,
)
from . import (  # isort: skip  (senders that rest)
    sms_hub_sender_pause_alarm,
    sms_hub_sender_pause_probe,
    sms_hub_sender_state,
    sms_hub_router_pauses,
)
from . import sms_hub_claim  # isort: skip  (extends the dispatcher)
from . import mailing_mailing_approval  # isort: skip  (extends the mailing)
from . import mailing_mailing_pause  # isort: skip  (extends that)
from . import mailing_mailing_refusals  # isort: skip  (pauses them)
from . import mailing_mailing_sender  # isort: skip  (extends that)
from . import sms_hub_forecast_sender  # isort: skip  (extends the forecast)
from . import sms_hub_event_apply  # isort: skip  (extends the event)
from . import sms_hub_event_dismiss  # isort: skip  (extends the event)
from . import sms_hub_event_report  # isort: skip  (extends the event)
from . import sms_hub_event_unread  # isort: skip  (extends the event)
from . import sms_hub_hours_schedule  # isort: skip  (extends the hours)
from . import sms_hub_phone_doctor  # isort: skip  (extends the repair)
from . import (  # isort: skip  (extend the message)
    sms_hub_message_access,
    sms_hub_left_lists,
    sms_hub_message_again,
    sms_hub_message_enqueue,
    sms_hub_message_evidence,
    sms_hub_message_insert,
    sms_hub_message_fallback,
    sms_hub_message_forecast,
    sms_hub_message_limits,
    sms_hub_message_moves,
    sms_hub_message_operator,
    sms_hub_message_mark,
    sms_hub_message_release,
    sms_hub_message_sender,
    sms_hub_message_text_hash,
    sms_hub_message_timeline,
    sms_hub_message_retention,
    sms_hub_message_unread,
    sms_hub_message_way_out,
)
from . import sms_hub_message_resolve  # isort: skip  (extends the timeline)
from . import (  # isort: skip  (extend the alarm)
    sms_hub_alarm_notice,
    sms_hub_alarm_watch,
)
from . import (  # isort: skip  (extend the health)
    sms_hub_health_actions,
    sms_hub_health_page,
    sms_hub_health_tiles,
)
from . import sms_hub_spend  # isort: skip  (extends the message)
from . import sms_hub_spend_limits  # isort: skip  (extends that)
from . import sms_hub_forecast_cost  # isort: skip  (extends the forecast)
