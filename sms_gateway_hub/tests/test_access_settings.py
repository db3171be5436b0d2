from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import vault
from .common import HubCommon

_KEY = "the-key-of-the-account"
_SECRET = "a-signing-secret"
_ENCRYPTED = (
    "api_key_encrypted",
    "webhook_token_hash",
    "webhook_token_encrypted",
    "webhook_secret_encrypted",
    "webhook_old_secret_encrypted",
)


@tagged("post_install", "-at_install")
class TestAccessSettings(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user(
            "hub_administrator", "sms_gateway_hub.group_administrator"
        )
        cls.gateway.write({"api_key": _KEY, "webhook_secret": _SECRET})
        cls.people = (cls.administrator, cls.hub_manager, cls.hub_user)

    def test_a_user_reads_nothing_about_the_account(self):
        gateway = self.gateway.with_user(self.hub_user)
        self.assertTrue(gateway.name)
        for field in ("api_key_hint", "balance", "sender_names", "test_numbers"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                gateway.read([field])

    def test_keys_are_stored_encrypted(self):
        gateway = self.gateway.sudo()
        self.assertNotIn(_KEY, gateway.api_key_encrypted)
        self.assertEqual(vault.decrypt(gateway.api_key_encrypted), _KEY)
        self.assertEqual(gateway._to_account().api_key, _KEY)
        self.assertEqual(gateway.api_key_hint, "…" + _KEY[-4:])

    def test_a_key_is_written_and_never_read(self):
        gateway = self.gateway.with_user(self.administrator)
        for field in ("api_key", "webhook_secret"):
            with self.subTest(field):
                saved = gateway.web_save({field: "new-" + _KEY}, {field: {}})
                self.assertEqual(saved[0][field], False)
                self.assertEqual(gateway.read([field])[0][field], False)
                self.assertEqual(gateway.sudo()[field], False)
        gateway.env.user.group_ids |= self.env.ref("base.group_allow_export")
        rows = gateway.export_data(["api_key", "webhook_secret"])["datas"]
        self.assertEqual([list(map(bool, row)) for row in rows], [[False, False]])
        self.assertEqual(gateway._to_account().api_key, "new-" + _KEY)

    @mute_logger("odoo.orm.models")
    def test_nobody_reads_or_guesses_what_is_stored(self):
        for user in self.people:
            gateways = self.env["sms.hub.gateway"].with_user(user)
            for field in _ENCRYPTED:
                calls = {
                    "read": lambda f=field, g=gateways: g.browse(self.gateway.id).read(
                        [f]
                    ),
                    "search": lambda f=field, g=gateways: g.search(
                        [(f, "=like", "a%")]
                    ),
                    "order": lambda f=field, g=gateways: g.search([], order=f),
                    "group": lambda f=field, g=gateways: g._read_group([], [f]),
                    "write": lambda f=field, g=gateways: g.browse(
                        self.gateway.id
                    ).write({f: "mine"}),
                }
                for name, call in calls.items():
                    with (
                        self.subTest(name, field=field, user=user.login),
                        self.assertRaises(AccessError),
                    ):
                        call()

    @mute_logger("odoo.orm.models")
    def test_only_administrators_see_the_webhook(self):
        self.assertTrue(self.gateway.with_user(self.administrator).webhook_url)
        for user in (self.hub_manager, self.hub_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.gateway.with_user(user).read(["webhook_url"])

    def test_only_administrators_change_gateways(self):
        self.gateway.with_user(self.administrator).action_pause()
        for user in (self.hub_manager, self.hub_user):
            gateway = self.gateway.with_user(user)
            for call in (
                gateway.action_deactivate,
                gateway.action_renew_webhook,
                gateway.action_remove_webhook_secret,
                gateway.action_encrypt_again,
                gateway.action_test_connection,
            ):
                with self.subTest(call.__name__), self.assertRaises(AccessError):
                    call()
        self.assertEqual(self.gateway.state, "paused")

    def test_nobody_else_makes_the_gateway_use_its_key(self):
        used = []
        self.patch(
            self.env.registry["sms.hub.gateway"],
            "_make_client",
            lambda gateway, transport=None: used.append(gateway),
        )
        for user in (self.hub_manager, self.hub_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.gateway.with_user(user).action_test_connection()
        self.assertEqual(used, [])

    def test_no_log_shows_a_secret(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            self.gateway.api_key = "another-" + _KEY
            self.gateway.webhook_secret = "another-" + _SECRET
            self.env.flush_all()
            self.gateway._to_account()
            self.gateway._account_key()
        text = "\n".join(logs.output)
        self.assertNotIn(_KEY, text)
        self.assertNotIn(_SECRET, text)

    def test_a_copied_gateway_has_secrets_of_its_own(self):
        twin = self.gateway.copy().sudo()
        self.assertEqual(twin.state, "draft")
        self.assertFalse(twin.api_key_encrypted or twin.webhook_secret_encrypted)
        self.assertNotEqual(
            twin.webhook_token_hash, self.gateway.sudo().webhook_token_hash
        )

    # === TEMPLATES === #

    def template(self, **values):
        return self.env["sms.template"].create(
            {
                "name": "Welcome",
                "body": "Hello",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                **values,
            }
        )

    def test_editors_write_the_texts_that_others_send(self):
        editor = new_test_user(
            self.env, "editor", "base.group_user,sms_gateway_hub.group_template_editor"
        )
        users = self.env["ir.model"]._get_id("res.users")
        for name, template in (
            ("contacts", self.template()),
            ("users", self.template(model_id=users)),
        ):
            with self.subTest(name):
                template.with_user(editor).body = "Good morning"
                template.with_user(editor).copy()
                template.with_user(editor).unlink()

    def test_nobody_loses_or_gains_the_right_to_edit(self):
        users = self.env["ir.model"]._get_id("res.users")
        welcome, internal = self.template(), self.template(model_id=users)
        with self.assertRaises(AccessError):
            welcome.with_user(self.hub_user).body = "Hi"
        # core lets who manages sales edit the texts on contacts, and no others
        welcome.with_user(self.hub_manager).body = "Hi"
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            internal.with_user(self.hub_manager).body = "Hi"
        # being both must not narrow what an editor may do
        self.hub_manager.group_ids |= self.env.ref(
            "sms_gateway_hub.group_template_editor"
        )
        internal.with_user(self.hub_manager).body = "Hi"
        self.assertEqual(internal.body, "Hi")
