"""`flask demo prepare` (only where the demo is switched on): an invented program, full of life."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.extensions import transaction
from app.services.demo import prepare_demo
from app.services.demo.mails import deliver_past_mails

demo_commands = AppGroup("demo", help="The demo's invented people and their applications.")


@demo_commands.command("prepare")
def prepare() -> None:
    """Make the demo's data; a second time changes nothing."""
    with transaction():
        fresh = prepare_demo(now=now())
    if not fresh:
        click.echo("The demo is there already.")
        return
    delivered = deliver_past_mails(transaction, now=now())
    click.echo(f"The demo is ready; {delivered} mails are in its inbox.")
