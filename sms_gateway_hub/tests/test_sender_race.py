"""A sender is taken out of use while its texts are being sent."""

from odoo.tests import tagged

from .race_common import OTHER, RaceCase


@tagged("post_install", "-at_install")
class TestSenderRace(RaceCase):
    """An administrator has to be able to stop a sender, however busy it is."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            senders = env["sms.hub.sender"].create(
                [
                    {"name": name, "gateway_id": self.gateway_id, "sequence": place}
                    for place, name in enumerate(("FIRST", "SECOND"))
                ]
            )
            self.first_id, self.second_id = senders.ids

    def test_a_claim_meanwhile_does_not_undo_it(self):
        ids = self._fill(3)
        with self._env() as admin:
            first = admin["sms.hub.sender"].browse(self.first_id)
            self.assertTrue(first.active, "the view of the world begins here")
            self.assertEqual(self._claim_now(), ids)
            first.active = False
        with self._env() as env:
            self.assertFalse(env["sms.hub.sender"].browse(self.first_id).active)

    def test_what_still_waits_leaves_from_another_one(self):
        [waiting] = self._fill(1, OTHER)
        with self._env() as env:
            env["sms.hub.sender"].browse(self.first_id).active = False
        self.assertEqual(self._claim_now(), [], "the first look finds another sender")
        self.assertEqual(self._claim_now(), [waiting])
        with self._env() as env:
            message = env["sms.hub.message"].browse(waiting)
            self.assertEqual(message.sender_id.id, self.second_id)
            self.assertEqual(message.sender, "SECOND")
