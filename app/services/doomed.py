"""Files that no row needs any more: noted within the transaction that lets go of them, removed after its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.adapters.filestore import FileStore
from app.extensions import db
from app.models.retention import DoomedFile
from app.queries.retention import doomed_files

FILES_AT_ONCE = 50


def remove_doomed(commit: Callable[[], AbstractContextManager[Any]], store: FileStore) -> int:
    """Remove the files that wait for it; one that is gone already is no error."""
    removed = 0
    while True:
        with commit():
            keys = doomed_files(FILES_AT_ONCE)
        if not keys:
            return removed
        for key in keys:
            store.delete(key)
        with commit():
            db.session.execute(delete(DoomedFile).where(DoomedFile.storage_key.in_(keys)))
        removed += len(keys)


def doom(keys: Iterable[str], now: datetime) -> None:
    """Let these files be removed after the commit."""
    rows = [{"storage_key": key, "doomed_at": now} for key in sorted(keys)]
    if rows:
        db.session.execute(insert(DoomedFile).on_conflict_do_nothing(), rows)
