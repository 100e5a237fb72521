"""`make bench`: the benchmarks by name, each against the floor that it must hold.

    make bench                          all of them, one after the other
    make bench ONLY=mail,outage         only these
    make bench ONLY=routing ARGS="--sizes XS,S --no-command"

One after the other, each in a process of its own. Exits with 1 where a floor does not hold. The measured figures, and
on which machine: docs/performance.md.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.mail import SWEEP
from bench.routing import DATABASE_SECONDS, verdict

ROOT = Path(__file__).resolve().parents[1]
Figures = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """One line of the table."""

    what: str
    measured: str
    floor: str
    holds: bool


def at_most(what: str, value: float, most: float, unit: str) -> Held:
    """Judge what should be small."""
    return Held(what, f"{value:g} {unit}", f"at most {most:g} {unit}", value <= most)


def at_least(what: str, value: float, least: float, unit: str) -> Held:
    """Judge what should be big."""
    return Held(what, f"{value:g} {unit}", f"at least {least:g} {unit}", value >= least)


def none(what: str, value: int) -> Held:
    """Judge what must never happen."""
    return Held(what, str(value), "0", value == 0)


# ---- what each benchmark's figures are held against


def routing(said: str) -> Iterable[Held]:
    """It judges itself, in its own tables: the verdicts are gathered from there."""
    for line in said.splitlines():
        for floor, word in re.findall(r"floor ([\d.]+ ?\w+) (holds|MISSED)", line):
            before = line.partition("floor")[0]
            what, measured = " ".join(before.split()[:2]).rstrip(","), re.findall(r"[\d.]+ ?(?:x|s|MB)\b", before)
            yield Held(f"routing: {what}", measured[-1] if measured else "", floor, word == "holds")


def database(figures: Figures) -> Iterable[Held]:
    """A run on 100,000 applications from end to end."""
    yield at_most("routing 100,000 with the database", figures["run"]["s"], DATABASE_SECONDS[0], "s")


def reminders(figures: Figures) -> Iterable[Held]:
    """The sweep that costs only what is due."""
    yield at_most("reminders at 1,000,000, nothing due", figures["1,000,000"]["nothing due, wall ms"], 2, "ms")
    yield at_most("a due row, 1,000,000 by 10,000", figures["large by small, CPU"], 1.3, "times")


def mail(figures: Figures) -> Iterable[Held]:
    """The sweep as the product does it, against a task for each mail."""
    for away, ways in figures.items():
        yield at_least(f"mails, mail server {away}", ways[SWEEP]["times a task each"], 3, "times a task each")


def outage(figures: Figures) -> Iterable[Held]:
    """What people notice of the broker's absence."""
    for state in ("up", "down", "hung"):
        yield at_most(f"submit, p99, broker {state}", figures[f"submit, broker {state}"]["p99"], 1, "s")
    for state in ("up", "down", "hung"):
        yield at_most(f"sign-in code, p99, broker {state}", figures[f"sign-in code, broker {state}"]["p99"], 5, "s")
    emptied = figures["emptied"]
    yield at_most("emptied broker, recovery", emptied["s until all mails had ended, most"], 120, "s")
    yield none("emptied broker, lost or doubled", emptied["lost"] + emptied["doubled"])


def burst(figures: Figures) -> Iterable[Held]:
    """Six hundred in a minute: all of them accepted, the last of them as it came, and nothing lost."""
    yield at_least("sends in a minute, accepted", figures["accepted"], 600, "of 600")
    # The last one comes at the end of the minute, and may take as long as anybody.
    yield at_most("sends in a minute, the last", figures["s until the last was sent"], 62, "s")
    yield none("sends in a minute, lost or doubled", figures["lost"] + figures["doubled"])


def burst_resume(figures: Figures) -> Iterable[Held]:
    """The same, each with a résumé of 2 MB."""
    yield at_least("with résumés, accepted", figures["accepted"], 600, "of 600")
    yield none("with résumés, lost or doubled", figures["lost"] + figures["doubled"])
    yield at_most("with résumés, sending, p95", figures["sending, s, p95"], 2, "s")


@dataclass(frozen=True)
class Benchmark:
    """A command, and how to judge what it prints."""

    words: tuple[str, ...]
    judge: Callable[[Any], Iterable[Held]]
    talks: bool = False  # it prints tables, not one line of JSON


BENCHMARKS = {
    "routing": Benchmark(("bench.routing", "--no-database"), routing, talks=True),
    "database": Benchmark(("bench.database", "L"), database),
    "reminders": Benchmark(("bench.reminders",), reminders),
    "mail": Benchmark(("bench.mail",), mail),
    "outage": Benchmark(("bench.outage",), outage),
    "burst": Benchmark(("bench.burst",), burst),
    "resumes": Benchmark(("bench.burst", "resume"), burst_resume),
}


def run(name: str, further: Iterable[str] = ()) -> list[Held]:
    """Run one benchmark; one that breaks holds nothing."""
    benchmark, began = BENCHMARKS[name], time.monotonic()
    load = os.getloadavg()[0]
    print(f"\n{name} (load {load:.1f} before it)", flush=True)
    lines = []
    words = [sys.executable, "-u", "-m", *benchmark.words, *further]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            print(f"  {line}", end="", flush=True)
    print(f"  {time.monotonic() - began:.0f} s", flush=True)
    if process.returncode != 0 or not lines:
        return [Held(name, "broke off", "an answer", False)]
    return list(benchmark.judge("".join(lines) if benchmark.talks else json.loads(lines[-1])))


def table(held: Iterable[Held]) -> str:
    """What, measured, floor, holds or not."""
    rows = [("what", "measured", "floor", ""), *((h.what, h.measured, h.floor, verdict(h.holds)) for h in held)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main(arguments: list[str]) -> int:
    """Run what ONLY names, or everything; `arguments` go to the one that is named. 1 where a floor does not hold."""
    chosen = [name.strip() for name in os.environ.get("ONLY", "").split(",") if name.strip()] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown or (arguments and len(chosen) != 1):
        print(f"There are: {', '.join(BENCHMARKS)}. ARGS goes with one of them.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores", flush=True)
    held = [one for name in chosen for one in run(name, arguments)]
    print(f"\n{table(held)}", flush=True)
    return 0 if all(one.holds for one in held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
