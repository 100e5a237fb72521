"""`make run`, for real: it answers, refuses a second start, survives kill -9, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# About 30 s on two free cores; other tests run beside it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Run:
    """One data folder and the supervisors started on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = data.with_suffix(".log")

    def start(self) -> subprocess.Popen[bytes]:
        settings = {"PLACEWELL_DATA": str(self.data), "PORT": str(self.port), "PLACEWELL_DEMO": "0"}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(ROOT / "tools" / "run.py")],
                env={**os.environ, **settings},
                cwd=self.data.parent,  # it finds everything from wherever it is started
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for_the_web(self, supervisor: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 100
        while not self.answers():
            assert supervisor.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10).close()
        except urllib.error.HTTPError as error:
            # The web server of a supervisor that was killed answers until it is ended, without its database.
            return error.code < 500
        except OSError:
            return False
        return True

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def record(self) -> dict[str, object]:
        return dict(json.loads((self.data / "run.json").read_text()))

    def processes(self) -> list[int]:
        """Every process that carries this data folder's mark."""
        mark = f"PLACEWELL_RUN={self.data}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    if sys.platform != "linux":
        pytest.skip("looks into /proc")
    run = Run(tmp_path / "data")
    yield run
    for pid in run.processes():
        os.kill(pid, signal.SIGKILL)


def test_run_serves_survives_a_kill_and_leaves_no_process(run: Run) -> None:
    first = run.start()
    run.wait_for_the_web(first)
    children = run.record()["children"]
    assert isinstance(children, dict)
    assert sorted(children) == ["beat", "broker", "database", "relay", "web", "worker"]
    assert (run.data / "secret_key").stat().st_mode & 0o777 == 0o600
    secret = (run.data / "secret_key").read_text()

    second = run.start()
    assert second.wait(40) == 1
    assert f"already running on {run.data}: http://localhost:{run.port}" in run.said()
    assert run.answers()

    os.kill(int(children["web"]), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while run.record()["children"] == children and time.monotonic() < deadline:
        time.sleep(0.1)
    run.wait_for_the_web(first)

    first.kill()
    first.wait()
    third = run.start()  # at once: orphans may still be ending
    run.wait_for_the_web(third)
    assert (run.data / "secret_key").read_text() == secret

    third.send_signal(signal.SIGTERM)
    assert third.wait(60) == 0, run.said()
    assert run.processes() == []
    assert not (run.data / "run.json").exists()


def test_run_says_that_the_port_is_taken(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", run.port))
        other.listen()
        assert run.start().wait(40) == 1
    assert f"Port {run.port} is in use by another program" in run.said()
    assert run.processes() == []
