"""The ground that faults happen on: a PostgreSQL, a Valkey, a mail server and the product's processes, all our own.

Nothing is harmed before `prove_postgres` or `prove_broker` has asked the server itself whose folder it serves.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import redis
import structlog
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.adapters.clock import move_clock, now
from app.adapters.servers import ValkeyServer, start_postgres, start_valkey
from app.extensions import db, transaction
from app.services.notices import ALL_ROUNDS, CHANNEL
from faults.processes import Process, descendants, owner_of_port, wait_for
from faults.sink import Action, Line, NotThisOne, Sink
from tests.servers import ROOT, Database, RunServers

SETTINGS_OF_OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SMTP_URL", "STORAGE_URL", "BASE_URL", "PORT")
# What is committed is handed to the operating system, so it survives the death of every process; only the wait for
# the disk itself is left out (a power cut is not among the faults).
HANDED_OVER = ("fsync=off", "full_page_writes=off")
CELERY = ["celery", "--quiet", "-A", "workers.celery_app"]


class NotOurs(AssertionError):
    """The server is not the one that this suite started: it must not be harmed."""


class Ground:
    """Everything that a round stands on. One for each run; emptied between rounds."""

    def __init__(self) -> None:
        for name in [name for name in os.environ if name.startswith("PLACEWELL_") or name in SETTINGS_OF_OURS]:
            if not name.endswith("_BIN") and name != "PLACEWELL_PG_AS_NOBODY":
                del os.environ[name]
        self.servers = RunServers(durable=True, settings=HANDED_OVER)
        self.folder = self.servers.folder
        self.sink = Sink()
        self._logging = structlog.get_config()
        self.processes: dict[str, Process] = {}
        self._wanted: dict[str, float] = {}
        self.port = _free_port()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self.where = self.servers.start()
        self.database = Database(self.where, "faults")
        self.sink.start()
        self.files = self.folder / "files"
        self.settings = {
            "SECRET_KEY": "only-for-the-fault-suite-of-placewell",
            "DATABASE_URL": self.database.app_url,
            "REDIS_URL": self.broker.url,
            "SMTP_URL": self.sink.url,
            "STORAGE_URL": str(self.files),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
        }
        self.app: Flask = create_app(
            {
                **self.settings,
                "DATABASE_OWNER_URL": self.database.owner_url,
                "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 45},
                "MAILDIR": str(self.folder / "mail"),
                "CLOCK_SHIFT": True,
                "STAFF_SECOND_FACTOR": False,
            }
        )
        # What this process does in the product's name is no news; its children write their own logs.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def close(self) -> None:
        """Stop and remove everything."""
        for name in list(self.processes):
            self.forget(name)
        self.sink.stop()
        structlog.configure(**self._logging)
        if self.servers.valkey is not None and self.servers.valkey.process.poll() is None:
            self.servers.valkey.process.send_signal(signal.SIGCONT)
        self.servers.stop()

    # ---- the product's processes

    def environment(self, **more: str) -> dict[str, str]:
        """The settings for a process or a command."""
        folders = {"PLACEWELL_DATA": str(self.folder / "data"), "PLACEWELL_MAILDIR": str(self.folder / "mail")}
        flags = {"PLACEWELL_CLOCK_SHIFT": "1", "PYTHONUNBUFFERED": "1", "STAFF_SECOND_FACTOR": "0"}
        return {**os.environ, **self.settings, **folders, **flags, **more}

    def command(self, name: str) -> list[str]:
        """The command line of "web", "relay", "worker", "beat", or of a further one: "worker-2"."""
        kind = name.partition("-")[0]
        if kind == "web":
            words = ["gunicorn", "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--workers", "2"]
            words += ["--threads", "4", "--graceful-timeout", "15", "--no-control-socket"]
            return [*words, "--log-level", "WARNING", "app:create_app()"]
        if kind == "relay":
            return ["workers.relay"]
        if kind == "worker":
            return [*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", "-n", f"{name}@%h"]
        assert kind == "beat", name
        return [*CELERY, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(self.folder / f"{name}.db")]

    def need(self, *names: str) -> None:
        """Have exactly these processes running and ready."""
        for name in [name for name in self.processes if name not in names]:
            self.forget(name)
        for name in names:
            if name not in self.processes:
                self.launch(name)
            elif not self.processes[name].alive:
                self.processes[name].start()
        for name in names:
            self.ready(name)

    def launch(self, name: str, *words: str, prefix: Sequence[str] = (), **settings: str) -> Process:
        """Start a process of this name with further words and settings, without waiting for it."""
        environment = self.environment(**settings)
        process = Process(name, [*self.command(name), *words], environment, self.folder / f"{name}.log", prefix)
        self.processes[name] = process
        process.start()
        return process

    def start_as(self, name: str, command: list[str], **settings: str) -> Process:
        """Start a process of another command line under this name."""
        process = Process(name, command, self.environment(**settings), self.folder / f"{name}.log")
        self.processes[name] = process
        process.start()
        return process

    def ready(self, name: str) -> None:
        """Wait until it works."""
        kind, process = name.partition("-")[0], self.processes[name]
        if kind == "web":
            wait_for(lambda: _listens(self.port) or not process.alive, 90, "the first page")
            assert process.alive, process.said()[-1500:]
        elif kind == "relay":
            process.wait_for_line("relay: listening")
        elif kind == "worker":
            process.wait_for_line("ready.")
        else:
            process.wait_for_line("beat: Starting")

    def forget(self, name: str) -> None:
        """End it; it is not started again."""
        process = self.processes.pop(name)
        if process.alive:
            os.killpg(process.pid, signal.SIGCONT)
        process.stop(8)

    def revive(self) -> None:
        """Start again what has died, a second later, as a supervisor does."""
        for name, process in self.processes.items():
            if process.alive:
                self._wanted.pop(name, None)
            elif self._wanted.setdefault(name, time.monotonic() + 1) < time.monotonic():
                del self._wanted[name]
                process.start()

    def ours(self) -> list[int]:
        """The numbers of every process of the product that this suite started."""
        found: list[int] = []
        for process in self.processes.values():
            if process.alive:
                found += [process.pid, *descendants(process.pid)]
        return found

    def kills_sender(self, names: tuple[str, ...], told: Callable[[int], None], delay: float = 0) -> Action:
        """An action of the sink: kill -9 to the process at the other end, if it is one of these of ours."""

        async def act(line: Line) -> str | None:
            among = [pid for name in names if name in self.processes for pid in self.family(name)]
            pid = owner_of_port(line.peer_port, among)
            if pid is None:
                raise NotThisOne
            if delay:
                time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            told(pid)
            return None

        return act

    def family(self, name: str) -> list[int]:
        """A process and its children."""
        process = self.processes[name]
        return [process.pid, *process.family()] if process.alive else []

    def flask(self, *words: str, seconds: float = 120, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product as the operator would."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *words],
            cwd=ROOT,
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    # ---- the broker

    @property
    def broker(self) -> ValkeyServer:
        """The broker; it must have been started."""
        assert self.servers.valkey is not None
        return self.servers.valkey

    def prove_broker(self) -> redis.Redis:
        """Return a client of the broker, whose folder is ours by its own word."""
        client = redis.Redis(unix_socket_path=str(self.broker.socket), socket_timeout=5)
        answer: dict[str, str] = client.config_get("dir")  # type: ignore[assignment]
        if answer != {"dir": str(self.folder / "valkey")}:
            raise NotOurs(f"this broker serves {answer}")
        return client

    def stop_broker(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGTERM as an operator does, SIGKILL as a machine does."""
        self.prove_broker()
        self.broker.process.send_signal(how)
        self.broker.process.wait()

    def hang_broker(self) -> None:
        """It keeps its connections and answers nobody."""
        self.prove_broker()
        self.broker.process.send_signal(signal.SIGSTOP)

    def mend_broker(self, *settings: str) -> None:
        """Have it answer again, whatever was done to it."""
        if self.broker.process.poll() is None:
            self.broker.process.send_signal(signal.SIGCONT)
        else:
            self.servers.valkey = start_valkey(self.folder / "valkey", settings=("--appendfsync", "no", *settings))

    # ---- the database

    def prove_postgres(self) -> None:
        """Ask the server whose folder it serves."""
        assert self.servers.postgres is not None
        with self.servers.postgres.connect() as connection:
            answer = connection.execute("show data_directory").fetchone()
        if answer != (str(self.servers.postgres.data_directory),) or not Path(answer[0]).is_relative_to(self.folder):
            raise NotOurs(f"this PostgreSQL serves {answer}")

    def restart_postgres(self, how: signal.Signals = signal.SIGQUIT) -> float:
        """pg_ctl restart -m immediate; return how many seconds there was no database."""
        self.prove_postgres()
        assert self.servers.postgres is not None
        began = time.monotonic()
        process = self.servers.postgres.process
        process.send_signal(how)
        process.wait()
        self.servers.postgres = start_postgres(self.folder / "postgres", settings=HANDED_OVER)
        self.database.reconnect()
        return time.monotonic() - began

    # ---- time, and between the rounds

    def now(self) -> datetime:
        """The moment as the product sees it."""
        with self.app.app_context():
            return now()

    def skip(self, by: timedelta, *, wake: bool = True) -> None:
        """Move the product's one clock forward, and have every round called, as the demo does."""
        with self.app.app_context():
            move_clock(by)
            if wake:
                with transaction() as session:
                    session.execute(select(func.pg_notify(CHANNEL, ALL_ROUNDS)))

    def emptied(self) -> None:
        """Mend and empty everything for the next round."""
        self.mend_broker()
        wait_for(lambda: self.prove_broker().ping(), 10, "an answer of the broker")
        self.sink.clear()
        self.sink.start()
        with self.app.app_context():
            db.session.remove()
        self.prove_postgres()
        self.database.empty()
        # Who was at work when the clock jumped (the nightly check, say) still writes down what it read before, and
        # goes by the clock that it saw then: that ends first, and is emptied, too.
        wait_for(self._nobody_works, 30, "the end of what the last round left at work")
        self.database.empty()
        self.prove_broker().flushall()
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir(mode=0o700)

    def _nobody_works(self) -> bool:
        """Tell whether no process has asked the database for anything since half a second."""
        with self.database.admin() as admin:
            row = admin.execute(
                "select count(*) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' "
                "and (state <> 'idle' or state_change > clock_timestamp() - interval '0.5 s')"
            ).fetchone()
        return row == (0,)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /static/mark.svg HTTP/1.0\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.")
    except OSError:
        return False
