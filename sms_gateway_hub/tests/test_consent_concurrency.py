import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..tools import witness
from .common import MOBILE

_THREADS, _ENTRIES = 4, 8
_TABLES = (
    "sms_hub_consent_event",
    "sms_hub_consent_seal_line",
    "sms_hub_consent_seal",
)


@tagged("post_install", "-at_install")
class TestConsentConcurrency(BaseCase):
    """Many real transactions append to one chain while it is being sealed."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.patch(witness, "folder", lambda: Path(folder.name))
        self.registry = Registry(get_db_name())
        with self._env() as env:
            company = env["res.company"].create({"name": "Concurrent consent"})
            self.company_id = company.id
        self.addCleanup(self._clean)

    def _clean(self):
        """Take the ledger of this company away, as only its owner by SQL can."""
        with self._env() as env:
            for table in _TABLES:
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for table in (*_TABLES, "sms_hub_consent", "sms_hub_consent_chain"):
                env.cr.execute(
                    f"DELETE FROM {table} WHERE company_id = %s", [self.company_id]
                )
            for table in _TABLES:
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
                for level in ("row", "table"):
                    env.cr.execute(
                        f"ALTER TABLE {table}"
                        f" ENABLE ALWAYS TRIGGER {table}_guard_{level}"
                    )
            env["res.company"].browse(self.company_id).active = False

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _append(self, turn):
        """Append one entry, again and again as a request of Odoo would be."""
        for _attempt in range(200):
            try:
                with self._env() as env:
                    entry = {
                        "company": self.company_id,
                        "number": MOBILE,
                        "scope": "marketing",
                        "action": "granted",
                        "source": "api",
                        "note": str(turn),
                    }
                    env["sms.hub.consent"]._record([entry])
            except SerializationFailure:
                continue
            return
        raise AssertionError("it never got its turn")

    def _append_many(self, thread):
        for turn in range(_ENTRIES):
            self._append((thread, turn))

    def _seal(self):
        for _turn in range(_ENTRIES):
            with self._env() as env:
                env["sms.hub.consent.seal"]._seal_company(self.company_id)

    def test_no_entry_is_lost_and_the_chain_never_forks(self):
        with mute_logger("odoo.sql_db"), ThreadPoolExecutor(_THREADS + 1) as pool:
            jobs = [pool.submit(self._append_many, n) for n in range(_THREADS)]
            jobs.append(pool.submit(self._seal))
            for job in jobs:
                job.result(timeout=120)
        self._seal()
        with self._env() as env:
            company = env["res.company"].browse(self.company_id)
            events = env["sms.hub.consent.event"].search(
                [("company_id", "=", company.id)], order="seq"
            )
            self.assertEqual(
                events.mapped("seq"), list(range(1, _THREADS * _ENTRIES + 1))
            )
            found, count = env["sms.hub.consent.chain"]._examine(company, [MOBILE])
            self.assertEqual((found, count), ({}, _THREADS * _ENTRIES))
            problems, seals = env["sms.hub.consent.seal"]._examine(company)
            self.assertEqual(problems, [])
            self.assertGreaterEqual(seals, 1)
            self.assertEqual(env["sms.hub.consent.witness"]._examine(company), [])
