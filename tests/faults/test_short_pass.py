"""One short round of each quick fault on servers of its own; `make faults` runs them all (docs/reliability.md)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from faults import every  # noqa: F401 - importing it registers the faults
from faults.ground import Ground, NotOurs
from faults.runner import in_order, run_fault

# Changes with nothing: a failure here is one that `make faults SEED=1 ONLY=...` shows again.
SEED = 1
# Neighbors share their processes: starting one costs more than most rounds.
SHORT = sorted((fault for fault in in_order() if fault.short), key=lambda fault: sorted(fault.needs, reverse=True))


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Servers and processes of this module's own."""
    made = Ground()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_round_of_each_short_fault_loses_nothing_and_doubles_nothing(ground: Ground) -> None:
    rows = [run_fault(ground, fault, rounds=1, seed=SEED, short=True) for fault in SHORT]
    for row in rows:
        print(" | ".join(row.cells()), f"({sum(row.seconds):.1f} s)")
    assert [failure for row in rows for failure in row.failures] == []
    assert (sum(row.lost for row in rows), sum(row.doubled for row in rows)) == (0, 0)
    _a_server_of_somebody_else_is_not_harmed(ground)


def _a_server_of_somebody_else_is_not_harmed(ground: Ground) -> None:
    """Whoever points the suite at another server hears of it before anything is emptied or killed."""
    mine, ground.folder = ground.folder, ground.folder / "elsewhere"
    try:
        for harm in (ground.stop_broker, ground.hang_broker, ground.restart_postgres):
            with pytest.raises(NotOurs):
                harm()
    finally:
        ground.folder = mine


def test_an_unknown_fault_is_named_and_nothing_starts() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "faults"], env={"ONLY": "F99", "PATH": ""}, capture_output=True, text=True
    )
    assert answer.returncode == 2
    assert answer.stdout.startswith("No such fault: F99. There are: F")
