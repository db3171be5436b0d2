from . import (
    test_core_weaknesses,
    test_door_automation,
    test_door_mailing,
    test_door_record,
    test_door_scheduled,
    test_door_selection,
    test_enqueue,
    test_enqueue_concurrency,
    test_events_reports,
    test_events_waking,
    test_webhook,
    test_webhook_access,
)
