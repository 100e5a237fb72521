"""Every stored file that a row names, with the size and digest that were saved."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, FromClause, select, union

from app.extensions import Base

NAMES = ("storage_key", "size", "sha256")


def stored_files(connection: Connection) -> Iterator[tuple[str, int, str]]:
    """Yield (key, bytes, hex sha256) of each file once, in the order of keys; `connection` chooses the snapshot."""
    parts = [
        select(*(table.columns[name].label(name) for name in NAMES)).where(table.columns["storage_key"].is_not(None))
        for table in _tables()
    ]
    found = union(*parts).subquery()
    rows = connection.execution_options(yield_per=1000).execute(select(found).order_by(found.c.storage_key))
    for row in rows:
        yield row.storage_key, row.size, row.sha256


def _tables() -> list[FromClause]:
    """Whatever table keeps files: a later one is not forgotten."""
    return [table for table in Base.metadata.sorted_tables if set(NAMES) <= set(table.columns.keys())]
