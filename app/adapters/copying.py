"""Many new rows at once, by PostgreSQL's COPY: an INSERT of as many takes twice the database's time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import Connection, sql
from sqlalchemy.orm import Session


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add rows to a table within the session's transaction; values in the order of the columns, JSON as text.

    Defaults of the models do not apply. Raises psycopg's errors where the database refuses a row.
    """
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
