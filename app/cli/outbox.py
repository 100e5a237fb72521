"""`flask outbox`: the mails that are owed, from the command line (cron's second path)."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.outbox_hold import current_hold, held_by_kind
from app.services.outbox_hold import release_outbox
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


@outbox_commands.command("held")
def held() -> None:
    """Say whether the outbox is frozen (as it is after a restore), and what waits in it."""
    hold = current_hold()
    if hold is None:
        click.echo("The outbox is not frozen.")
    else:
        click.echo(
            f"Frozen since {hold.since:%Y-%m-%d %H:%M} UTC; the backup is of {hold.backup_made_at:%Y-%m-%d %H:%M} UTC."
        )
    for kind, count in held_by_kind().items():
        click.echo(f"  {count:>6} {kind}")


@outbox_commands.command("release")
@click.option(
    "--send-owed",
    is_flag=True,
    help="Send also what may have left between the backup and the loss. It may arrive twice.",
)
def release(send_owed: bool) -> None:
    """Let mails leave again after a restore.

    What was owed when the backup was made becomes "unconfirmed": staff settle each one on the page of the mails.
    """
    with transaction():
        released = release_outbox(send_owed=send_owed, now=now())
    if released is None:
        click.echo("The outbox is not frozen. Nothing to do.")
        return
    click.echo(
        f"Released: {released.leaving} mail(s) may leave, {released.unconfirmed} wait for a person (unconfirmed)."
    )
