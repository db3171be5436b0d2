from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools import signing, vault


class SmsHubConsentKey(models.Model):
    """A key that signs the seals of the consent ledger.

    The private half is encrypted like all secrets, with a key outside of the database,
    so that whoever can write in the database cannot sign. Note the public half outside
    of Odoo: it is what the signatures are worth.
    """

    _name = "sms.hub.consent.key"
    _description = "Key of Consent Seals"
    _order = "id desc"
    _rec_name = "public_key"

    public_key = fields.Char(required=True, readonly=True)
    private_key_encrypted = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    in_use = fields.Boolean(compute="_compute_in_use")
    secret_state = fields.Selection(
        [
            ("ready", "Ready"),
            ("old", "Encrypted With an Old Key"),
            ("closed", "Does Not Open"),
            ("gone", "Not at Hand"),
        ],
        "Secret",
        compute="_compute_secret_state",
        help="Whether the private half opens with the key that Odoo has.",
    )

    _unique_key = models.Constraint("unique (public_key)", "This key is known already.")

    @api.depends("private_key_encrypted")
    def _compute_in_use(self):
        newest = self.sudo().search([("private_key_encrypted", "!=", False)], limit=1)
        for key in self:
            key.in_use = key == newest

    @api.depends("private_key_encrypted")
    def _compute_secret_state(self):
        for key in self:
            key.secret_state = key._read_secret_state()

    def _read_secret_state(self):
        token = self.sudo().private_key_encrypted
        if not token:
            return "gone"
        try:
            vault.decrypt(token)
            return "ready" if vault.is_current(token) else "old"
        except vault.VaultError:
            return "closed"

    @api.model
    def _sign(self, text):
        """Sign with the newest key, making the first one when there is none.

        :return: public key and signature
        :raise VaultError: when the key at hand does not open it
        """
        key = self.sudo().search([("private_key_encrypted", "!=", False)], limit=1)
        key = key or self._new_key()
        private = vault.decrypt(key.private_key_encrypted)
        return key.public_key, signing.sign(private, text)

    @api.model
    def _public_keys(self):
        """Return the public halves of all keys that are ours, oldest first.

        Anybody who writes in the database can add a key of their own there. Ours are
        those whose private half was encrypted with the key outside of the database.
        """
        keys = self.sudo().search(Domain.TRUE, order="id")
        return [key.public_key for key in keys if key._is_ours()]

    @api.model
    def _closed_keys(self):
        """Return the public halves of the keys whose private half does not open."""
        keys = self.sudo().search(Domain.TRUE)
        return {key.public_key for key in keys if key.secret_state == "closed"}

    def _is_ours(self):
        """Tell whether the private half opens, and belongs to the public one."""
        try:
            private = vault.decrypt(self.private_key_encrypted)
            return bool(private) and signing.public_of(private) == self.public_key
        except (vault.VaultError, ValueError):
            return False

    def _new_key(self):
        private, public = signing.new_pair()
        return self.sudo().create(
            {"public_key": public, "private_key_encrypted": vault.encrypt(private)}
        )

    def write(self, vals):  # pylint: disable=method-required-super
        """Override of `base`: what signed once stays what it is, whoever asks."""
        raise UserError(self.env._("A key that signs consent never changes."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Without this key nobody can check what it signed: keep it.")
        )

    def _check_administrator(self):
        if not self.env.user.has_group("sms_gateway_hub.group_administrator"):
            raise AccessError(self.env._("Only administrators change the signing key."))

    def action_encrypt_again(self):
        """Encrypt all private halves with the first key, so that older keys may go.

        Those that do not open stay as they are, for the day their key is found.
        """
        self._check_administrator()
        try:
            for key in self.sudo().search(Domain.TRUE):
                if key.secret_state == "old":
                    # the one change that a key knows: the pair in it stays
                    token = vault.renew(key.private_key_encrypted)
                    super(SmsHubConsentKey, key).write({"private_key_encrypted": token})
        except vault.VaultError as error:
            raise UserError(self.env._(error.sentence)) from error
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_new_key(self):
        """Retire the key in use, as when its secret is lost, and make another one."""
        self._check_administrator()
        try:
            self._new_key()
        except vault.VaultError as error:
            raise UserError(self.env._(error.sentence)) from error
        return {"type": "ir.actions.client", "tag": "soft_reload"}
