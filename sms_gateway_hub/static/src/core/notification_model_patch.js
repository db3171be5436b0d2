import {Notification} from "@mail/core/common/notification_model";
import {patch} from "@web/core/utils/patch";

/** The popover of a text that failed says why in words, instead of "Exception". */
patch(Notification.prototype, {
    get failureMessage() {
        if (this.failure_reason && this.failure_type?.startsWith("hub_")) {
            return this.failure_reason;
        }
        return super.failureMessage;
    },
});
