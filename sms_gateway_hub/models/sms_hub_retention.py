import time
from datetime import datetime
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL, formatLang

_BATCH = 1000
#: Seconds after which a run makes room for other jobs; Odoo kills long ones.
_RUN_SECONDS = 10.0
_CRON = "sms_gateway_hub.ir_cron_retention"
#: The states of messages whose fate is known, or as good as known after so long.
SETTLED = (
    *("accepted", "delivered", "failed", "expired"),
    *("blocked", "cancelled", "received"),
)
#: Beyond this many nobody waits for an exact number.
_COUNT_AT_MOST = 100_000
#: Before all rows, in the order in which they are looked at.
_START = ("-infinity", 0)


class Kind(NamedTuple):
    """A table whose rows grow old.

    :param moment: the column that tells how old a row is
    :param texts: the columns with what people wrote, which are emptied first
    :param settled: which rows, called ``old``, may be touched at all
    :param kept: which of these keep their details whatever their age
    :param stamp: the column that notes when the texts went
    """

    table: str
    moment: str
    texts: tuple
    settled: SQL
    kept: SQL = SQL("FALSE")
    stamp: str = ""


class Step(NamedTuple):
    """What a run does to one table of one company."""

    kind: Kind
    company_id: int
    limit: datetime
    #: whether only the texts go, or the whole rows
    only_texts: bool


_KINDS = (
    # waiting texts and those of unknown fate stay, and so do the proofs of consent
    Kind(
        "sms_hub_message",
        "create_date",
        ("body",),
        SQL(
            """
            old.state IN %s AND NOT EXISTS (
                SELECT 1 FROM sms_hub_consent_event AS proof
                 WHERE proof.message_uuid = old.uuid)
            """,
            SETTLED,
        ),
        stamp="text_removed_at",
    ),
    # those that wait for their message, or for a person, stay
    Kind(
        "sms_hub_event",
        "received_at",
        ("text", "raw"),
        SQL("old.state IN ('applied', 'ignored')"),
    ),
    Kind(
        "sms_hub_request",
        "started_at",
        ("answer",),
        SQL("old.next_poll_at IS NULL"),
        kept=SQL(
            "EXISTS (SELECT 1 FROM sms_hub_message AS m WHERE m.request_id = old.id)"
        ),
    ),
)


