from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from odoo import models
from odoo.tools import format_date, format_time

from ..policy import Verdict
from .sms_hub_vocabulary import REASON_WORDS

#: Recipients that are looked at one by one; of a longer list they stand for the rest.
MOST = 10_000
#: Names that are shown of each group; the others are in its list.
_NAMES = 5
_KINDS = {Verdict.ALLOW: "now", Verdict.HOLD: "later", Verdict.DENY: "not"}
_ORDER = tuple(_KINDS.values())


class Recipient(NamedTuple):
    """Somebody who would be texted.

    :param asked: the message, as the ledger would be asked for it
    :param record: what it would be about; ``None`` for a number of no record
    :param name: how people call them, where the record does not tell
    """

    asked: dict
    record: models.BaseModel | None = None
    name: str = ""


class SmsHubForecast(models.AbstractModel):
    """Tells in words, before anything is sent, what would become of it.

    The gate's own answer, so that it says what would happen; but the answer in the
    moment of sending counts, and whoever reads this is told so.
    """

    _name = "sms.hub.forecast"
    _description = "Forecast for outgoing SMS"

    def _of(self, recipients, total=None):
        """Return the forecast for these recipients, as plain JSON values.

        :param recipients: :class:`Recipient`, all of companies with a gateway
        :param total: how many there are, if these are only the first of them
        :return: ``total``, ``checked``, how many ``now``, ``later`` and ``not``, and
            ``groups`` in this order; ``sentence`` if there is one recipient
        """
        previews = self.env["sms.hub.message"]._preview(
            [recipient.asked for recipient in recipients]
        )
        grouped = {}
        for recipient, preview in zip(recipients, previews, strict=True):
            key = (_KINDS[preview.decision.verdict], preview.decision.reason)
            grouped.setdefault(key, []).append((recipient, preview))
        groups = [
            self._group(kind, reason, members)
            for (kind, reason), members in grouped.items()
        ]
        groups.sort(key=lambda group: (_ORDER.index(group["kind"]), -group["count"]))
        return {
            "total": total or len(recipients),
            "checked": len(recipients),
            "sentence": len(recipients) == 1 and self._sentence(groups[0]),
            "groups": groups,
            **{
                kind: sum(one["count"] for one in groups if one["kind"] == kind)
                for kind in _ORDER
            },
        }

    def _group(self, kind, reason, members):
        """Return those with the same answer, with its words and their records.

        :param members: pairs of a :class:`Recipient` and its :class:`Preview`
        """
        _label, why, todo = REASON_WORDS[reason.value] if reason else ("", "", "")
        records = self._readable(members)
        names = [{"id": one.id, "name": one.display_name} for one in records[:_NAMES]]
        names = names or [
            {"id": False, "name": recipient.name}
            for recipient, _preview in members[:_NAMES]
            if not recipient.record
        ]
        return {
            "kind": kind,
            "reason": reason.value if reason else False,
            "label": self._label(reason),
            "why": str(why),
            "todo": str(todo),
            "when": self._when(members) if kind == "later" else False,
            "count": len(members),
            "model": records._name if records else False,
            "ids": records.ids if records else [],
            "names": names,
        }

    def _readable(self, members):
        """Return the records of these members that the person may read, or ``[]``."""
        ids = [
            recipient.record.id for recipient, _preview in members if recipient.record
        ]
        if not ids:
            return []
        records = members[0][0].record.sudo(False).browse(ids)
        return records._filtered_access("read") if self.env.su else records

    # === WORDS === #

    def _label(self, reason):
        if not reason:
            return self.env._("Right away")
        field = self.env["sms.hub.message"]._fields["reason"]
        return dict(field._description_selection(self.env))[reason.value]

    def _sentence(self, group):
        """Return the one line for a single recipient."""
        if not group["names"]:
            return False
        name = group["names"][0]["name"]
        words = {"name": name, **group}
        if group["kind"] == "now":
            return self.env._("%(name)s gets it right away.", **words)
        if group["kind"] == "not":
            return self.env._("%(name)s will not get it. %(why)s %(todo)s", **words)
        if group["when"]:
            return self.env._("%(name)s gets it %(when)s. %(why)s", **words)
        return self.env._("%(name)s does not get it yet. %(why)s %(todo)s", **words)

    def _when(self, members):
        """Return when a group gets it, in the reader's zone; ``False`` without an end.

        Of several instants the first and the last.
        """
        instants = sorted(
            {
                preview.decision.until
                for _recipient, preview in members
                if preview.decision.until
            }
        )
        if not instants:
            return False
        first, last = self._moment(instants[0]), self._moment(instants[-1])
        if first == last:
            return first
        return self.env._("between %(first)s and %(last)s", first=first, last=last)

    def _moment(self, instant):
        """Say an instant as people do: by its distance from today.

        :param instant: aware UTC
        """
        # a text leaves in the minute in which it may, or after it
        instant += timedelta(seconds=59)
        local = instant.astimezone(self.env.tz)
        words = {
            "time": format_time(self.env, local.time(), time_format="short"),
            "weekday": format_date(self.env, local.date(), date_format="EEEE"),
            "day": format_date(self.env, local.date(), date_format="d MMMM"),
        }
        today = datetime.now(timezone.utc).astimezone(self.env.tz).date()
        distance = (local.date() - today).days
        if distance == 0:
            return self.env._("today at %(time)s", **words)
        if distance == 1:
            return self.env._("tomorrow at %(time)s", **words)
        if distance < 7:
            return self.env._("on %(weekday)s at %(time)s", **words)
        return self.env._("on %(day)s at %(time)s", **words)
