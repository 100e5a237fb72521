"""The `flask` commands of the product; each hands over to a service."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import ScriptInfo

from app.cli.accounts import person_commands, setup
from app.cli.audit import audit_commands
from app.cli.backup import backup, restore
from app.cli.demo import demo_commands
from app.cli.files import files_commands
from app.cli.operations import invariants, retention_commands
from app.cli.outbox import outbox_commands
from app.cli.program import program_commands
from app.cli.routing import routing_commands
from app.cli.sweep import sweep


def install_commands(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(program_commands)
    app.cli.add_command(person_commands)
    app.cli.add_command(setup)
    app.cli.add_command(outbox_commands)
    app.cli.add_command(routing_commands)
    app.cli.add_command(audit_commands)
    app.cli.add_command(invariants)
    app.cli.add_command(retention_commands)
    app.cli.add_command(files_commands)
    app.cli.add_command(sweep)
    app.cli.add_command(backup)
    app.cli.add_command(restore)
    if app.config["DEMO"]:
        app.cli.add_command(demo_commands)


def looks_up_a_command() -> bool:
    """Tell whether the `flask` program makes the app only to find one of the commands above in it.

    Its own commands (`flask run`, `flask db`) are found without the app and make it later, in a context of theirs.
    """
    context = click.get_current_context(silent=True)
    return context is not None and context.parent is None and context.find_object(ScriptInfo) is not None
