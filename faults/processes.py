"""The product's processes as children of this one: started, watched, killed, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from app.adapters.servers.process import die_with_parent
from tests.servers import ROOT


class Slow(AssertionError):
    """Something did not happen in the time that it may take."""


def wait_for(condition: Callable[[], object], seconds: float, what: str, every: float = 0.03) -> float:
    """Poll; return how many seconds it took. Raises Slow."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise Slow(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began


class Process:
    """One command of the product in a session of its own, with its output in a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        prefix: Sequence[str] = (),
    ) -> None:
        """`prefix`: the words of a program that becomes the command (`unshare`, for example)."""
        self.name, self.environment, self.log = name, dict(environment), log
        self.command = [*prefix, sys.executable, "-m", *command]
        self.child: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def start(self) -> None:
        """Start it, again if need be."""
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    @property
    def pid(self) -> int:
        """Its number; it must have been started."""
        assert self.child is not None
        return self.child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.child is not None and self.child.poll() is None

    def said(self) -> str:
        """What it printed since its last start."""
        return self.log.read_bytes()[self._said_before :].decode(errors="replace")

    def wait_for_line(self, words: str, seconds: float = 90) -> None:
        """Wait until it says so."""
        try:
            wait_for(lambda: words in self.said() or not self.alive, seconds, f"“{words}” from {self.name}", 0.1)
        except Slow as slow:
            raise Slow(f"{slow}:\n{self.said()[-1500:]}") from None
        assert self.alive, f"{self.name} ended: {self.said()[-1500:]}"

    def family(self) -> list[int]:
        """The numbers of its children and theirs."""
        return descendants(self.pid) if self.alive else []

    def kill(self) -> None:
        """kill -9 to the whole group."""
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def stop(self, seconds: float = 25) -> float:
        """SIGTERM; return how long it took to end."""
        began = time.monotonic()
        if self.alive:
            assert self.child is not None
            self.child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(seconds)
        self.kill()
        return time.monotonic() - began


def descendants(pid: int) -> list[int]:
    """Every process below this one, by Linux's own list."""
    children: dict[int, list[int]] = {}
    for number, parent in _parents():
        children.setdefault(parent, []).append(number)
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                if words[0] != "Z":
                    yield int(entry.name), int(words[1])


def owner_of_port(port: int, among: Sequence[int]) -> int | None:
    """Which of these processes holds the TCP connection that leaves from this local port."""
    wanted = f"0100007F:{port:04X}"
    sockets = {
        words[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (words := line.split())[1] == wanted and words[9] != "0"
    }
    for pid in among:
        with contextlib.suppress(OSError):
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(handle).removeprefix("socket:[").rstrip("]") in sockets:
                        return pid
    return None
