import {Message} from "@mail/core/common/message_model";
import {patch} from "@web/core/utils/patch";

/** A text from somebody nobody knows stands under its number, not under an address. */
patch(Message.prototype, {
    get authorName() {
        if (!this.author && this.hub_inbound_number) {
            return this.hub_inbound_number;
        }
        return super.authorName;
    },
});
