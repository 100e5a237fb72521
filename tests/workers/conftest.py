"""Real processes for the tests of the workers: a broker of its own, a Celery worker, the relay."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.adapters.servers import ValkeyServer, start_valkey
from app.extensions import db
from tests.servers import ROOT


def wait_for(condition: Callable[[], object], seconds: float = 45, what: str = "it") -> float:
    """Poll; return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Process:
    """A child in a session of its own, with its output in a file."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.child = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for_line(self, words: str, seconds: float = 90) -> None:
        """Wait until it says so."""
        wait_for(lambda: words in self.log.read_text(), seconds, f"“{words}” in {self.log.read_text()[-2000:]!r}")

    def kill(self) -> None:
        """kill -9 to it and its children."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        """SIGTERM; return its exit code."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                return self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.child.wait()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A broker that a test may stop, hang or empty."""
    server = start_valkey(tmp_path / "valkey")
    yield server
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGCONT)
    server.stop()


StartProcess = Callable[..., Process]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[StartProcess]:
    """start("workers.relay", REDIS_URL=...): a process on this test's database and mail server."""
    started: list[Process] = []

    def launch(*command: str, **settings: str) -> Process:
        name = command[0].rpartition(".")[2]
        process = Process(list(command), {**environment, **settings}, tmp_path / f"{name}-{len(started)}.log")
        started.append(process)
        return process

    yield launch
    for process in started:
        process.stop()


@pytest.fixture
def start_worker(start: StartProcess) -> Callable[..., Process]:
    """A real Celery worker with two pool processes."""

    def launch(**settings: str) -> Process:
        return start(
            "celery", "-A", "workers.celery_app", "worker", "--concurrency", "2", "--loglevel", "INFO", **settings
        )

    return launch


def states(app: object) -> list[str]:
    """The state of every notice, oldest first."""
    with app.app_context():  # type: ignore[attr-defined]
        return list(db.session.scalars(text("select state from notice order by created_at, id")))
