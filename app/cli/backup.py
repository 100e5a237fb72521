"""`flask backup DIR` and `flask restore DIR`: database and files together, verified."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from app.adapters.clock import real_now
from app.adapters.filestore import StorageError
from app.adapters.postgres_dump import DumpFailed
from app.domain.backup import BackupDamaged, Manifest
from app.services.backups import BackupRefused, make_backup, verify_backup
from app.services.restores import restore_backup
from app.services.storage import file_store
from config import ROOT

VERSIONS = ROOT / "migrations" / "versions"
MOST_FAULTS = 20
_FAILURES = (BackupRefused, BackupDamaged, DumpFailed, StorageError, DBAPIError)


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@with_appcontext
def backup(folder: Path) -> None:
    """Write database and files of this moment into DIR, which is not there yet, and read it back.

    Exit status 1 where nothing was written, 3 where the backup is whole but for files that the store does not have.
    """
    owner_url = current_app.config["DATABASE_OWNER_URL"]
    try:
        manifest = make_backup(folder, owner_url=owner_url, store=file_store(), now=real_now(), tell=_tell)
    except _FAILURES as failure:
        _fail(failure)
    click.echo(f"{folder}: {_summary(manifest)}. Read back: all digests are right.")
    if manifest.missing:
        click.echo(f"{len(manifest.missing)} file(s) are missing from the store or damaged in it:", err=True)
        _list(manifest.missing)
        sys.exit(3)


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only read the backup and compare its digests.")
@with_appcontext
def restore(folder: Path, check: bool) -> None:
    """Put a backup into an empty database and an empty store. Mails stay frozen until `flask outbox release`."""
    try:
        if check:
            click.echo(f"{folder}: {_summary(verify_backup(folder))}. All digests are right.")
            return
        manifest = restore_backup(
            folder,
            owner_url=current_app.config["DATABASE_OWNER_URL"],
            store=file_store(),
            versions=VERSIONS,
            now=real_now(),
            tell=_tell,
        )
    except _FAILURES as failure:
        _fail(failure)
    click.echo(f"Restored: {_summary(manifest)}; every count and digest is equal.")
    click.echo("Next: `flask db upgrade`, look at the product, then `flask outbox release`. Until then no mail leaves.")


def _summary(manifest: Manifest) -> str:
    rows = sum(manifest.tables.values())
    return f"{rows} rows, {manifest.files} files ({manifest.files_bytes} bytes), made {manifest.made_at}"


def _tell(words: str) -> None:
    click.echo(f"  {words}", err=True)


def _fail(failure: Exception) -> NoReturn:
    if isinstance(failure, BackupDamaged):
        click.echo("The backup is damaged:", err=True)
        _list(failure.faults)
    elif isinstance(failure, DBAPIError):
        click.echo(f"The database: {' '.join(str(failure.orig).split())}", err=True)
    else:
        click.echo(str(failure), err=True)
    sys.exit(1)


def _list(lines: list[str] | tuple[str, ...]) -> None:
    for line in lines[:MOST_FAULTS]:
        click.echo(f"  {line}", err=True)
    if len(lines) > MOST_FAULTS:
        click.echo(f"  ... and {len(lines) - MOST_FAULTS} more", err=True)
