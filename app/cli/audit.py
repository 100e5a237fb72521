"""`flask audit verify` checks the chain over the audit events; `flask audit seal` adds what is not in it yet."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.domain.audit_words import FAULT_WORDS
from app.extensions import transaction
from app.services.audit_check import verify_audit
from app.services.upkeep import seal_everything

audit_commands = AppGroup("audit", help="The audit log and its chain of hashes.")


@audit_commands.command("seal")
def seal() -> None:
    """Put every event that was committed into the chain; the worker does so every minute."""
    click.echo(f"Sealed: {seal_everything(transaction, now)}")


@audit_commands.command("verify")
@click.option("--expect", metavar="PLACE:HASH", help="A head that was noted down before, as this command prints it.")
def verify(expect: str | None) -> None:
    """Check every link of the chain. Exit 1, with one line for each fault, where something was changed."""
    expected = None
    if expect is not None:
        place, _, noted = expect.partition(":")
        if not place.isdigit() or len(noted) != 64:
            click.echo("Give the head as this command prints it: a number, a colon and 64 characters.", err=True)
            sys.exit(2)
        expected = int(place), noted
    seal_everything(transaction, now)
    with transaction():
        verdict = verify_audit(now=now(), expected=expected)
    for fault in verdict.faults:
        click.echo(f"{FAULT_WORDS[fault.code]} (place {fault.seq}, event {fault.event_id})", err=True)
    if not verdict.ok:
        sys.exit(1)
    click.echo(f"The audit log is whole: {verdict.links} events. Head: {verdict.links}:{verdict.head or '-'}")
