from . import sms_hub_gateway, test_sms_hub_box, test_sms_hub_ticket
