from psycopg2 import errors

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestInsert(HubCommon):
    """Rows that are inserted many at a time are as complete as created ones."""

    def _insert(self, *values):
        common = {"company_id": self.company.id, "gateway_id": self.gateway.id}
        messages = self.env["sms.hub.message"]
        ids = messages._insert_rows([{**common, **vals} for vals in values])
        return messages.browse(ids)

    def test_rows_equal_created_ones(self):
        start = fields.Datetime.to_datetime("2026-01-02 03:04:05")
        values = {
            "number": MOBILE,
            "body": "Comma, 'quote', \"double\", \\back and\nline: é 🚲",
            "door": "queue",
            "purpose": "transactional",
            "lane": "transactional",
            "segments": 2,
            "partner_id": self.partner.id,
            "res_model": "res.partner",
            "res_id": self.partner.id,
            "not_before": start,
            "evidence": {"zones": ["Europe/Paris"], "open": True},
            "mirror_pending": True,
        }
        other = {**values, "number": None, "body": "Other", "evidence": False}
        found = self._insert({**values, "uuid": "a"}, {**other, "uuid": "b"})
        wanted = self.env["sms.hub.message"].create(
            [
                {
                    "company_id": self.company.id,
                    "gateway_id": self.gateway.id,
                    **vals,
                    "uuid": uuid,
                }
                for vals, uuid in ((values, "a"), (other, "b"))
            ]
        )
        wanted.flush_recordset()
        (found | wanted).invalidate_recordset()
        stored = [
            name
            for name, field in found._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        for one, twin in zip(found, wanted, strict=True):
            self.assertEqual(
                one.read(stored, load=None)[0] | {"id": 0},
                twin.read(stored, load=None)[0] | {"id": 0},
            )

    def test_ids_come_in_the_order_of_the_rows(self):
        numbers = [f"+3361234{turn:04d}" for turn in range(500, 0, -1)]
        found = self._insert(
            *({"uuid": number, "number": number} for number in numbers)
        )
        self.assertEqual(found.mapped("number"), numbers)
        self.assertEqual(found.ids, sorted(found.ids))

    def test_rows_may_name_different_columns(self):
        held, queued = self._insert(
            {"uuid": "a", "state": "held", "reason": "quiet_hours"}, {"uuid": "b"}
        )
        self.assertEqual((held.state, held.reason), ("held", "quiet_hours"))
        self.assertEqual((queued.state, queued.reason), ("queued", False))

    def test_the_other_end_of_a_relation_knows_the_new_row(self):
        [first] = self._insert({"uuid": "a"})
        self.assertFalse(first.retry_ids)
        [again] = self._insert({"uuid": "b", "retry_of_id": first.id})
        self.assertEqual(first.retry_ids, again)

    def test_defaults_in_the_context_are_nobodys(self):
        messages = self.env["sms.hub.message"].with_context(
            default_state="delivered", default_body="Forged"
        )
        [row_id] = messages._insert_rows([{"uuid": "a", "company_id": self.company.id}])
        self.assertEqual(messages.browse(row_id).state, "queued")
        self.assertFalse(messages.browse(row_id).body)

    def test_words_that_no_selection_has_are_refused(self):
        with self.assertRaises(ValueError):
            self._insert({"uuid": "a", "state": "gone"})

    def test_a_row_without_company_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.NotNullViolation):
            with self.env.cr.savepoint():
                self.env["sms.hub.message"]._insert_rows([{"uuid": "a"}])

    def test_the_number_of_queries_does_not_grow_with_the_rows(self):
        self._insert({"uuid": "warm"})
        with self.assertQueryCount(1):
            self._insert(*({"uuid": f"row-{turn}"} for turn in range(300)))

    def test_nothing_to_insert(self):
        self.assertEqual(self.env["sms.hub.message"]._insert_rows([]), [])
