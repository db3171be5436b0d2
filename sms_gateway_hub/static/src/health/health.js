import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

/** Milliseconds between two looks; a page that nobody sees does not ask. */
const REFRESH = 15000;

const STYLES = {
    good: {text: "text-success", icon: "fa-check-circle"},
    look: {text: "text-warning", icon: "fa-eye"},
    act: {text: "text-danger", icon: "fa-exclamation-circle"},
};

/** One question and its answer; a click opens the list behind it. */
export class HealthTile extends Component {
    static template = "sms_gateway_hub.HealthTile";
    static props = {tile: Object, open: Function};

    get style() {
        return STYLES[this.props.tile.level];
    }
}

/** How the hub does, in tiles that refresh by themselves. */
export class HealthPage extends Component {
    static template = "sms_gateway_hub.HealthPage";
    static components = {HealthTile, Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({page: null, stale: false});
        this.display = {controlPanel: {}};
        onWillStart(() => this.load());
        this.timer = setInterval(() => this.refresh(), REFRESH);
        onWillUnmount(() => clearInterval(this.timer));
    }

    get style() {
        return STYLES[this.state.page.level];
    }

    async load() {
        this.state.page = await this.orm.call("sms.hub.health", "get_page", []);
        this.state.stale = false;
    }

    async refresh() {
        if (document.visibilityState !== "visible") {
            return;
        }
        try {
            const silent = this.orm.silent;
            this.state.page = await silent.call("sms.hub.health", "get_page", []);
            this.state.stale = false;
        } catch {
            // The figures on the screen are old: say so, and look again next time
            this.state.stale = true;
        }
    }

    open(action) {
        return this.action.doAction(action);
    }
}

registry.category("actions").add("sms_hub_health", HealthPage);
