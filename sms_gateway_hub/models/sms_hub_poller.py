import json
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..gateway.errors import GatewayError
from ..tools.dispatch import SLICE_SECONDS, DispatchSettings
from .sms_hub_gateway import POLL_SHARE

#: Seconds after an answer at which reports are asked for, with growing gaps; after the
#: last one the outcome stays as it is.
POLL_GAPS = (
    2,
    4,
    8,
    30,
    60,
    120,
    300,
    900,
    1800,
    3600,
    7200,
    14400,
    28800,
    43200,
    86400,
)
_PER_RUN = 200


class SmsHubPoller(models.AbstractModel):
    """Asks the platforms for the reports of requests that still lack a final state.

    The proven way to learn about delivery; pushes only make it faster. What comes back
    is stored as events, exactly as a push would be.
    """

    _name = "sms.hub.poller"
    _inherit = ["sms.hub.transaction"]
    _description = "Polling of SMS delivery reports"

    def _run(self):
        """The entry point of the cron: ask, apply, and wait a little for what is near.

        The first reports are due seconds after the answer, and people watch for them;
        a cron alone would look once a minute.
        """
        # also those that were deactivated: what they handed over is still on its way
        gateways = (
            self.env["sms.hub.request"]
            .sudo()
            ._read_group([("next_poll_at", "!=", False)], ["gateway_id"])
        )
        self.env["ir.cron"]._commit_progress()
        with ExitStack() as stack:
            polling = [
                stack.enter_context(settings)
                for settings in DispatchSettings.of(gateway for (gateway,) in gateways)
                if settings.client.capabilities.polls_reports
            ]
            polled = self._serve(polling, time.monotonic() + SLICE_SECONDS)
        self.env["ir.cron"]._commit_progress(polled)

    def _serve(self, polling, deadline):
        """Ask for what is due until nothing is due soon; count the reports."""
        polled = 0
        while True:
            found = sum(self._poll(settings) for settings in polling)
            if found:
                self.env["sms.hub.event"]._apply_all()
            polled += found
            wait = self._hub_run(lambda poller: poller._seconds_to_next(polling))
            if wait is None or time.monotonic() + wait > deadline:
                return polled
            time.sleep(max(wait, 0.2))

    def _seconds_to_next(self, polling):
        """Return the seconds until a request is due again; ``None`` without any."""
        if not polling:
            return None
        [(wait,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXTRACT(EPOCH FROM
                           MIN(next_poll_at) - clock_timestamp() AT TIME ZONE 'UTC')
                  FROM sms_hub_request
                 WHERE gateway_id IN %s AND next_poll_at IS NOT NULL
                """,
                tuple(settings.gateway_id for settings in polling),
            )
        )
        return None if wait is None else max(0.0, float(wait))

    def _poll(self, settings):
        """Ask for the due requests of one gateway, within its share of the rate."""
        due = self._hub_run(lambda poller: poller._claim_due(settings))
        if not due:
            return 0
        rate = settings.rate * POLL_SHARE
        first, step = self.env["sms.hub.account"]._reserve_slots(
            f"{settings.account_key}:poll", len(due), rate
        )
        asked = [
            settings.run(_ask, row, first + step * turn) for turn, row in enumerate(due)
        ]
        answers = [future.result() for future in asked]
        self._hub_run(lambda poller: poller._store(settings, answers))
        return sum(len(reports or ()) for _row, reports, _error in answers)

    def _claim_due(self, settings):
        """Take requests that are due, and push their next turn back at once."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, platform_ref, poll_count FROM sms_hub_request
                 WHERE gateway_id = %s AND next_poll_at IS NOT NULL
                   AND next_poll_at <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY next_poll_at LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                settings.gateway_id,
                _PER_RUN,
            )
        )
        rows = self._drop_finished(rows)
        for row in rows:
            self.env["sms.hub.request"].sudo().browse(row["id"]).write(
                {
                    "poll_count": row["poll_count"] + 1,
                    "next_poll_at": _next_poll(row["poll_count"] + 1),
                }
            )
        return rows

    def _drop_finished(self, rows):
        """Ask no more for requests all of whose messages are final."""
        ids = [row["id"] for row in rows]
        if not ids:
            return rows
        waiting = (
            self.env["sms.hub.message"]
            .sudo()
            ._read_group(
                [("request_id", "in", ids), ("state", "in", ("accepted", "unknown"))],
                ["request_id"],
            )
        )
        open_ids = {request.id for (request,) in waiting}
        finished = [one for one in ids if one not in open_ids]
        self.env["sms.hub.request"].sudo().browse(finished).write(
            {"next_poll_at": False}
        )
        return [row for row in rows if row["id"] in open_ids]

    def _store(self, settings, answers):
        """Turn reports into events; note errors on the request."""
        events = self.env["sms.hub.event"]
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        for row, reports, error in answers:
            request = self.env["sms.hub.request"].sudo().browse(row["id"])
            request.last_poll_error = error or False
            for report in reports or ():
                events._insert(
                    gateway,
                    report,
                    "poll",
                    raw=json.dumps({"status": report.raw_status}),
                )


def _next_poll(count):
    if count >= len(POLL_GAPS):
        return False
    return fields.Datetime.now() + timedelta(seconds=POLL_GAPS[count])


def _ask(client, row, delay):
    """Run in a thread: ask for one request's reports."""
    time.sleep(delay)
    try:
        reports = client.fetch_reports(row["platform_ref"], datetime.now(timezone.utc))
        return row, reports, None
    except GatewayError as error:
        return row, None, str(error)
