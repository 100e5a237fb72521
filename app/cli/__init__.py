"""The `flask` commands of the product; each hands over to a service."""

from __future__ import annotations

from flask import Flask

from app.cli.accounts import person_commands, setup
from app.cli.demo import demo_commands
from app.cli.outbox import outbox_commands
from app.cli.program import program_commands


def install_commands(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(program_commands)
    app.cli.add_command(person_commands)
    app.cli.add_command(setup)
    app.cli.add_command(outbox_commands)
    if app.config["DEMO"]:
        app.cli.add_command(demo_commands)
