import logging
from collections import defaultdict
from datetime import timedelta

from odoo import fields, models

from ..policy.sender_health import Limits, Pattern, Tally, length_of_pause, pattern_of
from .sms_hub_sender_health import SETTLED

_logger = logging.getLogger(__name__)

_CRON = "sms_gateway_hub.ir_cron_sender_health"
#: Classes of errors that may be the beginning of a pattern.
SUSPICIOUS = ("sender", "content")
#: Refusals so close together are looked at together.
_PACE = timedelta(seconds=5)


class SmsHubSenderWatch(models.AbstractModel):
    """Once a minute, and soon after refusals: how senders fare, and who has to rest.

    The cron counts what became of the latest texts, judges the trials that are out,
    pauses senders whose texts do not get through, and begins the next trials.
    """

    _name = "sms.hub.sender.watch"
    _inherit = ["sms.hub.transaction"]
    _description = "Watch over SMS senders"

    def _run(self):
        """The entry point of the cron."""
        # first what ends: nothing from before the end counts for the next pause
        self._hub_run(lambda watch: watch._end_by_hand())
        self._hub_run(lambda watch: watch.env["sms.hub.sender.pause"]._judge())
        if self._hub_run(lambda watch: watch.env["sms.hub.sender.health"]._refresh()):
            self._hub_run(lambda watch: watch._pause_patterns())
        self._hub_run(
            lambda watch: watch.env["mailing.mailing"]._hub_stop_refused().ids
        )
        if self.env["sms.hub.sender.pause"]._start_probes():
            self.env["sms.hub.dispatcher"]._wake()
        self.env["ir.cron"]._commit_progress()

    def _wake(self):
        """Look soon after the current transaction, unless somebody just did.

        What is refused within the pace of a look is seen by the next one, a minute
        later at most: until then every such text finds another sender by itself.
        """
        cron = self.env.ref(_CRON).sudo()
        if not cron.lastcall or fields.Datetime.now() - cron.lastcall >= _PACE:
            self.env["sms.hub.dispatcher"]._trigger_once(_CRON)

    # === PATTERNS === #

    def _pause_patterns(self):
        """Pause senders in countries that do not let their texts through.

        :return: how many pauses began
        """
        pauses = self.env["sms.hub.sender.pause"]
        resting, count = {}, 0
        for (sender, country), tally in self._tallies().items():
            company = sender.company_id
            if company not in resting:
                resting[company] = pauses._open(company)
            if sender.id in resting[company].senders_for(country.code):
                continue
            if pattern := pattern_of(tally, self._limits(company)):
                self._pause(sender, country, pattern, tally)
                count += 1
        return count

    def _tallies(self):
        """Return ``{(sender, country): Tally}`` of the last hour or since a pause."""
        counts = defaultdict(lambda: defaultdict(int))
        for one in (
            self.env["sms.hub.sender.health"]
            .sudo()
            .search([("country_id", "!=", False), ("fresh_count", ">", 0)])
        ):
            counts[one.sender_id, one.country_id][one.outcome] = one.fresh_count
        return {
            key: Tally(
                settled=sum(found[outcome] for outcome in SETTLED),
                filtered=found["filtered"],
                unregistered=found["sender"],
            )
            for key, found in counts.items()
        }

    def _limits(self, company):
        return Limits(share=company.hub_filter_share, least=company.hub_filter_least)

    def _pause(self, sender, country, pattern, tally):
        refused = (
            tally.unregistered if pattern is Pattern.UNREGISTERED else tally.filtered
        )
        self.env["sms.hub.sender.pause"]._begin(
            sender,
            country,
            pattern.value,
            until=fields.Datetime.now() + length_of_pause(0),
            settled_count=tally.settled,
            refused_count=refused,
        )
        _logger.warning(
            "Sender %s rests in %s: %s of %s texts were refused (%s).",
            sender.id,
            country.code,
            refused,
            tally.settled,
            pattern.value,
        )

    def _end_by_hand(self):
        """End pauses whose end a person named."""
        over = (
            self.env["sms.hub.sender.pause"]
            .sudo()
            .search(
                [
                    ("state", "!=", "over"),
                    ("kind", "=", "manual"),
                    ("until", "<=", fields.Datetime.now()),
                ]
            )
        )
        if over:
            over._end()
