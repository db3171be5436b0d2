"""Filling tables: a ledger of a year takes a minute instead of a day."""

from __future__ import annotations


def copies(table: str, count: int, **columns: str) -> str:
    """Return the SQL that copies the last row of a table, in one statement.

    :param columns: SQL of what differs, in which ``n`` counts the copies from 1; the id
        is the next one of the table.
    """
    # a name that no column has: without ``n`` in it, one copy would serve for all
    own = {"id": f"nextval('{table}_id_seq')", "n_": "n", **columns}
    pairs = ", ".join(f"'{name}', {value}" for name, value in own.items())
    return (
        f"INSERT INTO {table} SELECT filled.* FROM {table} AS sample, "
        f"generate_series(1, {count}) AS n, "
        f"LATERAL jsonb_populate_record(sample, jsonb_build_object({pairs})) AS filled "
        f"WHERE sample.id = (SELECT max(id) FROM {table})"
    )
