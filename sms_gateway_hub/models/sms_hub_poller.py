import logging
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..gateway.errors import GatewayError
from ..tools.dispatch import (
    AHEAD_SECONDS,
    ASKING,
    SLICE_SECONDS,
    DispatchSettings,
    at_once,
    wait_for,
)
from ..tools.rates import account_ways
from .sms_hub_gateway import POLL_SHARE

_logger = logging.getLogger(__name__)

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
_CRON = "sms_gateway_hub.ir_cron_poll"
#: Requests that are looked at together; those that are finished cost no call.
_LOOK_AT = 200
#: How often a run that waits for the next turn looks whether it is in the way, in s.
_LOOK_SECONDS = 0.3


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
            self._serve(polling, time.monotonic() + SLICE_SECONDS)
            # those of a campaign go on behind the other jobs, not in a minute
            if self._hub_run(lambda poller: poller._seconds_to_next(polling)) == 0:
                self.env["sms.hub.dispatcher"]._trigger_once(_CRON)

    def _serve(self, polling, deadline):
        """Ask for what is due, and apply it, until nothing is due soon."""
        while not self._make_room():
            if sum(self._poll(settings) for settings in polling):
                self.env["sms.hub.event"]._apply_all()
            wait = self._hub_run(lambda poller: poller._seconds_to_next(polling))
            if wait is None or time.monotonic() + wait > deadline:
                break
            time.sleep(min(max(wait, 0.2), _LOOK_SECONDS))

    def _make_room(self):
        """Tell whether texts wait for this worker, and go on behind them if so.

        Meanwhile those who send them ask too.
        """
        dispatcher = self.env["sms.hub.dispatcher"]
        is_waited_for = dispatcher._waits_for_worker()
        if is_waited_for:
            dispatcher._trigger_once(_CRON)
        return is_waited_for

    def _seconds_to_next(self, polling):
        """Return the seconds until a request is due again; ``None`` without any."""
        if not polling:
            return None
        return self._seconds_until(
            SQL(
                """
                SELECT MIN(next_poll_at) FROM sms_hub_request
                 WHERE gateway_id IN %s AND next_poll_at IS NOT NULL
                """,
                tuple(settings.gateway_id for settings in polling),
            )
        )

    def _poll(self, settings):
        """Ask for due requests of one gateway: as many as it takes a moment to ask."""
        return self._finish(settings, self._begin(settings))

    def _ask_beside(self, settings, asked):
        """Ask about a few requests while texts are being sent; wait for nobody.

        :param asked: what this returned the last time
        :return: what is being asked
        """
        if not settings.client.capabilities.polls_reports:
            return []
        if not all(future.done() for future in asked):
            return asked
        self._finish_beside(settings, asked)
        return self._begin(settings, ASKING)

    def _finish_beside(self, settings, asked):
        """Store what was asked for beside texts, and let others apply it."""
        if self._finish(settings, asked):
            self.env["sms.hub.event"]._wake()

    def _begin(self, settings, most=_LOOK_AT):
        """Start to ask for due requests, each on a thread; return the futures."""
        due = self._hub_run(lambda poller: poller._claim_due(settings, most))
        slots = self._reserve_slots(settings, len(due))
        return [
            settings.run(_ask, row, slot) for row, slot in zip(due, slots, strict=True)
        ]

    def _finish(self, settings, asked):
        """Store what was asked for; return how many reports came."""
        if not asked:
            return 0
        answers = [future.result() for future in asked]
        self._hub_run(lambda poller: poller._store(settings, answers))
        return sum(len(reports or ()) for _row, reports, _error in answers)

    def _room(self, settings):
        """Return how many may be asked for now, each by a thread of its own.

        Nothing of this job, or of the jobs behind it, goes on until they answered.
        """
        if settings.rate <= 0:
            return settings.parallel
        share = settings.rate * POLL_SHARE
        ahead = self.env["sms.hub.account"]._seconds_ahead(_share_key(settings))
        return min(settings.parallel, int(max(0, AHEAD_SECONDS - ahead) * share) + 1)

    def _reserve_slots(self, settings, count):
        """Reserve calls of the account, and of the share of them that asks.

        :return: the :class:`Slot` of each call
        """
        if settings.rate <= 0:
            return [at_once() for _turn in range(count)]
        share = (_share_key(settings), settings.rate * POLL_SHARE, 1)
        ways = [
            (*way, share)
            for way in account_ways(settings.account_key, settings.rate, urgent=False)
        ]
        return self.env["sms.hub.account"]._book([ways] * count)

    def _claim_due(self, settings, most=_LOOK_AT):
        """Take requests that are due, and push their next turn back at once.

        Nobody asks any more for those all of whose messages are final.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, platform_ref, poll_count, EXISTS (
                           SELECT 1 FROM sms_hub_message AS m
                            WHERE m.request_id = request.id
                              AND m.state IN ('accepted', 'unknown')) AS is_open
                  FROM sms_hub_request AS request
                 WHERE gateway_id = %s AND next_poll_at IS NOT NULL
                   AND next_poll_at <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY next_poll_at LIMIT %s FOR UPDATE OF request SKIP LOCKED
                """,
                settings.gateway_id,
                _LOOK_AT,
            )
        )
        requests = self.env["sms.hub.request"].sudo()
        finished = [row["id"] for row in rows if not row["is_open"]]
        requests.browse(finished).write({"next_poll_at": False})
        due = [row for row in rows if row["is_open"]]
        due = due[: min(most, self._room(settings))]
        for row in due:
            count = row["poll_count"] + 1
            requests.browse(row["id"]).write(
                {"poll_count": count, "next_poll_at": _next_poll(count)}
            )
        return due

    def _store(self, settings, answers):
        """Turn reports into events; note errors on the request."""
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        found = []
        for row, reports, error in answers:
            request = self.env["sms.hub.request"].sudo().browse(row["id"])
            request.last_poll_error = error or False
            if reports is None and not error:
                # nobody asked: it is this one's turn again
                request.poll_count = row["poll_count"]
                request.next_poll_at = fields.Datetime.now()
            found += reports or ()
        if found:
            # in one order: two who store the same ones must not wait for each other
            found.sort(key=lambda report: report.message_id or "")
            self.env["sms.hub.event"]._insert_all(gateway, found, "poll")


def _share_key(settings):
    return f"{settings.account_key}:poll"


def _next_poll(count):
    if count >= len(POLL_GAPS):
        return False
    return fields.Datetime.now() + timedelta(seconds=POLL_GAPS[count])


def _ask(client, row, slot):
    """Run in a thread: ask for one request's reports, unless the moment is over."""
    if not wait_for(slot):
        return row, None, None
    try:
        reports = client.fetch_reports(row["platform_ref"], datetime.now(timezone.utc))
        return row, reports, None
    except GatewayError as error:
        return row, None, str(error)
    except Exception:
        # a provider's own bug must not cost the others their reports
        _logger.exception("A provider failed at asking for reports.")
        return row, None, "The answer could not be read: an error on our side."
