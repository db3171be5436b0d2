from psycopg2.errors import SerializationFailure

from odoo.tests import tagged

from .race_common import NUMBER, OTHER, RaceCase


@tagged("post_install", "-at_install")
class TestBlacklistRace(RaceCase):
    """Two transactions put one number on the blacklist, and neither loses it."""

    def _look(self, env):
        """Fix what this transaction sees of the blacklist."""
        entries = env["phone.blacklist"].with_context(active_test=False)
        return entries.search([("number", "in", (NUMBER, OTHER))])

    def _add(self, env):
        env["phone.blacklist"]._hub_add([OTHER, NUMBER])
        env.flush_all()

    def _listed(self):
        with self._env() as env:
            return sorted(self._look(env).filtered("active").mapped("number"))

    def test_who_cannot_see_the_others_entry_is_told_to_try_again(self):
        with self._env() as late:
            self.assertFalse(self._look(late))
            with self._env() as early:
                self._add(early)
            # nothing of it, and no number, at ERROR in the log
            with (
                self.assertNoLogs("odoo.sql_db", "ERROR"),
                self.assertRaises(SerializationFailure),
            ):
                self._add(late)
            late.cr.rollback()
            late.invalidate_all()
            self._add(late)
        self.assertEqual(self._listed(), [NUMBER, OTHER])

    def test_who_sees_it_goes_on_with_it(self):
        with self._own() as late:
            self.assertFalse(self._look(late))
            with self._env() as early:
                self._add(early)
            self._add(late)
        self.assertEqual(self._listed(), [NUMBER, OTHER])

    def test_an_archived_entry_is_activated(self):
        with self._env() as env:
            self._add(env)
        with self._env() as env:
            env["phone.blacklist"]._hub_remove([NUMBER, OTHER])
        self.assertEqual(self._listed(), [])
        with self._env() as env:
            self._add(env)
        self.assertEqual(self._listed(), [NUMBER, OTHER])
