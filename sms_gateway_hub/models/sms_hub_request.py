from odoo import api, fields, models


class SmsHubRequest(models.Model):
    """One HTTP request to a platform, and the messages it carried.

    The platform takes sender, route and encoding per request and reports by request, so
    polling and the redacted answer live here.
    """

    _name = "sms.hub.request"
    _description = "SMS request"
    _order = "id desc"
    _rec_name = "started_at"

    # found by the index of the last ones, which begins with it
    gateway_id = fields.Many2one(
        "sms.hub.gateway", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    platform_ref = fields.Char(
        "Platform Reference", readonly=True, index="btree_not_null"
    )
    message_ids = fields.One2many("sms.hub.message", "request_id", readonly=True)
    message_count = fields.Integer("Messages", readonly=True)
    started_at = fields.Datetime("Sent On", readonly=True)
    ended_at = fields.Datetime("Answered On", readonly=True)
    duration = fields.Float("Answer Time (s)", readonly=True, digits=(12, 3))
    http_status = fields.Integer("HTTP Status", readonly=True)
    answer = fields.Text(readonly=True)
    next_poll_at = fields.Datetime(readonly=True)
    poll_count = fields.Integer("Times Asked", default=0, required=True, readonly=True)
    last_poll_error = fields.Char(readonly=True)

    _last_idx = models.Index("(gateway_id, started_at)")
    _to_poll_idx = models.Index("(next_poll_at) WHERE next_poll_at IS NOT NULL")

    # for the removal: each settled row is in one of them
    _answer_idx = models.Index(
        "(company_id, started_at, id) WHERE answer IS NOT NULL AND next_poll_at IS NULL"
    )
    _answerless_idx = models.Index(
        "(company_id, started_at, id) WHERE answer IS NULL AND next_poll_at IS NULL"
    )

    @api.depends("started_at", "gateway_id")
    def _compute_display_name(self):
        for request in self:
            started = fields.Datetime.context_timestamp(request, request.started_at)
            request.display_name = (
                f"{request.gateway_id.name}, {started:%Y-%m-%d %H:%M}"
            )
