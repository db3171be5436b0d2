import {registry} from "@web/core/registry";

/** Shows a reply at once to whoever has its record open. */
export const liveRepliesService = {
    dependencies: ["bus_service", "mail.store"],
    start(env, {bus_service: bus, "mail.store": store}) {
        bus.subscribe("sms_gateway_hub.reply", ({model, id}) => {
            store.Thread.get({model, id})?.fetchNewMessages();
        });
    },
};

registry.category("services").add("sms_gateway_hub.live_replies", liveRepliesService);
