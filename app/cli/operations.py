"""`flask invariants`: what is always true, checked now. `flask retention`: what is kept no longer."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta

import click
from flask.cli import AppGroup, with_appcontext

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.retention import doomed_count, kept_until, recordings_to_delete
from app.services.invariants import check_invariants, sentence_of
from app.services.retention import run_retention
from app.services.storage import file_store


@click.command("invariants")
@click.option("--whole", is_flag=True, help="Look for every stored file, not only for the newest.")
@with_appcontext
def invariants(whole: bool) -> None:
    """Check every rule. Exit 1, with one line for each rule that is broken."""
    with transaction():
        findings = check_invariants(file_store(), now=now(), whole=whole)
    for finding in findings:
        click.echo(f"{finding.line()}. {sentence_of(finding.rule)}", err=True)
    if findings:
        sys.exit(1)
    click.echo("Every rule holds.")


retention_commands = AppGroup("retention", help="What is kept no longer than the rule says.")


@retention_commands.command("preview")
@click.option("--days", default=0, show_default=True, help="Look so many days ahead.")
def preview(days: int) -> None:
    """Say what the next run would erase; nothing is changed."""
    due = kept_until(now=now(), ahead=timedelta(days=days))
    for kept in due:
        click.echo(f"{kept.reference}  {kept.state}  {kept.erase_on}{'  on legal hold' if kept.held else ''}")
    held = sum(kept.held for kept in due)
    click.echo(
        f"Applications to erase: {len(due) - held}. On legal hold: {held}."
        f" Recordings to delete: {len(recordings_to_delete(now=now()))}. Files to remove: {doomed_count()}."
    )


@retention_commands.command("run")
def run() -> None:
    """Erase what is due. It may be stopped at any moment and run again; the worker does so every night."""
    done = run_retention(transaction, file_store(), clock=now)
    click.echo("Erased: " + ", ".join(f"{number} {name}" for name, number in asdict(done).items()))
