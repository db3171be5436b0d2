"""Put one text for each reason into the demo, for the picture of what is held back.

Run by ``./hub screenshots`` in Odoo's shell.
"""

from odoo.addons.sms_gateway_hub.tests.reasons_common import make_rows

shell = env  # noqa: F821 (Odoo's shell defines it)
gateway = shell["sms.hub.gateway"]._for_company(shell.company)
rows = make_rows(shell["sms.hub.message"].sudo(), gateway, shell.user)
quiet = rows.filtered(lambda row: row.reason == "quiet_hours")
quiet.not_before = "2030-01-07 08:00:00"
shell.cr.commit()
print(f"{len(rows)} texts, one for each reason")
