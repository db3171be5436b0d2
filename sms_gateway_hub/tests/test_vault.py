import os
import stat
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import Form, tagged
from odoo.tools import config, mute_logger
from odoo.tools.config import configmanager

from ..tools import signing, vault
from .common import HubCommon


def _key():
    return Fernet.generate_key().decode()


@tagged("post_install", "-at_install")
class TestVault(HubCommon):
    @contextmanager
    def kept(self, environment="", configuration="", folder=None):
        """Keep the key in one of its places."""
        options = {vault.OPTION: configuration}
        if folder:
            options["data_dir"] = str(folder)
        with (
            patch.dict(os.environ, {vault.ENVIRONMENT: environment}),
            patch.dict(config.options, options),
        ):
            yield

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    # === WHERE THE KEY IS === #

    def test_the_environment_goes_before_the_configuration_before_the_file(self):
        first, second, folder = _key(), _key(), self.folder()
        places = (
            ("environment", {"environment": first, "configuration": second}),
            ("configuration", {"configuration": second}),
            ("file", {}),
        )
        tokens = []
        for source, place in places:
            with self.subTest(source), self.kept(**place, folder=folder):
                self.assertEqual(vault.key_source(), source)
                tokens.append(vault.encrypt("secret"))
        opens = (
            Fernet(first),
            Fernet(second),
            Fernet((folder / vault.KEY_FILE).read_text()),
        )
        for fernet, token in zip(opens, tokens, strict=True):
            self.assertEqual(fernet.decrypt(token.encode()), b"secret")

    def test_the_key_may_stand_in_odoos_configuration_file(self):
        path = self.folder() / "odoo.conf"
        path.write_text(f"[options]\n{vault.OPTION} = {_key()}\n")
        found = configmanager()
        with mute_logger("odoo.tools.config"):  # it does not know our option
            found._parse_config(["-c", str(path)])
        self.assertTrue(found.get(vault.OPTION))

    def test_the_file_is_its_owners_alone_and_stays(self):
        folder = self.folder()
        with self.kept(folder=folder):
            token = vault.encrypt("secret")
            key = (folder / vault.KEY_FILE).read_text()
            self.assertEqual(vault.decrypt(token), "secret")
            self.assertEqual((folder / vault.KEY_FILE).read_text(), key)
        mode = stat.S_IMODE((folder / vault.KEY_FILE).stat().st_mode)
        self.assertEqual(mode, 0o600)
        self.assertEqual([one.name for one in folder.iterdir()], [vault.KEY_FILE])

    def test_many_first_users_make_one_key(self):
        folder = self.folder()
        tokens, gate = [], threading.Barrier(8)

        def first_use():
            gate.wait()
            tokens.append(vault.encrypt("secret"))

        with self.kept(folder=folder):
            threads = [threading.Thread(target=first_use) for _turn in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([vault.decrypt(token) for token in tokens], ["secret"] * 8)
        self.assertEqual([one.name for one in folder.iterdir()], [vault.KEY_FILE])

    def test_what_cannot_be_used_says_so(self):
        file_in_the_way = self.folder() / "file"
        file_in_the_way.write_text("not a folder")
        empty = self.folder()
        (empty / vault.KEY_FILE).write_text("")
        cases = {
            "malformed": ({"environment": "short"}, "environment.* is malformed"),
            "one of two malformed": (
                {"configuration": f"{_key()},x"},
                "configuration.* is malformed",
            ),
            "empty file": ({"folder": empty}, "file.* is malformed"),
            "no folder": ({"folder": file_in_the_way}, "cannot be read or made"),
        }
        for name, (place, words) in cases.items():
            with (
                self.subTest(name),
                self.kept(**place),
                self.assertRaises(vault.VaultError) as caught,
            ):
                vault.encrypt("secret")
            self.assertRegex(self.env._(caught.exception.sentence), words)

    def test_a_person_is_told_in_words(self):
        with self.kept(environment="short"):
            for save in (
                lambda: self.gateway.write({"api_key": "api-key"}),
                lambda: self.gateway.copy(),
                self.gateway.action_renew_webhook,
            ):
                with self.assertRaisesRegex(UserError, "environment.* is malformed"):
                    save()

    # === CHANGING THE KEY === #

    def test_a_key_is_changed_without_losing_a_secret(self):
        old, new = _key(), _key()
        with self.kept(environment=old):
            gateway = self.gateway
            gateway.write({"api_key": "api-key", "webhook_secret": "signing"})
            gateway._renew_webhook_token()
            url = gateway.webhook_url
            self.assertFalse(gateway.secrets_are_old)
        self.env.invalidate_all()
        with self.kept(environment=f"{new}, {old}"):
            self.assertEqual(gateway._to_account().api_key, "api-key")
            self.assertTrue(gateway.secrets_are_old)
            gateway.action_encrypt_again()
            self.env.invalidate_all()
            self.assertFalse(gateway.secrets_are_old)
        self.env.invalidate_all()
        with self.kept(environment=new):
            self.assertEqual(gateway._to_account().api_key, "api-key")
            door = gateway.sudo()._webhook_door()
            self.assertEqual(door.live_secrets(fields.Datetime.now()), ["signing"])
            self.assertEqual(gateway.webhook_url, url)
            self.assertFalse(gateway.secret_problem)

    def test_signing_keys_outlive_a_change_of_the_key(self):
        old, new = _key(), _key()
        keys = self.env["sms.hub.consent.key"]
        admin = self._new_user("hub_admin", "sms_gateway_hub.group_administrator")
        with self.kept(environment=old):
            key = keys._new_key()
            self.assertEqual(key.secret_state, "ready")
        self.env.invalidate_all()
        with self.kept(environment=f"{new}, {old}"):
            self.assertEqual(key.secret_state, "old")
            with self.assertRaises(AccessError):
                keys.with_user(self.hub_manager).action_encrypt_again()
            call_kw(keys.with_user(admin), "action_encrypt_again", [[]], {})
            self.assertEqual(key.secret_state, "ready")
        self.env.invalidate_all()
        with self.kept(environment=new):
            public, signature = keys._sign("root")
            self.assertEqual(public, key.public_key)
            self.assertTrue(signing.is_signed(public, signature, "root"))
        self.env.invalidate_all()
        with self.kept(environment=old):
            self.assertEqual(key.secret_state, "closed")
            token = key.sudo().private_key_encrypted
            keys.with_user(admin).action_encrypt_again()
            self.assertEqual(key.sudo().private_key_encrypted, token, "left as it is")
            key.sudo().invalidate_recordset()
        self.env.cr.execute("UPDATE sms_hub_consent_key SET private_key_encrypted=NULL")
        self.env.invalidate_all()
        self.assertEqual(key.secret_state, "gone")

    def test_with_the_wrong_key_the_form_opens_and_says_why(self):
        self.gateway.api_key = "api-key"
        self.env.flush_all()
        self.env.invalidate_all()
        with self.kept(environment=_key()):
            form = Form(self.gateway)
            self.assertIn("another one", form.secret_problem)
            self.assertFalse(self.gateway.webhook_url)
            self.assertFalse(self.gateway.api_key)
            with self.assertRaisesRegex(UserError, "type the API key again"):
                self.gateway.action_test_connection()
            message = self.enqueue()
            with mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch"):
                self.dispatch()
            self.assertEqual(message.state, "queued", "it waits for the right key")
            self.gateway.api_key = "api-key"
            self.assertEqual(self.gateway._to_account().api_key, "api-key")
