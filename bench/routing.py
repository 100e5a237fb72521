"""The routing engine against its peers, its floor and its aim, on this machine.

    python -m bench.routing                  all sizes, the peers on XS and S, the command, the database
    python -m bench.routing --sizes XS,S     only these
    PEERS=M python -m bench.routing          the peers on M as well: some minutes each

Matching is counted from ranks, scores and seats in memory to the assignment, with everything that an engine
builds for itself. Explanations come apart. Times are medians; ratios are those of CPU seconds, which survive a
machine with other work to do.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from app.domain.explanations import explain
from app.domain.instance import instance_to_json
from app.domain.matching import solve
from app.domain.routing_result import result_to_json
from bench.engines import PEERS, placewell
from bench.instances import SIZES, Market, instance, market
from bench.measure import Times, in_turn, timed

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = {"XS": 7, "S": 7, "M": 5, "L": 5}
PEER_ROUNDS = {"XS": 7, "S": 7, "M": 1}
RATIOS = {"S": (100, 300), "M": (300, 1000)}  # how many times as fast as each peer: the floor, and what we want
L_SECONDS = (5.0, 1.0)  # matching and explanations
L_MEGABYTES = 800
DATABASE_SECONDS = (15.0, 5.0)


def main() -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser(description="Measure routing.")
    parser.add_argument("--sizes", default="XS,S,M,L", help="which of XS, S, M, L")
    parser.add_argument("--no-command", action="store_true", help="leave `flask routing solve` out")
    parser.add_argument("--no-database", action="store_true", help="leave the run with the database out")
    wanted = parser.parse_args()
    sizes = [size for size in SIZES if size in wanted.sizes.split(",")]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n", flush=True)
    print(f"{'size':<5}{'engine':<12}{'CPU ms':>10}{'wall ms':>10}{'rounds':>8}   against the peer", flush=True)
    for size in sizes:
        matching(size, with_peers=size in ("XS", "S") or size in os.environ.get("PEERS", "").split(","))
    print(f"\n{'size':<5}{'step':<14}{'CPU ms':>10}{'wall ms':>10}", flush=True)
    for size in sizes:
        explanations(size)
    if not wanted.no_command:
        for size in sizes:
            command(size)
    if not wanted.no_database:
        database(sizes[-1])


def matching(size: str, *, with_peers: bool) -> None:
    """Our engine and the peers in turn, on the same plain market; everybody has to find the same."""
    names = ["placewell", *(PEERS if with_peers else {})]
    rounds = {name: ROUNDS[size] if name == "placewell" else PEER_ROUNDS[size] for name in names}
    # A process for each: what one leaves in memory, scattered as it is, would slow the next one down.
    with ExitStack() as stack:
        spawn = get_context("spawn")
        own = {name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for name in names}
        found = in_turn({name: partial(_round_elsewhere, own[name], name, size) for name in names}, rounds)
    ours, places = found["placewell"]
    for name, (times, result) in found.items():
        assert result == places, f"{name} finds another outcome"
        ratio = times.cpu_median / ours.cpu_median
        row(size, name, times, "" if name == "placewell" else f"{ratio:7.0f}x{judged(size, ratio)}")


def _round_elsewhere(process: Executor, name: str, size: str) -> tuple[Times, dict[str, str]]:
    return process.submit(one_round, name, size).result()


def one_round(name: str, size: str) -> tuple[Times, dict[str, str]]:
    """One round of one engine, in whatever process this is."""
    data, times = _plain_market(size), Times()
    engine = placewell if name == "placewell" else PEERS[name]
    return times, timed(lambda: engine(data), times)


@cache
def _plain_market(size: str) -> Market:
    return market(size, plain=True)


def row(size: str, name: str, times: Times, note: str) -> None:
    """One line of the first table."""
    numbers = f"{times.cpu_median * 1000:>10.1f}{times.wall_median * 1000:>10.1f}{len(times.cpu):>8}"
    print(f"{size:<5}{name:<12}{numbers}   {note}", flush=True)


def judged(size: str, ratio: float) -> str:
    """A ratio against its floor and its aim."""
    if size not in RATIOS:
        return ""
    floor, aim = RATIOS[size]
    return f"  floor {floor}x {verdict(ratio >= floor)}, aim {aim}x {verdict(ratio >= aim)}"


def verdict(holds: bool) -> str:
    """Whether a goal holds, in a word."""
    return "holds" if holds else "MISSED"


def explanations(size: str) -> None:
    """Matching and explaining with Spanish minimums, step by step, from an instance in memory."""
    steps = {name: Times() for name in ("matching", "explaining", "sentences")}
    routed = instance(market(size))
    for _ in range(min(ROUNDS[size], 7)):
        outcome = timed(lambda: solve(routed), steps["matching"])
        reasons = timed(lambda outcome=outcome: explain(routed, outcome), steps["explaining"])  # type: ignore[misc]
        timed(lambda o=outcome, r=reasons: result_to_json(routed, o, "", r), steps["sentences"])  # type: ignore[misc]
    for name, times in steps.items():
        print(f"{size:<5}{name:<14}{times.cpu_median * 1000:>10.1f}{times.wall_median * 1000:>10.1f}", flush=True)
    if size == "L":
        total = sum(times.cpu_median for times in steps.values())
        floor, aim = L_SECONDS
        print(f"L    together {total:.2f} s of CPU: floor {floor} s {verdict(total <= floor)}, aim {aim} s "
              f"{verdict(total <= aim)}", flush=True)  # fmt: skip


def command(size: str) -> None:
    """`flask routing solve` on a file, as people run it: its own timing, and the peak memory of the process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instance.json"
        path.write_text(json.dumps(instance_to_json(instance(market(size)))))
        output = Path(folder) / "result.json"
        words = [sys.executable, "-m", "flask", "--app", "app", "routing", "solve", str(path), "--output", str(output)]
        process = subprocess.Popen([*words, "--timing"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        with process.stderr:
            peak = _watched_peak_mb(process)
            told = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, told
        seconds = " ".join(f"{step} {value}" for step, value in re.findall(r"(\w+) +([\d.]+ s)", told))
        judgment = f": floor {L_MEGABYTES} MB {verdict(peak <= L_MEGABYTES)}" if size == "L" else ""
        print(
            f"\nflask routing solve, {size} ({path.stat().st_size / 2**20:.0f} MB in, "
            f"{output.stat().st_size / 2**20:.0f} MB out): {seconds}; CPU of the process "
            f"{used.ru_utime + used.ru_stime:.1f} s, peak {peak:.0f} MB{judgment}",
            flush=True,
        )


def _watched_peak_mb(process: subprocess.Popen[str]) -> float:
    """The most memory that a process had, looked at until it ends (what the kernel tells later counts ours, too)."""
    peak = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = max(peak, int(found[1])) if found else peak
        time.sleep(0.02)
    return peak / 1024


def database(size: str) -> None:
    """A whole run with PostgreSQL, in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.database", size], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        sys.exit(answer.stderr)
    figures = json.loads(answer.stdout.splitlines()[-1])
    print(f"\nWith the database, {size}:")
    for name, value in figures.items():
        print(f"  {name}: {value}")
    if size == "L":
        wall = figures["run"]["s"]
        total = figures["run"]["cpu_s"] + figures["run"]["database_cpu_s"]
        floor, aim = DATABASE_SECONDS
        print(f"  from end to end {wall:.1f} s: floor {floor} s {verdict(wall <= floor)}, aim {aim} s "
              f"{verdict(wall <= aim)}; CPU of both together {total:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main()
