"""Can this process serve? Asked by the load balancer and by the operator's page."""

from __future__ import annotations

import os
import socket
from functools import cache

import structlog
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.broker import broker_answers
from app.adapters.filestore import FileStore, StorageError
from app.extensions import db
from app.services.storage import file_store

log = structlog.get_logger()

OK, AWAY, OLD, LOW = "ok", "away", "old", "low"
# Without these a page cannot be served. The others cost less: mails wait, large uploads are refused.
NEEDED = ("database", "migrations", "storage")
LOWEST_FREE = 512 * 1024 * 1024


def checks() -> dict[str, str]:
    """Return each thing that was looked at with "ok", or with the word for what is wrong."""
    database = _database()
    return {
        "database": OK if database is not None else AWAY,
        "migrations": _migrations(database),
        "storage": _storage(),
        "disk": _disk(),
        "broker": OK if broker_answers(current_app.config["REDIS_URL"]) else AWAY,
    }


def may_serve(found: dict[str, str]) -> bool:
    """Tell whether what pages need is there."""
    return all(found[name] == OK for name in NEEDED)


def free_bytes() -> int | None:
    """Return the room that is left for files, or None where the store has no such limit."""
    return file_store().free_bytes()


def _database() -> str | None:
    """Return the schema's version, or None where the database does not answer."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '2s'"))
            return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError as fault:
        log.warning("not ready", check="database", fault=type(fault).__name__)
        return None


def _migrations(version: str | None) -> str:
    """A version that this code does not know is newer: it may serve on while the next release is put in."""
    if version is None:
        return AWAY
    known, head = _revisions(current_app.extensions["migrate"].directory)
    return OK if version == head or version not in known else OLD


@cache
def _revisions(folder: str) -> tuple[frozenset[str], str | None]:
    script = ScriptDirectory(folder)
    return frozenset(each.revision for each in script.walk_revisions()), script.get_current_head()


def _storage() -> str:
    key = f"probe/{socket.gethostname()[:40]}-{os.getpid()}"
    try:
        store = file_store()
        store.put(key, b"ok")
        store.delete(key)
    except StorageError as fault:
        log.warning("not ready", check="storage", fault=type(fault).__name__)
        return AWAY
    return OK


def _disk() -> str:
    try:
        return LOW if _is_low(file_store()) else OK
    except (StorageError, OSError):
        return AWAY


def _is_low(store: FileStore) -> bool:
    free = store.free_bytes()
    return free is not None and free < LOWEST_FREE
