"""`flask routing`: the routing rule from the command line; `solve` works on a file alone, without a database."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NoReturn
from uuid import uuid4

import click
from flask.cli import AppGroup

from app.domain.explanations import explain
from app.domain.instance import Instance, input_sha256
from app.domain.instance_reading import read_instance
from app.domain.json_reading import InstanceFaults
from app.domain.matching import solve
from app.domain.routing_result import result_lines, result_to_json

routing_commands = AppGroup("routing", help="The routing rule: who goes to which office, and why.")


@routing_commands.command("solve")
@click.argument("instance", metavar="INSTANCE.json", type=click.Path(path_type=Path))
@click.option("--output", metavar="RESULT.json", type=click.Path(path_type=Path), help="Write the result to this file.")
@click.option("--timing", is_flag=True, help="Print the seconds of each step on standard error.")
def solve_file(instance: Path, output: Path | None, timing: bool) -> None:
    """Solve an instance file (docs/routing.md describes it); needs no database and no environment.

    A file that is not of the documented form gets one line for each fault on standard error and exit status 2;
    then nothing is written.
    """
    stopwatch = _Stopwatch()
    # Millions of small objects that all stay: looking for garbage among them would double the time.
    gc.disable()
    try:
        with stopwatch("read"):
            read, sha = _read(instance)
        with stopwatch("solve"):
            outcome = solve(read)
        with stopwatch("explain"):
            result = result_to_json(read, outcome, sha, explain(read, outcome))
        with stopwatch("write"):
            _write(output, result_lines(result))
    finally:
        gc.enable()
    if timing:
        stopwatch.report()


class _Stopwatch:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds[step] = perf_counter() - started

    def report(self) -> None:
        for step, seconds in self.seconds.items():
            click.echo(f"{step:<8} {seconds:.3f} s", err=True)


def _read(path: Path) -> tuple[Instance, str]:
    """The instance in a file and the hash of its bytes; ends the program where there is a fault."""
    try:
        data = path.read_bytes()
        return read_instance(data), input_sha256(data)
    except InstanceFaults as refused:
        _stop(f"{where}: {sentence}" for where, sentence in refused.faults)
    except OSError as problem:
        _stop([f"{path}: cannot be read: {problem.strerror}"])


def _write(path: Path | None, lines: Iterable[str]) -> None:
    """Write to the file or to standard output; a file is there whole or not at all."""
    try:
        if path is None:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(line.encode() for line in lines)
            sys.stdout.buffer.flush()
        else:
            _write_file(Path(os.path.realpath(path)), lines)
    except BrokenPipeError:
        raise  # nobody reads on: click ends quietly
    except OSError as problem:
        _stop([f"{path or 'standard output'}: cannot be written: {problem.strerror}"])


def _write_file(path: Path, lines: Iterable[str]) -> None:
    if path.exists() and not path.is_file():  # a device or a pipe; a folder is an error
        with path.open("wb") as device:
            device.writelines(line.encode() for line in lines)
        return
    beside = path.with_name(f".{uuid4().hex}.partial")
    try:
        with beside.open("xb") as file:
            file.writelines(line.encode() for line in lines)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _stop(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)
