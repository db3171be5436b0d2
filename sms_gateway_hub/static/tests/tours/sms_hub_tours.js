import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A salesperson texts the customer of the lead that is open. */
tours.add("sms_hub_send_from_lead", {
    steps: () => [
        {
            content: "Open the actions of the lead",
            trigger: ".o_form_view .o_cp_action_menus button",
            run: "click",
        },
        {
            content: "Choose Send SMS",
            trigger: ".o-dropdown--menu .o_menu_item:contains(Send SMS)",
            run: "click",
        },
        {
            content: "The composer says who is texted and from which sender",
            trigger: ".modal .o_field_widget[name=hub_sender]:contains(SANDBOX)",
        },
        {
            content: "It says that the text goes out at once, as things stand",
            trigger:
                ".modal .o_sms_hub_forecast:contains(gets it right away):contains(The answer at the moment of sending counts)",
        },
        {
            content: "Write the text",
            trigger: ".modal .o_field_widget[name=body]:visible textarea",
            run: "edit Is Thursday at ten fine for you?",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send_sms]:enabled:visible",
            run: "click",
        },
        {
            content: "The chatter has it: ask how it stands",
            trigger:
                ".o-mail-Message:contains(Thursday at ten) .o-mail-Message-notification",
            run: "click",
        },
        {
            content: "It is queued",
            trigger: ".o-mail-MessageNotificationPopover [title=Queued]",
        },
    ],
});

/** The same person comes back, sees the report and the answer, and reads the ledger. */
tours.add("sms_hub_result_on_lead", {
    steps: () => [
        {
            content: "The customer's answer is there, marked as a text",
            trigger:
                ".o-mail-Message:contains(Eleven would be better) .o_sms_hub_inbound",
        },
        {
            content: "Ask how our own text stands",
            trigger:
                ".o-mail-Message:contains(Thursday at ten) .o-mail-Message-notification",
            run: "click",
        },
        {
            content: "It was delivered",
            trigger: ".o-mail-MessageNotificationPopover [title=Delivered]",
        },
        {
            content: "Open the SMS of the lead",
            trigger: "button[name=action_hub_history]:contains(2)",
            run: "click",
        },
        {
            content: "The ledger has the answer",
            trigger: ".o_list_view .o_data_row:contains(Eleven):contains(Received)",
        },
        {
            content: "Open our own text",
            trigger:
                ".o_list_view .o_data_row:contains(Delivered) td[name=body]:contains(Thursday)",
            run: "click",
        },
        {
            content: "Its history ends with the delivery",
            trigger: ".o_sms_hub_timeline li:last:contains(Delivered)",
        },
        {
            content: "It leads back to the lead",
            trigger: "button[name=action_open_record]",
            run: "click",
        },
        {
            content: "The lead is open again",
            trigger: ".o_form_view button[name=action_hub_history]",
        },
    ],
});

/** A salesperson looks at a text that failed. */
tours.add("sms_hub_failure_on_lead", {
    steps: () => [
        {
            content: "The text is red: ask why",
            trigger: ".o-mail-Message .o-mail-Message-notification.text-danger",
            run: "click",
        },
        {
            content: "The popover says it in words",
            trigger:
                ".o-mail-MessageNotificationPopover:contains(The phone was off, full or out of reach.)",
        },
    ],
});

/** An administrator tries the connection of a gateway. */
tours.add("sms_hub_test_connection", {
    steps: () => [
        {
            content: "Test the connection",
            trigger: ".o_form_view button[name=action_test_connection]",
            run: "click",
        },
        {
            content: "It says what the platform answered",
            trigger: ".o_notification:contains(Balance)",
        },
        {
            content: "The balance stays on the form",
            trigger: ".o_form_view .o_field_widget[name=balance]:contains(1000)",
        },
    ],
});

/** A salesperson texts numbers that belong to no record. */
tours.add("sms_hub_new_text", {
    steps: () => [
        {
            content: "Start a new text",
            trigger:
                ".o_menu_sections [data-menu-xmlid='sms_gateway_hub.sms_composer_menu_new_text']",
            run: "click",
        },
        {
            content: "Type two numbers",
            trigger: ".modal .o_field_widget[name=numbers] input",
            run: "edit +33612345678, +33612345679",
        },
        {
            content: "Write the text",
            trigger: ".modal .o_field_widget[name=body]:visible textarea",
            run: "edit We are closed on Friday.",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send_sms]:enabled:visible",
            run: "click",
        },
        {
            content: "It is said that the text is on its way",
            trigger: ".o_notification:contains(Your text is queued)",
        },
        {
            content: "The composer is closed",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

/** A salesperson looks at who of a selection will get a text, before sending it. */
tours.add("sms_hub_forecast_of_selection", {
    steps: () => [
        {
            content: "Show the pipeline as a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "Select all leads",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Text them",
            trigger:
                ".o_control_panel button:contains(SMS), .o_list_view button:contains(SMS)",
            run: "click",
        },
        {
            content: "The composer counts them in short",
            trigger:
                ".modal .o_sms_hub_forecast_counts:contains(3 recipients):contains(1 now):contains(2 not)",
            run: "click",
        },
        {
            content: "Each group says why and what to do",
            trigger:
                ".modal .o_sms_hub_forecast li:contains(Landline):contains(Enter a mobile number)",
        },
        {
            content: "Each group names its records",
            trigger:
                ".modal .o_sms_hub_forecast li a:contains(Forecast without number)",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send_sms]:enabled:visible",
            run: "click",
        },
        {
            content: "The composer asks for a text first",
            trigger: ".modal .o_field_widget[name=body].o_field_invalid:visible",
        },
        {
            content: "Write the text",
            trigger: ".modal .o_field_widget[name=body]:visible textarea",
            run: "edit Open house this Saturday.",
        },
        {
            content: "The forecast stays open while the text is written",
            trigger: ".modal .o_sms_hub_forecast li:contains(Right away)",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send_sms]:enabled:visible",
            run: "click",
        },
        {
            content: "The composer is closed",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

/** A manager releases a text that waits for the allowed hours. */
tours.add("sms_hub_release", {
    steps: () => [
        {
            content: "Open what waits for the hours",
            trigger: ".o_group_header:contains(Quiet Hours)",
            run: "click",
        },
        {
            content: "It says why and what to do",
            trigger: ".o_data_row:contains(outside the hours):contains(by itself)",
        },
        {
            content: "Select it",
            trigger: ".o_data_row .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Release it",
            trigger: "button[name=action_release]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit The customer asked for it",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button[name=action_release]",
            run: "click",
        },
        {
            content: "It is said how many texts that were",
            trigger: ".o_notification:contains(Texts released: 1)",
        },
    ],
});
