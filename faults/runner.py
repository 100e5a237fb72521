"""Runs the faults in seeded rounds and prints the table."""

from __future__ import annotations

import os
import random
import signal
import statistics
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from faults import ledger
from faults.ground import Ground
from faults.rounds import FAULTS, Fault, Pace, Round

# What the table of a full run stands on; by default a short one, at most 15 minutes.
FULL = {Pace.QUICK: 100, Pace.SLOW: 10, Pace.HEAVY: 3}
USUAL = {Pace.QUICK: 3, Pace.SLOW: 1, Pace.HEAVY: 1}


@dataclass
class Row:
    """What became of all rounds of one fault."""

    fault: Fault
    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    uncertain: int = 0
    recoveries: list[float] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    # Of each round: emptying and starting what it needs, the fault, and the ledger.
    seconds: list[float] = field(default_factory=list)

    def add(self, one: Round) -> None:
        """Count one round."""
        self.rounds += 1
        self.lost += one.lost
        self.doubled += one.doubled
        self.uncertain += one.uncertain
        if one.recovery is not None:
            self.recoveries.append(one.recovery)
        for name, values in one.figures.items():
            self.figures.setdefault(name, []).extend(values)

    def cells(self) -> list[str]:
        """The row of the table."""
        recovery = "-"
        if self.recoveries:
            recovery = f"{statistics.median(self.recoveries):.1f} s, at most {max(self.recoveries):.1f} s"
        numbers = [str(number) for number in (self.rounds, self.lost, self.doubled, self.uncertain)]
        verdict = "pass" if not self.failures else f"{len(self.failures)} failed"
        return [self.fault.key, self.fault.title, *numbers, recovery, verdict]

    def notes(self) -> Iterable[str]:
        """One line for each measured figure."""
        for name, values in self.figures.items():
            ordered = sorted(values)
            last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
            yield (
                f"{self.fault.key} {name}: median {statistics.median(ordered):.3g}, "
                f"p99 {last:.3g}, most {ordered[-1]:.3g} ({len(ordered)} values)"
            )


HEADS = ["fault", "what happens", "rounds", "lost", "doubled", "uncertain", "recovery (median, most)", ""]


def run_fault(
    ground: Ground, fault: Fault, *, rounds: int, seed: int, short: bool = False, real: bool = False, stop_at: int = 3
) -> Row:
    """Run a fault so often; after `stop_at` failed rounds it has proved enough."""
    row = Row(fault)
    for number in range(rounds):
        began = time.monotonic()
        one = Round(ground, random.Random(f"{seed} {fault.key} {number}"), short, real)
        try:
            ground.emptied()
            ground.need(*fault.needs)
            fault.run(one)
            ledger.check(one)
        except Exception as problem:
            place = traceback.extract_tb(problem.__traceback__)[-1]
            row.failures.append(
                f"{fault.key}, round {number}, seed {seed}: {type(problem).__name__} at "
                f"{os.path.basename(place.filename)}:{place.lineno}: {problem}"
            )
            for name in list(ground.processes):
                ground.forget(name)
        row.add(one)
        row.seconds.append(time.monotonic() - began)
        if len(row.failures) >= stop_at:
            break
    return row


def in_order() -> list[Fault]:
    """Every fault by its number; those without come last."""

    def place(one: Fault) -> tuple[bool, int, str]:
        digits = "".join(letter for letter in one.key if letter.isdigit())
        return (not one.key.startswith("F"), int(digits), one.key)

    return sorted(FAULTS.values(), key=place)


def main() -> int:
    """Read the wishes from the environment, run, print; 1 where a round failed."""
    seed = int(os.environ.get("SEED") or 1)
    only = [key.strip().upper() for key in os.environ.get("ONLY", "").split(",") if key.strip()]
    wanted, real = os.environ.get("ROUNDS", ""), os.environ.get("REAL") == "1"
    unknown = set(only) - FAULTS.keys()
    if unknown:
        print(f"No such fault: {', '.join(sorted(unknown))}. There are: {', '.join(FAULTS)}")
        return 2
    chosen = [fault for fault in in_order() if not only or fault.key in only]
    rows, began = [], time.monotonic()
    # Whoever is told to end stops its servers and removes their folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ground = Ground()
    try:
        for fault in chosen:
            rounds = FULL[fault.pace] if wanted == "full" else int(wanted) if wanted else USUAL[fault.pace]
            row = run_fault(ground, fault, rounds=rounds, seed=seed, real=real)
            rows.append(row)
            taken = f"{sum(row.seconds):.0f} s, {statistics.median(row.seconds):.1f} s a round"
            print(f"{' | '.join(row.cells())}   ({taken})", flush=True)
            for failure in row.failures:
                print(f"    {failure}", flush=True)
    finally:
        ground.close()
    print(_table(rows))
    for row in rows:
        for line in row.notes():
            print(line)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s, {os.cpu_count()} cores, real time: {real}")
    return 1 if any(row.failures for row in rows) else 0


def _table(rows: Sequence[Row]) -> str:
    lines = [HEADS, ["---"] * len(HEADS), *(row.cells() for row in rows)]
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
