import os
from pathlib import Path
from unittest import skipUnless

from odoo.tests import tagged

from ..models.sms_hub_vocabulary import REASON_WORDS, STATES
from ..policy import Reason
from .common import HubCommon
from .reasons_common import REWRITE, make_rows, page, state_of

_PAGE = Path(__file__).parents[2] / "docs" / "reasons.md"


@tagged("post_install", "-at_install")
class TestReasons(HubCommon):
    """Every refusal says why, and what to do."""

    def _words(self):
        words = {}
        for code, (label, what, todo) in REASON_WORDS.items():
            words[code] = (label, str(what), str(todo))
        return words

    def test_every_reason_is_told_in_words_wherever_a_text_stands(self):
        self.company.country_id = self.env.ref("base.us")
        rows = make_rows(self.env["sms.hub.message"], self.gateway, self.hub_user)
        self.assertEqual(rows.mapped("reason"), [reason.value for reason in Reason])
        for row in rows.with_user(self.hub_manager):
            with self.subTest(reason=row.reason):
                self.assertEqual(row.state, state_of(Reason(row.reason)))
                for words in (row.explanation, row.next_step):
                    self.assertRegex(words, r"^[A-Z].*\.$")
                    self.assertNotIn("_", words)
                self.assertIn(row.explanation, row.timeline)

    def test_no_two_reasons_sound_the_same(self):
        for place, part in enumerate(("label", "sentence")):
            with self.subTest(part=part):
                told = {words[place] for words in self._words().values()}
                self.assertEqual(len(told), len(REASON_WORDS))

    @skipUnless(_PAGE.parent.is_dir(), "the addon is installed without its docs")
    def test_the_page_of_reasons_is_up_to_date(self):
        wanted = page(self._words(), dict(STATES))
        if os.environ.get(REWRITE):
            _PAGE.write_text(wanted, encoding="utf-8")
        told = _PAGE.read_text(encoding="utf-8")
        self.assertEqual(told, wanted, f"run again with {REWRITE}=1")
