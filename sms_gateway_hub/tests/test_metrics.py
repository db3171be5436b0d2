import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..models.sms_hub_metrics import METRICS
from ..tools.prometheus import Sample, render
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestMetrics(HubCommon, HttpCase):
    """The figures of the health page over real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub_admin = cls._new_user(
            "hub_admin", "sms_gateway_hub.group_administrator,base.group_system"
        )
        cls.metrics = cls.env["sms.hub.metrics"]
        cls.token = cls.metrics.with_user(cls.hub_admin)._renew_token(cls.company)
        cls.env["sms.hub.balance"].sudo()._run()

    def get(self, token=None, path="/sms_hub/metrics", scheme="Bearer"):
        self.env.flush_all()
        headers = {"Authorization": f"{scheme} {token}"} if token else {}
        return self.url_open(path, headers=headers)

    def test_the_token_opens_the_figures(self):
        self.enqueue()
        answer = self.get(self.token)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn("session_id", answer.headers.get("Set-Cookie", ""))
        name = f'gateway="{self.gateway.id}",name="{self.gateway.name}"'
        line = f'sms_hub_queue_depth{{{name},lane="transactional"}} 1'
        self.assertIn(line, answer.text.splitlines())
        self.assertIn("# TYPE sms_hub_unknown gauge", answer.text)

    def test_json_says_the_same(self):
        answer = self.get(self.token, "/sms_hub/metrics.json")
        found = json.loads(answer.text)
        self.assertLessEqual(set(found), set(METRICS))
        self.assertEqual(found["unknown"], [{"labels": {}, "value": 0}])
        self.assertEqual(found["balance"][0]["value"], 1000)
        self.assertEqual(found["circuit_open"][0]["labels"]["name"], self.gateway.name)

    def test_anything_wrong_is_not_found(self):
        answers = [
            self.get(),
            self.get("x" * 43),
            self.get(self.token[:-1]),
            self.get(self.token, scheme="Basic"),
            self.url_open(f"/sms_hub/metrics?token={self.token}"),
            self.get("wrong", "/sms_hub/metrics.json"),
        ]
        for answer in answers:
            self.assertEqual(answer.status_code, 404)
            self.assertEqual(answer.text, "Not found\n")

    def test_a_new_token_ends_the_old_one(self):
        settings = self.env["res.config.settings"].with_user(self.hub_admin)
        action = settings.create({}).action_hub_new_metrics_token()
        new = action["context"]["default_token"]
        self.assertEqual(self.get(self.token).status_code, 404)
        self.assertEqual(self.get(new).status_code, 200)
        self.assertNotIn(new, str(self.company.sudo().read(["hub_metrics_hash"])))

    def test_a_token_stands_for_its_company_alone(self):
        other = self._new_company("Elsewhere")
        gateway = self._new_gateway(other)
        self.assertNotIn(gateway.name, self.get(self.token).text)
        with self.assertRaises(AccessError):
            self.metrics.with_user(self.hub_admin)._renew_token(other)

    def test_no_number_and_no_text_gets_out(self):
        self.enqueue(MOBILE, "The code of the safe")
        answer = self.get(self.token).text
        self.assertNotIn(MOBILE.lstrip("+"), answer)
        self.assertNotIn("safe", answer)

    def test_only_administrators_make_tokens_and_nobody_reads_them(self):
        for person in (self.hub_user, self.hub_manager):
            with self.subTest(person.login), self.assertRaises(AccessError):
                self.metrics.with_user(person)._renew_token(self.company)
        with self.assertRaises(AccessError):
            self.company.with_user(self.hub_admin).read(["hub_metrics_hash"])

    def test_large_figures_are_not_rounded(self):
        samples = [Sample("unknown", value, {}) for value in (12345678, 1234567.25, 3)]
        text = render(samples, {"unknown": "Texts."}, "")
        values = [line.split()[-1] for line in text.splitlines()[2:]]
        self.assertEqual(values, ["12345678", "1234567.25", "3"])

    def test_labels_are_escaped(self):
        samples = [Sample("unknown", 2, {"name": 'a "b"\\\nc'})]
        text = render(samples, {"unknown": "Texts."}, "x_")
        self.assertEqual(text.splitlines()[-1], 'x_unknown{name="a \\"b\\"\\\\\\nc"} 2')
