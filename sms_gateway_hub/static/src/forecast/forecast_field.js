import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const LOOKS = {
    now: {icon: "fa-check-circle", color: "success"},
    later: {icon: "fa-clock-o", color: "warning"},
    not: {icon: "fa-ban", color: "danger"},
};

/** Says before sending who will get a text now, later, and not, with links to them. */
export class ForecastField extends Component {
    static template = "sms_gateway_hub.ForecastField";
    static props = {...standardFieldProps, open: {type: Boolean, optional: true}};

    setup() {
        this.action = useService("action");
        this.state = useState({open: this.props.open});
    }

    get forecast() {
        return this.props.record.data[this.props.name];
    }

    get counts() {
        const {now, later, not} = this.forecast;
        const texts = {
            now: _t("%s now", now),
            later: _t("%s later", later),
            not: _t("%s not", not),
        };
        return Object.entries(texts).map(([kind, text]) => ({
            kind,
            text,
            color: this.forecast[kind] ? `text-bg-${LOOKS[kind].color}` : "text-muted",
        }));
    }

    get title() {
        return _t("%s recipients", this.forecast.total);
    }

    get estimate() {
        return _t("Estimated from the first %s recipients.", this.forecast.checked);
    }

    /** A long selection takes seconds: it is looked at when somebody asks. */
    checkMany() {
        this.state.open = true;
        return this.props.record.update({hub_check_many: true});
    }

    look(group) {
        return LOOKS[group.kind];
    }

    openSenders() {
        this.action.doAction("sms_gateway_hub.sms_hub_sender_action", {
            newWindow: true,
        });
    }

    /** The text in the composer stays as it is: records open in a tab of their own. */
    openRecords(group, ids) {
        const single = ids.length === 1;
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: group.label,
                res_model: group.model,
                res_id: single ? ids[0] : false,
                views: single
                    ? [[false, "form"]]
                    : [
                          [false, "list"],
                          [false, "form"],
                      ],
                domain: [["id", "in", ids]],
                context: {active_test: false},
            },
            {newWindow: true}
        );
    }
}

registry.category("fields").add("sms_hub_forecast", {
    component: ForecastField,
    supportedTypes: ["json"],
    extractProps: ({options}) => ({open: Boolean(options.open)}),
});