class SmsHubRetention(models.AbstractModel):
    """Removes what is older than a company keeps it: first texts, then whole rows.

    In small transactions over rows that nobody else works on, so that the senders never
    wait for it. A run that is broken off has lost nothing; the next one goes on.
    """

    _name = "sms.hub.retention"
    _inherit = ["sms.hub.transaction"]
    _description = "Removal of old SMS"

    # === RUN === #

    def _run(self):
        """The entry point of the cron, once a day and until nothing old is left."""
        deadline = time.monotonic() + _RUN_SECONDS
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        companies = companies.search(
            ["|", ("hub_text_days", ">", 0), ("hub_metadata_months", ">", 0)]
        )
        steps = [step for one in companies for step in self._steps(one)]
        cron._commit_progress()
        for step in steps:
            after = _START
            while after:
                count, after = self._hub_run(
                    lambda keeper, *args: keeper._remove(*args), step, after
                )
                cron._commit_progress(count)
                # what has nothing old does not use up the turn of what has
                if count and time.monotonic() > deadline:
                    self.env["sms.hub.dispatcher"]._trigger_once(_CRON)
                    cron._commit_progress()
                    return

    def _steps(self, company):
        """Return what a run has to do for a company, texts before rows."""
        texts, rows = self._limits(
            company, company.hub_text_days, company.hub_metadata_months
        )
        return [
            *(Step(kind, company.id, texts, True) for kind in _KINDS if texts),
            *(Step(kind, company.id, rows, False) for kind in _KINDS if rows),
        ]

    def _limits(self, company, text_days, metadata_months):
        """Return before which moments texts and rows go; ``None`` for never.

        A text is never kept longer than its row. A row is kept for as long as consent
        lasts unused: it may be the use that the consent lives on.
        """
        now = fields.Datetime.now()
        texts = text_days and now - relativedelta(days=text_days)
        rows = metadata_months and now - relativedelta(
            months=max(metadata_months, company.hub_consent_months)
        )
        return max(filter(None, (texts, rows)), default=None), rows or None

    def _remove(self, step, after):
        """Remove a batch, and say how many rows it was and where to go on.

        :param after: moment and id of the last row that was looked at
        :return: the number of rows, and the new ``after``; ``None`` at the end
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH old AS MATERIALIZED (
                    SELECT old.id, old.%(moment)s FROM %(table)s AS old
                     WHERE %(condition)s AND (old.%(moment)s, old.id) > %(after)s
                     ORDER BY old.%(moment)s, old.id LIMIT %(batch)s
                       FOR UPDATE OF old SKIP LOCKED)
                %(statement)s RETURNING old.%(moment)s, old.id
                """,
                table=SQL.identifier(step.kind.table),
                moment=SQL.identifier(step.kind.moment),
                condition=_condition(step),
                after=after,
                batch=_BATCH,
                statement=_statement(step),
            )
        )
        if step.kind is _KINDS[0] and step.only_texts:
            self._clear_core([row_id for _moment, row_id in rows])
        return len(rows), max(rows) if len(rows) == _BATCH else None

    def _clear_core(self, message_ids):
        """Let core's vacuum remove its own copies; it keeps those of failed texts.

        Chatter and mailings go on showing the result: it stands in rows of their own.
        """
        if message_ids:
            self.env.cr.execute(
                """
                UPDATE sms_sms SET to_delete = TRUE
                  FROM sms_hub_message AS m
                 WHERE m.id = ANY(%s) AND sms_sms.uuid = m.uuid
                   AND sms_sms.to_delete IS NOT TRUE
                """,
                [message_ids],
            )

    # === WORDS === #

    def _describe(self, company, text_days, metadata_months):
        """Say what a run would remove if the company kept things for so long."""
        texts, rows = self._limits(company, text_days, metadata_months)
        messages = _KINDS[0]
        parts = []
        if texts:
            step = Step(messages, company.id, texts, True)
            parts.append(
                self.env._(
                    "%(count)s texts would be removed now, their history stays.",
                    count=self._count(step),
                )
            )
        if rows:
            step = Step(messages, company.id, rows, False)
            parts.append(
                self.env._(
                    "%(count)s messages would be removed with all their details.",
                    count=self._count(step),
                )
            )
        return " ".join(parts) or self.env._("Nothing is ever removed.")

    def _count(self, step):
        """Return how many rows a step would find, as people read numbers."""
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (SELECT 1 FROM %s AS old WHERE %s LIMIT %s) AS x",
                SQL.identifier(step.kind.table),
                _condition(step),
                _COUNT_AT_MOST + 1,
            )
        )
        words = formatLang(self.env, min(count, _COUNT_AT_MOST), digits=0)
        if count > _COUNT_AT_MOST:
            return self.env._("More than %(count)s", count=words)
        return words


def _condition(step):
    """Return which rows a step is about, as the partial indexes have it."""
    has_text = SQL(" OR ").join(
        SQL("%s IS NOT NULL", SQL.identifier("old", column))
        for column in step.kind.texts
    )
    # a row goes after its texts: each index has the rows of one step only
    return SQL(
        "%s AND (%s) AND %s AND old.company_id = %s AND old.%s < %s",
        step.kind.settled,
        has_text if step.only_texts else SQL("NOT (%s)", has_text),
        SQL("TRUE") if step.only_texts else SQL("NOT %s", step.kind.kept),
        step.company_id,
        SQL.identifier(step.kind.moment),
        step.limit,
    )


def _statement(step):
    """Return what happens to the rows that were found."""
    table = SQL.identifier(step.kind.table)
    if not step.only_texts:
        return SQL("DELETE FROM %s AS row USING old WHERE row.id = old.id", table)
    columns = [SQL("%s = NULL", SQL.identifier(name)) for name in step.kind.texts]
    if step.kind.stamp:
        columns.append(
            SQL(
                "%s = clock_timestamp() AT TIME ZONE 'UTC'",
                SQL.identifier(step.kind.stamp),
            )
        )
    return SQL(
        "UPDATE %s AS row SET %s FROM old WHERE row.id = old.id",
        table,
        SQL(", ").join(columns),
    )
