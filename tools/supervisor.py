"""What `make run` is made of: the claim on a data folder, and the watch over its processes."""

import contextlib
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servers.process import die_with_parent, end

MARK = "PLACEWELL_RUN"  # in the environment of every child: the data folder that it belongs to
LONGEST_PAUSE = 30.0  # seconds between two attempts to start a child that keeps dying
STEADY_AFTER = 60.0  # seconds after which a child counts as healthy again
PATIENCE = 25.0  # seconds that a child may take to stop
GIVE_UP_AFTER = 3  # deaths before the program has ever answered


def say(line: str) -> None:
    """Print at once; a terminal that is gone must not stop the orderly end."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


class AlreadyRunning(Exception):
    """Another supervisor has this data folder; the message says where."""


class GaveUp(Exception):
    """A child died again and again before the program ever answered."""


class Claim:
    """The right to one data folder.

    Two locks: `supervisor.lock` is ours alone and ends with us, `children.lock` is inherited by every
    descendant, so that it is free only when the last orphan of an earlier run has ended.
    """

    def __init__(self, data: Path, url: str, root: Path) -> None:
        self.data, self.url, self.root = data, url, root
        self._record = data / "run.json"
        self._own = self._open("supervisor.lock")
        if not _lock(self._own):
            os.close(self._own)
            raise AlreadyRunning(self._who())
        os.environ[MARK] = str(data)
        self._end_leftovers()
        self._shared = self._open("children.lock")
        deadline = time.monotonic() + 10
        while not _lock(self._shared):
            if time.monotonic() > deadline:
                raise AlreadyRunning(f"Something of an earlier run still works in {data}; it has not ended.")
            time.sleep(0.1)

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """The lock that children inherit."""
        return (self._shared,)

    def record(self, children: Mapping[str, int]) -> None:
        """Write down who runs, for the next start and for people."""
        unfinished = self._record.with_suffix(".new")
        unfinished.write_text(json.dumps({"pid": os.getpid(), "url": self.url, "children": dict(children)}))
        unfinished.rename(self._record)

    def release(self) -> None:
        """End whatever is left, and forget who ran."""
        self._end_leftovers(patience=0)
        self._record.unlink(missing_ok=True)
        os.close(self._shared)
        os.close(self._own)

    def _open(self, name: str) -> int:
        return os.open(self.data / name, os.O_RDWR | os.O_CREAT, 0o600)

    def _recorded(self) -> dict[str, object]:
        try:
            found = json.loads(self._record.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _who(self) -> str:
        found = self._recorded()
        return (
            f"Placewell is already running on {self.data}: {found.get('url', 'starting')} "
            f"(process {found.get('pid', 'unknown')}). Stop it there with Ctrl-C."
        )

    def _leftovers(self) -> list[int]:
        """Processes of this data folder, told by what they carry, never by their number alone."""
        if sys.platform == "linux":
            return list(_marked(str(self.data)))
        children = self._recorded().get("children")
        pids = [int(pid) for pid in children.values()] if isinstance(children, dict) else []
        return [pid for pid in pids if str(self.root) in _command(pid) or str(self.data) in _command(pid)]

    def _end_leftovers(self, patience: float = 2) -> None:
        """Orphans were told to end when their parent died: wait, then ask, then insist."""
        for ask, seconds in ((False, patience), (True, 8.0)):
            for pid in self._leftovers() if ask else ():
                # To PostgreSQL SIGTERM means "when the last client has gone".
                _send(pid, signal.SIGINT if "postgres" in _command(pid).split(" ")[0] else signal.SIGTERM)
            deadline = time.monotonic() + seconds
            while self._leftovers() and time.monotonic() < deadline:
                time.sleep(0.05)
        for pid in self._leftovers():
            _send(pid, signal.SIGKILL)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _send(pid: int, sig: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, sig)


def _marked(data: str) -> Iterator[int]:
    mark = f"{MARK}={data}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)


def _command(pid: int) -> str:
    """The words of a process; empty when it has ended. Minimal Debian has no `ps`, macOS has no /proc."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


