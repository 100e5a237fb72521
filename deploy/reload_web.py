"""Replace a running gunicorn by one of the release behind /opt/placewell/current, without losing a request.

    reload_web.py MASTER_PID        what `systemctl reload placewell-web` runs

A second master is started beside the first on the same socket (SIGUSR2). Only when all its workers have loaded the
program is the first told to finish what it has begun (SIGTERM). Where the new release does not come up within
RELOAD_SECONDS (60), it is ended, the first goes on, and the exit status is 1: nothing has happened.
Needs nothing but Python.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

RUN = Path(os.environ.get("WEB_RUN_DIR", "/run/placewell-web"))
WORKERS = int(os.environ.get("WEB_WORKERS", "2"))
PATIENCE = float(os.environ.get("RELOAD_SECONDS", "60"))
GRACE = 40  # seconds: gunicorn's graceful_timeout and a little


def main() -> int:
    """Return 0 when the new master serves alone, 1 where the old one goes on."""
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        print(__doc__)
        return 2
    old = int(sys.argv[1])
    second = RUN / "web.pid.2"
    if second.exists() and _lives(_pid_in(second)):
        print("A second master runs already: an earlier reload has not ended.")
        return 1
    second.unlink(missing_ok=True)
    os.kill(old, signal.SIGUSR2)
    new = _wait_for_master(second, old)
    if new is None or not _wait_for_workers(new):
        if new is not None:
            _end(new, signal.SIGTERM)
        print("The new release did not come up; the old one goes on. Its lines are in the journal.")
        return 1
    _notify(f"MAINPID={new}")
    _end(old, signal.SIGTERM)
    _wait_until_promoted(second)
    print(f"Process {new} serves now.")
    return 0


def _wait_for_master(pidfile: Path, old: int) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and _lives(old):
        pid = _pid_in(pidfile)
        if pid and _lives(pid):
            return pid
        time.sleep(0.05)
    return None


def _wait_for_workers(new: int) -> bool:
    ready = RUN / f"ready-{new}"
    deadline = time.monotonic() + PATIENCE
    while _lives(new):
        alive = {int(line) for line in _lines(ready) if line.isdigit() and _lives(int(line))}
        if len(alive) >= WORKERS:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return False


def _wait_until_promoted(pidfile: Path) -> None:
    """The new master looks once a second whether it is alone; then it takes over the name of the pid file."""
    deadline = time.monotonic() + 10
    while pidfile.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _end(pid: int, sig: signal.Signals) -> None:
    """Ask it to end, wait, then insist."""
    for each, seconds in ((sig, GRACE), (signal.SIGKILL, 5)):
        if not _lives(pid):
            return
        os.kill(pid, each)
        deadline = time.monotonic() + seconds
        while _lives(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return words.rpartition(")")[2].split()[0] != "Z"


def _pid_in(path: Path) -> int:
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _notify(words: str) -> None:
    """Tell systemd, as sd_notify(3) says; nobody else listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect("\0" + address[1:] if address.startswith("@") else address)
        client.sendall(words.encode())


if __name__ == "__main__":
    sys.exit(main())
