"""Timing that survives a noisy machine: CPU seconds, medians, and the engines in turn within one run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

Result = TypeVar("Result")
SHORTEST = 0.1  # seconds


@dataclass(slots=True)
class Times:
    """The wall and CPU seconds of one thing, measured several times."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def wall_median(self) -> float:
        """The median wall time in seconds."""
        return median(self.wall)

    @property
    def cpu_median(self) -> float:
        """The median CPU time in seconds."""
        return median(self.cpu)


def timed(work: Callable[[], Result], times: Times) -> Result:
    """Do the work and note its time; short work is repeated for a tenth of a second, for the mean of that.

    Garbage of what came before is not its own, and is not looked for meanwhile: for nobody's work, as `timeit` does
    and as the product does while it routes (app/adapters/garbage.py).
    """
    gc.collect()
    gc.disable()
    try:
        wall, cpu, count = time.perf_counter(), time.process_time(), 0
        while True:
            result = work()
            count += 1
            if time.process_time() - cpu >= SHORTEST:
                break
    finally:
        gc.enable()
    times.cpu.append((time.process_time() - cpu) / count)
    times.wall.append((time.perf_counter() - wall) / count)
    return result


def in_turn(
    work: Mapping[str, Callable[[], tuple[Times, Result]]], rounds: Mapping[str, int]
) -> dict[str, tuple[Times, Result]]:
    """Measure several things against each other: one round after the other, each as often as it has rounds."""
    times = {name: Times() for name in work}
    results: dict[str, Result] = {}
    for number in range(max(rounds.values())):
        for name, one in work.items():
            if number < rounds[name]:
                measured, results[name] = one()
                times[name].wall += measured.wall
                times[name].cpu += measured.cpu
    return {name: (times[name], results[name]) for name in work}
