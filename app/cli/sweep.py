"""`flask sweep`: all that beat would call, once, for an ordinary cron. Safe beside beat, the relay and itself."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.demo_again import is_under_way
from app.services.rounds import sweep_all


@click.command("sweep")
@click.option("--seconds", default=50.0, show_default=True, help="Stop sending mails after so long.")
@with_appcontext
def sweep(seconds: float) -> None:
    """Do everything that is due: mails, reminders, offers, recordings, readers, reviewers, routing.

    Exit code 1 where a round failed; the others were done all the same.
    """
    if current_app.config["DEMO"] and is_under_way():
        click.echo("The demo is being made anew. Nothing was done.")
        return
    failed = False
    for done in sweep_all(transaction, now, seconds=seconds):
        failed = failed or done.fault is not None
        click.echo(f"{done.task}: {done.count if done.fault is None else 'failed, ' + done.fault}")
    if failed:
        sys.exit(1)
