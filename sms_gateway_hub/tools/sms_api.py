"""The answer to core, which asks a company for its SMS API."""

from odoo.addons.sms.tools.sms_api import SmsApiBase


class SmsApiHub(SmsApiBase):
    """What those get that ask a company for its API: the ledger queues everything.

    Nothing is called over a network. What is in core's queue has been, or is now, taken
    over by the ledger; what never was there (some addons call the API without it) is
    asked for directly.
    """

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        """Queue the messages and report success; the ledger tells the rest."""
        texts = {
            number["uuid"]: (number["number"], message["content"])
            for message in messages
            for number in message["numbers"]
        }
        queued = self.env["sms.sms"].sudo().search([("uuid", "in", list(texts))])
        queued._hub_adopt_ours()
        self.env["sms.hub.message"]._enqueue(
            [
                {
                    "company": self.company,
                    "door": "queue",
                    "uuid": uuid,
                    "key": f"uuid:{uuid}",
                    "number": texts[uuid][0],
                    "body": texts[uuid][1],
                }
                for uuid in texts.keys() - set(queued.mapped("uuid"))
            ]
        )
        return [{"uuid": uuid, "state": "success"} for uuid in texts]
