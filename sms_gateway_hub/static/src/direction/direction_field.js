import {registry} from "@web/core/registry";
import {
    SelectionField,
    selectionField,
} from "@web/views/fields/selection/selection_field";

/** Shows as an arrow whether a text was sent or received; the word is its tooltip. */
export class DirectionField extends SelectionField {
    static template = "sms_gateway_hub.DirectionField";

    get isIncoming() {
        return this.props.record.data[this.props.name] === "in";
    }
}

registry.category("fields").add("sms_hub_direction", {
    ...selectionField,
    component: DirectionField,
    listViewWidth: 28,
});
