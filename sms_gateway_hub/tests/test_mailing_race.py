"""A mailing that somebody changes while its texts are being prepared."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import mailing_mailing
from .race_common import RaceCase

_COUNT = 4


@tagged("post_install", "-at_install")
class TestMailingRace(RaceCase):
    """Preparing takes minutes, and a mailing is paused or edited meanwhile."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            customers = env["res.partner"].create(
                [
                    {"name": f"Racer {turn}", "phone": f"+3361280000{turn}"}
                    for turn in range(_COUNT)
                ]
            )
            mailing = env["mailing.mailing"].create(
                {
                    "mailing_type": "sms",
                    "subject": "Race",
                    "body_plaintext": "Race",
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": [("id", "in", customers.ids)],
                    "hub_company_id": self.company_id,
                }
            )
            mailing.action_put_in_queue()
            self.mailing_id, self.customer_ids = mailing.id, customers.ids
        self.startPatcher(patch.object(mailing_mailing, "CHUNK", 1))

    def _clean(self, *settings):
        """Override: mailing and recipients go first."""
        with self._env() as env:
            env["mailing.trace"].search(
                [("mass_mailing_id", "=", self.mailing_id)]
            ).unlink()
            env["sms.sms"].search([("mailing_id", "=", self.mailing_id)]).unlink()
            env["mailing.mailing"].browse(self.mailing_id).unlink()
            env["res.partner"].browse(self.customer_ids).unlink()
        return super()._clean(*settings)

    def _prepare(self, meanwhile):
        """Prepare the mailing as its scheduled action does.

        :param meanwhile: what somebody does to it during the second chunk
        """
        chunks = []
        composer = self.registry["sms.composer"]
        original = composer._action_send_sms

        def send(one):
            chunks.append(one)
            if len(chunks) == 2:
                with self._env() as other:
                    meanwhile(other["mailing.mailing"].browse(self.mailing_id))
            return original(one)

        with self._env() as env, patch.object(composer, "_action_send_sms", send):
            cron = env.ref("mass_mailing.ir_cron_mass_mailing_queue")
            cron, _progress = cron.with_context(cron_id=cron.id)._add_progress()
            env.cr.commit()  # pylint: disable=invalid-commit
            env["mailing.mailing"].with_context(
                **cron.env.context
            )._process_mass_mailing_queue()

    def _rows(self, env):
        return env["sms.hub.message"].search([("mailing_id", "=", self.mailing_id)])

    @mute_logger("odoo.sql_db")
    def test_a_pause_meanwhile_holds_everybody_and_loses_nobody(self):
        self._prepare(lambda mailing: mailing._hub_pause("The link is wrong"))
        with self._env() as env:
            mailing = env["mailing.mailing"].browse(self.mailing_id)
            self.assertEqual(len(self._rows(env)), _COUNT)
            self.assertEqual((mailing.state, mailing.hub_prepared), ("sending", True))
            self.assertTrue(mailing.hub_paused_at)
            held = self._rows(env).filtered(lambda one: one.state == "held")
            self.assertEqual(len(held), _COUNT - 1, "one was prepared before")

    @mute_logger("odoo.sql_db")
    def test_a_mailing_that_is_cancelled_meanwhile_is_not_prepared_any_further(self):
        self._prepare(lambda mailing: mailing.action_cancel())
        with self._env() as env:
            self.assertEqual(len(self._rows(env)), 1)
            mailing = env["mailing.mailing"].browse(self.mailing_id)
            self.assertEqual(mailing.state, "draft")
