-- a copy of the database must reach nobody
UPDATE sms_hub_gateway
   SET state = 'draft',
       api_key_encrypted = NULL,
       api_key_hint = NULL,
       api_key_set_at = NULL,
       webhook_token_hash = NULL,
       webhook_token_encrypted = NULL,
       webhook_secret_encrypted = NULL,
       webhook_old_secret_encrypted = NULL,
       webhook_secret_set_at = NULL;

-- what waited is no longer asked for, so its keys are free
DELETE FROM sms_hub_key
 WHERE message_id IN (
       SELECT id
         FROM sms_hub_message
        WHERE state IN ('queued', 'held')
);

UPDATE sms_hub_message
   SET state = 'cancelled',
       reason = 'cancelled_by_user',
       closed_at = clock_timestamp() AT TIME ZONE 'UTC',
       mirror_pending = TRUE
 WHERE state IN ('queued', 'held');

-- the original may have handed these over
UPDATE sms_hub_message
   SET state = 'unknown', lease_until = NULL, mirror_pending = TRUE
 WHERE state = 'claimed';

UPDATE sms_hub_request
   SET next_poll_at = NULL;

-- core would send these itself once no gateway takes them
UPDATE sms_sms
   SET state = 'canceled'
 WHERE hub_managed AND state IN ('outgoing', 'process');

-- seals of a copy must not pass for ours
UPDATE sms_hub_consent_key
   SET private_key_encrypted = NULL;

-- monitoring reads the original, and whoever reads a copy needs a token of its own
UPDATE res_company
   SET hub_metrics_hash = NULL, hub_metrics_set_at = NULL;
