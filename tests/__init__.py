"""Tests that need no Odoo, tests with real processes, and what both stand on."""
