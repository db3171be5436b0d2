"""Fault scenarios against real Odoo workers, a real PostgreSQL and the simulator.

``./hub crash`` runs them; each compares what the ledger holds with the log that the
simulated platform keeps on disk, row by row.
"""
