"""A backup put back: into an empty database and an empty store only, with the outbox frozen from the first row on.

The hold on the outbox is written before any other row, so that no relay or worker that still runs somewhere finds
a mail that it may send.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, text

from app.adapters.filestore import FileStore, StorageError
from app.adapters.postgres_dump import restore
from app.domain.backup import DUMP, FILES, BackupDamaged, Manifest, differing_counts
from app.models.hold import OutboxHold
from app.services.backups import (
    BackupRefused,
    count_rows,
    files_of,
    owner_connection,
    server_major_of,
    verify_backup,
)

_ANYTHING = text(
    "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S')"
)


def restore_backup(
    folder: Path,
    *,
    owner_url: str,
    store: FileStore,
    versions: Path,
    now: datetime,
    tell: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Put a backup back and compare every count and digest; `versions` is the folder of the migrations.

    Raises BackupDamaged, BackupRefused (nothing was touched), DumpFailed, StorageError.
    """
    tell("reading the backup")
    manifest = verify_backup(folder)
    _refuse_unknown_revision(manifest, versions)
    with owner_connection(owner_url) as connection:
        if connection.scalar(_ANYTHING):
            raise BackupRefused(
                "The database is not empty, and a restore overwrites nothing. Create a new one, and name it in "
                "DATABASE_URL and DATABASE_OWNER_URL."
            )
        server_major = server_major_of(connection)
    wanted = dict(files_of(folder))
    there = _already_there(store, wanted)
    tell(f"files: {len(wanted) - len(there)} to store, {len(there)} there already")
    for key in sorted(wanted.keys() - there):
        if store.put_verified(key, folder / FILES / key).sha256 != wanted[key]:
            raise StorageError(f"{key} was changed while it was being restored")
    tell("database")
    _restore_database(folder / DUMP, owner_url, server_major, made_at=manifest.made_at, now=now)
    with owner_connection(owner_url) as connection:
        if faults := differing_counts(manifest.tables, count_rows(connection)):
            raise BackupDamaged(faults)
    return manifest


def _restore_database(source: Path, owner_url: str, server_major: int, *, made_at: str, now: datetime) -> None:
    restore(owner_url, source, section="pre-data", server_major=server_major)
    with owner_connection(owner_url) as connection, connection.begin():
        hold = {"id": 1, "since": now, "backup_made_at": datetime.fromisoformat(made_at)}
        connection.execute(insert(OutboxHold).values(hold))
    for section in ("data", "post-data"):
        restore(owner_url, source, section=section, server_major=server_major)
    with owner_connection(owner_url) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _refuse_unknown_revision(manifest: Manifest, versions: Path) -> None:
    known = f'revision = "{manifest.revision}"'
    if not any(known in path.read_text(encoding="utf-8") for path in versions.glob("*.py")):
        raise BackupRefused(
            f"The backup is of schema {manifest.revision}, which this version of Placewell does not know. "
            "Restore it with the version that made it, or a newer one."
        )


def _already_there(store: FileStore, wanted: dict[str, str]) -> set[str]:
    """The files that a first, interrupted try left, or that were never lost. Anything else is somebody's."""
    there = set(store.keys())
    strange = sorted(there - wanted.keys())
    if strange:
        raise BackupRefused(
            f"The store holds {len(strange)} file(s) that the backup does not know, such as {strange[0]}: "
            "name an empty folder or bucket in STORAGE_URL."
        )
    differing = [key for key in sorted(there) if store.digest(key)[0] != wanted[key]]
    if differing:
        raise BackupRefused(f"The store holds {differing[0]} with another content: name an empty folder or bucket.")
    return there
