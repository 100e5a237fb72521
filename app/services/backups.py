"""A backup of database and files of one moment, each file with its digest, read back before it counts as made.

It speaks to the database as its owner, on a connection of its own: one snapshot serves the dump, the counts of
rows and the list of files. Files never change and are stored before the row that names them, so whatever the
snapshot names is there; what retention erases meanwhile is named as missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app.adapters.filestore import FileStore, StorageError
from app.adapters.postgres_dump import dump
from app.domain.backup import (
    DIGESTS,
    DUMP,
    FILES,
    FORMAT,
    MANIFEST,
    BackupDamaged,
    Manifest,
    digest_line,
    digests_from,
    manifest_from,
)
from app.models.hold import OutboxHold
from app.queries.files_to_keep import stored_files

PIECE_BYTES = 1024 * 1024
# A restored database has a hold of its own.
WITHOUT_ROWS = (OutboxHold.__tablename__,)
_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


class BackupRefused(Exception):
    """The backup or the restore was not begun; the text says why and how to mend it."""


@contextmanager
def owner_connection(owner_url: str) -> Iterator[Connection]:
    """A connection outside of the app's pool and its time limits."""
    engine = create_engine(owner_url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def make_backup(
    folder: Path, *, owner_url: str, store: FileStore, now: datetime, tell: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Write a backup into a folder that is not there yet; it is there whole or not at all.

    Raises BackupRefused, DumpFailed, StorageError, BackupDamaged (it does not read back as it was written).
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is there already and not empty: name a new folder.")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    if unfinished.exists():
        raise BackupRefused(f"{unfinished} is left from a backup that was interrupted: remove it first.")
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        manifest = _write(unfinished, owner_url, store, now, tell)
        tell("reading it back")
        verify_backup(unfinished)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    _sync(folder.parent)
    return manifest


def _write(folder: Path, owner_url: str, store: FileStore, now: datetime, tell: Callable[[str], None]) -> Manifest:
    with owner_connection(owner_url) as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()")) or ""
        server_major = server_major_of(connection)
        revision = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
        tables = count_rows(connection)
        tell(f"database: {sum(tables.values())} rows in {len(tables)} tables")
        dumped = folder / DUMP
        dump(owner_url, dumped, snapshot=snapshot, server_major=server_major, without_rows_of=WITHOUT_ROWS)
        dumped.chmod(0o600)
        named = _spooled(stored_files(connection))
    # The snapshot is let go before the slow part: a transaction of hours would keep old rows in every table.
    with named:
        count, size, missing = _copy_files(folder, (json.loads(line) for line in named), store)
    tell(f"files: {count}, {size} bytes")
    manifest = Manifest(
        format=FORMAT,
        made_at=now.isoformat(),
        revision=revision,
        server_major=server_major,
        tables=tables,
        dump_size=dumped.stat().st_size,
        dump_sha256=_sha256(dumped),
        files=count,
        files_bytes=size,
        digests_sha256=_sha256(folder / DIGESTS),
        missing=tuple(missing),
    )
    (folder / MANIFEST).write_text(json.dumps(manifest.to_json(), indent=1) + "\n", encoding="utf-8")
    for path in (dumped, folder / DIGESTS, folder / MANIFEST, folder):
        _sync(path)
    return manifest


def _spooled(named: Iterator[tuple[str, int, str]]) -> IO[str]:
    """Put the list of files aside, on the disk where it is long; return it at its beginning."""
    spool = SpooledTemporaryFile(max_size=16 * 1024 * 1024, mode="w+", encoding="utf-8")  # noqa: SIM115 - the caller closes it
    spool.writelines(json.dumps(list(row)) + "\n" for row in named)
    spool.seek(0)
    return spool


def _copy_files(folder: Path, named: Iterator[tuple[str, int, str]], store: FileStore) -> tuple[int, int, list[str]]:
    """Copy each file and compare it with its row; return how many, their bytes, and the keys that are not there."""
    count, total, missing = 0, 0, []
    with (folder / DIGESTS).open("w", encoding="utf-8") as digests:
        for key, size, sha256 in named:
            path = folder / FILES / key
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                if _copy(store, key, size, path) != sha256:
                    raise StorageError("its content is not what was saved")
            except StorageError:
                path.unlink(missing_ok=True)
                missing.append(key)
                continue
            digests.write(digest_line(key, sha256))
            count, total = count + 1, total + size
    return count, total, missing


def _copy(store: FileStore, key: str, size: int, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        for piece in store.stream(key, size=size):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def verify_backup(folder: Path) -> Manifest:
    """Read everything and compare it with the manifest. Raises BackupDamaged."""
    try:
        manifest = manifest_from(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError) as problem:
        raise BackupDamaged([f"{MANIFEST} cannot be read: {problem}"]) from problem
    faults = []
    for name, sha256 in ((DUMP, manifest.dump_sha256), (DIGESTS, manifest.digests_sha256)):
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif _sha256(path) != sha256:
            faults.append(f"{name} is not the one that was written")
    if faults:
        raise BackupDamaged(faults)
    count, size = 0, 0
    for key, sha256 in files_of(folder):
        path = folder / FILES / key
        if not path.is_file():
            faults.append(f"{FILES}/{key} is missing")
        elif _sha256(path) != sha256:
            faults.append(f"{FILES}/{key} is not the one that was written")
        else:
            count, size = count + 1, size + path.stat().st_size
    if not faults and (count, size) != (manifest.files, manifest.files_bytes):
        faults.append(f"{count} files with {size} bytes; the manifest has {manifest.files} with {manifest.files_bytes}")
    if faults:
        raise BackupDamaged(faults)
    return manifest


def files_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (key, sha256) of each file in the backup."""
    return digests_from((folder / DIGESTS).read_text(encoding="utf-8"))


def server_major_of(connection: Connection) -> int:
    """Return the server's major version."""
    return int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000


def count_rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has, the hold apart."""
    names = [name for name in connection.scalars(_TABLES) if name not in WITHOUT_ROWS]
    quote = connection.dialect.identifier_preparer.quote
    return {name: connection.scalar(text(f"SELECT count(*) FROM public.{quote(name)}")) or 0 for name in names}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
