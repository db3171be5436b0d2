from collections import Counter

from odoo import models

from ..policy import Reason
from ..policy.labels import LABELS

#: Senders that are named of each group; the others are counted.
_SENDERS = 3


class SmsHubForecast(models.AbstractModel):
    """Tells from which sender a group is texted, and what its texts get added."""

    _inherit = "sms.hub.forecast"

    def _group(self, kind, reason, members):
        """Override to name the senders and what is added; ``details`` may be empty."""
        group = super()._group(kind, reason, members)
        words = []
        if reason is Reason.NO_SENDER:
            missing = {preview.values["no_sender"] for _one, preview in members}
            say = self.env["sms.hub.message"]._no_sender_words
            if len(missing) == 1 and (told := say(missing.pop())):
                group["why"], group["todo"] = told
        if kind != "not":
            words += self._sender_words(members)
            words += self._addition_words(members)
        group["details"] = " ".join(words)
        return group

    def _sender_words(self, members):
        """Yield who sends to these, where it might be another one."""
        companies = {recipient.asked["company"] for recipient, _preview in members}
        router = self.env["sms.hub.router"]
        if all(len(router._candidates(company)) < 2 for company in companies):
            return
        senders = [preview.values["sender"] for _recipient, preview in members]
        counts = Counter(filter(None, senders))
        if len(counts) == 1:
            yield self.env._("From %(senders)s.", senders=next(iter(counts)))
        elif counts:
            named = [
                f"{name} ({count})" for name, count in counts.most_common(_SENDERS)
            ]
            if more := len(counts) - len(named):
                named.append(self.env._("%(count)s more", count=more))
            yield self.env._("From %(senders)s.", senders=", ".join(named))

    def _addition_words(self, members):
        """Return a sentence for each thing that texts get added, once."""
        added = {}
        for recipient, preview in members:
            for addition in _additions(recipient.asked, preview.values):
                added.setdefault(addition)
        return [self._describe(*addition) for addition in added]

    def _describe(self, kind, words):
        if kind == "label":
            return self.env._("The text begins with %(label)s.", label=words)
        if kind == "stop":
            return self.env._("The text ends with “%(words)s”.", words=words)
        return self.env._("The text ends with a link to refuse further texts.")


def _additions(asked, values):
    """Yield what a message got added, as ``(kind, words)``."""
    typed, text = asked.get("body") or "", values["body"]
    label = LABELS.get(values["country_code"])
    if label and text.startswith(label.text) and not typed.startswith(label.text):
        yield "label", label.text
    stop = values["stop_text"]
    if stop and stop in text and stop not in typed:
        yield "stop", stop
    if values.get("way_out"):
        yield "link", ""
