from . import base_partner_merge, mailing_sms_test, sms_composer, sms_composer_way_out
