from odoo import models

_XMLID = "sms_gateway_hub.%s"


class SmsHubHealth(models.AbstractModel):
    """The lists behind the tiles and the alarms, opened with the right filter."""

    _inherit = "sms.hub.health"

    def _open_list(self, xmlid, domain=None, context=None):
        """Return the action of a list, narrowed to what a tile or alarm is about."""
        action = self.env["ir.actions.act_window"]._for_xml_id(_XMLID % xmlid)
        action.update(domain=domain or [], context=context or {})
        # a stored path would open the whole list after a reload
        action.pop("path", None)
        return action

    def _open_record(self, record):
        """Return the action of one record's form."""
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def _open_waiting(self, gateway):
        domain = [("gateway_id", "=", gateway.id), ("state", "in", ("queued", "held"))]
        context = {"hub_why": True, "hub_waiting": True}
        return self._open_list("sms_hub_message_action_waiting", domain, context)

    def _open_unknown(self, companies):
        domain = [("company_id", "in", companies.ids), ("state", "=", "unknown")]
        return self._open_list(
            "sms_hub_message_action_failed", domain, {"hub_why": True}
        )

    def _open_events(self, domain):
        """Return the list of events, for those who may open it."""
        if not self.env["sms.hub.event"].has_access("read"):
            return False
        return self._open_list("sms_hub_event_action", domain)

    def _open_gateway(self, gateway):
        """Return the gateway's form, for those who can do something there."""
        if not self.env["sms.hub.gateway"].has_access("write"):
            return False
        return self._open_record(gateway)

    def _open_alarms(self, domain):
        return self._open_list(
            "sms_hub_alarm_action", domain, {"search_default_lasting": 1}
        )

    def _action_of_alarm(self, alarm):
        """Return what an alarm is about, as far as the reader may open it."""
        company = alarm.company_id
        kind, gateway = alarm.kind, alarm.gateway_id
        if kind == "unknown":
            return self._open_unknown(company)
        if kind == "dead_letters":
            domain = [("company_id", "=", company.id), ("state", "=", "dead")]
            return self._open_events(domain) or self._open_alarms([])
        if kind == "consent_findings":
            domain = [("company_id", "=", company.id)]
            return self._open_list("sms_hub_consent_check_action", domain)
        if kind == "spend_cap":
            domain = [("company_id", "=", company.id), ("state", "=", "held")]
            domain.append(("reason", "in", ("spend_day", "spend_campaign")))
            return self._open_list("sms_hub_message_action_waiting", domain)
        if alarm.sender_id:
            return self._open_record(alarm.sender_id)
        if gateway:
            return self._open_record(gateway)
        return self._open_list(
            "sms_hub_message_action", [("company_id", "=", company.id)]
        )
