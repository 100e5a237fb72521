"""The one store of this process: documents, slices of recordings, finished recordings."""

from __future__ import annotations

from flask import current_app

from app.adapters.filestore import FileStore


def file_store() -> FileStore:
    """Return the store of the settings; made anew each time, because a store must not cross a fork."""
    # Where the web server hands files out itself (X-Accel), its group has to read them.
    return FileStore(current_app.config["STORAGE_URL"], group_reads=bool(current_app.config["X_ACCEL_PREFIX"]))
