// The same form as the Odoo Community Association's addons.
module.exports = {
  bracketSpacing: false,
  printWidth: 88,
  proseWrap: "preserve",
  trailingComma: "es5",
  xmlWhitespaceSensitivity: "preserve",
  overrides: [{files: "*.js", options: {tabWidth: 4}}],
};
