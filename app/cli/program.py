"""`flask program load FILE...`: openings come from program files."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from app.adapters.clock import now
from app.domain.program import Program
from app.domain.program_file import ProgramFaults, parse_program
from app.extensions import transaction
from app.services.program import load_program

program_commands = AppGroup("program", help="Openings that come from program files.")


@program_commands.command("load")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(files: tuple[Path, ...]) -> None:
    """Load program files (YAML). Nothing is loaded while any of them has a fault: exit code 2."""
    programs: list[tuple[Path, Program]] = []
    faulty = False
    for path in files:
        try:
            programs.append((path, parse_program(path.read_text(encoding="utf-8"))))
        except UnicodeDecodeError as problem:
            faulty = True
            click.echo(f"{path}: line 1: file: The file is not UTF-8 text ({problem.reason}).", err=True)
        except ProgramFaults as problem:
            faulty = True
            for line in problem.lines():
                click.echo(f"{path}: {line}", err=True)
    if faulty:
        sys.exit(2)
    for path, program in programs:
        with transaction():
            said = load_program(program, now=now())
        click.echo(f"{path.name}: {program.opening.slug}: " + ("up to date" if not said else f"{len(said)} changes"))
        for line in said:
            click.echo(f"  {line}")
