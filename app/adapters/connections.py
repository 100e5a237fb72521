"""Whether a connection from the pool still lives, asked only where it may have died unseen.

SQLAlchemy's pre-ping asks the database each time, which is one of the four round trips of a short transaction. A
database that stops or restarts closes its connections, and that can be seen on the socket without a question. Only
what breaks without a word (a firewall that forgets, a machine without power) needs one, and only after some silence.
"""

from __future__ import annotations

import select
import time
from typing import Any

from psycopg import Connection, Error
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

# Seconds without use after which a connection is asked.
SILENCE = 1.0
_USED = "used_at"


def _used(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED] = time.monotonic()


def _ask(connection: Connection[Any], entry: ConnectionPoolEntry, _lent: Any) -> None:
    """Raise InvalidatePoolError where it has died: the pool then connects anew, and trusts no older one."""
    silent = time.monotonic() - entry.info.get(_USED, 0.0) > SILENCE
    if (silent or _has_news(connection)) and not _answers(connection):
        raise InvalidatePoolError


def _has_news(connection: Connection[Any]) -> bool:
    """Tell whether the other side has said something unasked, its goodbye for example."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: Connection[Any]) -> bool:
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except Error:
        return False
    return True


# For create_engine(pool_events=...).
POOL_EVENTS = [(_used, "connect"), (_used, "checkin"), (_ask, "checkout")]
