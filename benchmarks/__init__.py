"""Benchmarks: how fast we are beside what people would use instead.

``./hub bench`` runs them. A module ``bench_<name>`` has a function ``run``, which gets
an environment of Odoo per database that ``dev/benching.py`` prepares for it (none where
the benchmark needs no Odoo) and returns rows.
"""
