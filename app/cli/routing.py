"""`flask routing`: the routing rule from the command line; `solve` works on a file alone, without a database."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import NoReturn
from uuid import UUID, uuid4

import click
from flask.cli import AppGroup

from app.adapters.garbage import garbage_collected_later
from app.domain.explanations import explain
from app.domain.instance import Instance, input_sha256
from app.domain.instance_reading import read_instance
from app.domain.json_reading import InstanceFaults
from app.domain.matching import solve
from app.domain.packing import Damaged
from app.domain.replay import replay
from app.domain.result_check import proposal_faults, result_faults
from app.domain.routing_result import result_lines, result_to_json
from app.models.routing import RoutingRun
from app.queries.by_id import run_by_id
from app.queries.routing_audit import declines_before, newest_run_of, proposals_as_stored

MOST_LINES = 20  # of what is wrong with a run

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
    with garbage_collected_later():
        with stopwatch("read"):
            read, sha = _read(instance)
        with stopwatch("solve"):
            outcome = solve(read)
        with stopwatch("explain"):
            result = result_to_json(read, outcome, sha, explain(read, outcome))
        with stopwatch("write"):
            _write(output, result_lines(result))
    if timing:
        stopwatch.report()


def _names_a_run(command: Callable[[RoutingRun], None]) -> Callable[..., None]:
    """Take RUN or --latest on the command line, and hand the run over; status 2 where there is none."""

    @click.argument("run", metavar="[RUN]", required=False, type=click.UUID)
    @click.option("--latest", metavar="OPENING", help="The newest run of the opening with this address (slug).")
    @wraps(command)
    def with_run(run: UUID | None, latest: str | None) -> None:
        if (run is None) == (latest is None):
            raise click.UsageError("Give the id of a run, or --latest with the address of an opening.")
        row = run_by_id(run) if run is not None else newest_run_of(latest or "")
        if row is None:
            _stop([f"There is no run {run}." if run is not None else f"There is no run of an opening {latest}."])
        try:
            command(row)
        except Damaged:
            _tell([f"Run {row.id} is damaged: what was stored of it cannot be read."])
            sys.exit(1)

    return with_run


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


@routing_commands.command("instance")
@_names_a_run
def print_instance(run: RoutingRun) -> None:
    """Print a run's stored instance, which `flask routing solve` reads."""
    sys.stdout.flush()
    sys.stdout.buffer.write(run.instance.encode())


@routing_commands.command("replay")
@_names_a_run
def replay_run(run: RoutingRun) -> None:
    """Solve a stored run again and print the result; where it is not the stored one, say what differs (status 1)."""
    again = replay(run.instance, run.input_sha256, run.result)
    if again.result is None or again.differences:
        _tell(again.differences)
        sys.exit(1)
    _write(None, result_lines(again.result))


@routing_commands.command("verify")
@_names_a_run
def verify_run(run: RoutingRun) -> None:
    """Derive every explanation of a stored run again, without the code that routed; status 1 where one is false."""
    data = run.instance.encode()
    try:
        instance = read_instance(data)
    except InstanceFaults as refused:
        _tell([f"the stored instance: {path}: {sentence}" for path, sentence in refused.faults])
        sys.exit(1)
    faults = result_faults(instance, input_sha256(data), run.result, declined_on=declines_before(run))
    if run.input_sha256 != input_sha256(data):
        faults.append(f"the stored instance has the SHA-256 {input_sha256(data)}, the run says {run.input_sha256}")
    if not faults:
        faults = proposal_faults(instance, run.result, proposals_as_stored(run.id))
    if faults:
        _tell(faults)
        sys.exit(1)
    count = sum(len(row["passed_over"]) for row in run.result["explanations"])
    click.echo(f"Run {run.id}: {len(run.result['assignments'])} places and {count} explanations, all true.")


def _tell(faults: Sequence[str]) -> None:
    for line in faults[:MOST_LINES]:
        click.echo(line, err=True)
    if len(faults) > MOST_LINES:
        click.echo(f"... and {len(faults) - MOST_LINES} more", err=True)


def _stop(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)
