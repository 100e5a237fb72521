"""`flask files strays`: stored files that no row names, and how they go."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.services.doomed import remove_doomed
from app.services.storage import file_store
from app.services.strays import let_go, stray_files

files_commands = AppGroup("files", help="The stored files.")


@files_commands.command("strays")
@click.option("--remove", is_flag=True, help="Remove them. Nothing brings them back but a backup.")
def strays(remove: bool) -> None:
    """List the files that have been stored for a week and that no row names.

    Another installation that keeps its files in the same place would lose them: look at the list first.
    """
    store = file_store()
    found = stray_files(store)
    for file in found:
        click.echo(f"{file.key}  {file.size} bytes  {file.stored_at:%Y-%m-%d %H:%M} UTC")
    click.echo(f"Files without a record: {len(found)}, {sum(file.size for file in found)} bytes.")
    if not remove or not found:
        return
    try:
        with transaction():
            let_go(found, now=now())
    except Refusal as refusal:
        click.echo(str(refusal.message), err=True)
        sys.exit(1)
    click.echo(f"Removed: {remove_doomed(transaction, store)}")