@dataclass
class Service:
    """One thing to keep running. Lower `stop_rank` stops first."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_rank: int = 0
    stop: Callable[[], None] | None = None  # a way of its own to stop (the servers have one)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0
    rest: bytes = field(default=b"", repr=False)  # a line that is not yet whole


def piped(
    command: Sequence[str], env: Mapping[str, str], root: Path, pass_fds: Sequence[int]
) -> Callable[[], subprocess.Popen[bytes]]:
    """A way to start a child whose lines we print, which ends when we end in any way."""

    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=root,
            env={**env, MARK: os.environ[MARK]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
            pass_fds=tuple(pass_fds),
        )

    return launch


class Supervisor:
    """Starts services, prints their lines, restarts what dies, stops all in order. One thread, no timers."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.services: list[Service] = []
        self.stopping = False
        self.hurry = False
        self._told_at = time.monotonic()
        self._selector = selectors.DefaultSelector()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._told_to_stop)

    def start(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        if service not in self.services:
            self.services.append(service)
        service.started = time.monotonic()
        service.process = service.launch()
        self._listen(service)
        self.claim.record({one.name: one.process.pid for one in self.services if one.process})

    def run_once(self, service: Service) -> tuple[int, str]:
        """Run to the end; return the exit code and everything printed."""
        process = service.launch()
        assert process.stdout is not None
        printed: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if self.stopping:
                    end(process, [(signal.SIGTERM, 5)])
                    break
                if selector.select(0.2):
                    chunk = os.read(process.stdout.fileno(), 65536)
                    if not chunk:
                        break
                    printed.append(chunk)
        process.stdout.close()
        return process.wait(), b"".join(printed).decode(errors="replace")

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Watch until told to stop; call `when_ready` once, when the program first answers."""
        answered = False
        next_look = 0.0
        while not self.stopping:
            self._pump(0.25)
            for service in self.services:
                self._look_after(service, answered)
            if not answered and time.monotonic() > next_look:
                if ready():
                    answered = True
                    when_ready()
                next_look = time.monotonic() + 0.3

    def stop(self) -> None:
        """Stop rank by rank, printing what they still say; a second Ctrl-C ends the waiting."""
        self.stopping = True
        if any(service.process and service.process.poll() is None for service in self.services):
            say("Stopping ...")
        for rank in sorted({service.stop_rank for service in self.services}):
            group = [one for one in self.services if one.stop_rank == rank and one.process]
            for service in group:
                if service.stop:
                    service.stop()
                elif service.process and service.process.poll() is None:
                    service.process.terminate()
            deadline = time.monotonic() + PATIENCE
            while any(one.process and one.process.poll() is None for one in group):
                self._pump(0.1)
                if self.hurry or time.monotonic() > deadline:
                    break
            for service in group:
                self._kill_group(service)
        self._pump(0)

    def _told_to_stop(self, *_: object) -> None:
        now = time.monotonic()
        if not self.stopping:
            self.stopping, self._told_at = True, now
        elif now - self._told_at > 1:
            # Sooner it is the same signal again: `make` passes on what the terminal has already sent.
            self.hurry = True

    def _look_after(self, service: Service, answered: bool) -> None:
        now = time.monotonic()
        if service.process is None:
            if now >= service.not_before:
                self.start(service)
            return
        code = service.process.poll()
        if code is None:
            return
        if now - service.started > STEADY_AFTER:
            service.deaths = 0
        service.deaths += 1
        self._drain(service)
        self._kill_group(service)
        if not answered and service.deaths >= GIVE_UP_AFTER:
            raise GaveUp(f"{service.name} ended with code {code}, {service.deaths} times: see its lines above.")
        pause = min(LONGEST_PAUSE, 2.0 ** (service.deaths - 1))
        say(f"{service.name} ended with code {code}; starting it again in {pause:.0f} s.")
        service.process, service.not_before = None, now + pause

    def _kill_group(self, service: Service) -> None:
        """End what a child left behind in its session (pool processes, for example)."""
        if service.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(service.process.pid, signal.SIGKILL)
        service.process.wait()

    def _listen(self, service: Service) -> None:
        if service.process and service.process.stdout:
            os.set_blocking(service.process.stdout.fileno(), False)
            self._selector.register(service.process.stdout, selectors.EVENT_READ, service)

    def _pump(self, seconds: float) -> None:
        """Print what children say, waiting at most that long for the first word."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            self._read(key.data)

    def _read(self, service: Service) -> bool:
        """Print one piece; False where there is none (now, or ever again)."""
        output = service.process.stdout if service.process else None
        if output is None or output.closed:
            return False
        try:
            chunk = os.read(output.fileno(), 65536)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(output)
            output.close()
            return False
        *lines, service.rest = (service.rest + chunk).split(b"\n")
        for line in lines:
            say(f"{service.name:<8} | {line.decode(errors='replace')}")
        return True

    def _drain(self, service: Service) -> None:
        while self._read(service):
            pass
        output = service.process.stdout if service.process else None
        if output is not None and not output.closed:
            self._selector.unregister(output)
            output.close()
