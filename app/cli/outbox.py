"""`flask outbox`: the mails that are owed, from the command line (cron's second path)."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.extensions import transaction
from app.services.posting import sender_here, sweep_outbox

outbox_commands = AppGroup("outbox", help="The mails that are owed.")


@outbox_commands.command("sweep")
@click.option("--seconds", default=60.0, show_default=True, help="Stop after so long.")
def sweep(seconds: float) -> None:
    """Send all that is due, and look after what a dead sender held."""
    sender = sender_here(transaction, now)
    try:
        tried = sweep_outbox(sender, seconds=seconds)
    finally:
        sender.close()
    click.echo(f"{tried} mail(s) tried.")
