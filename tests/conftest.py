"""Fixtures: real servers, a clean database for each test, a client, a mail server, the clock.

A test asks for `client` (pages) or for `session` (services and queries), never for both at once: an open
application context would make flask-login keep the first person for every later request. What a test with
a client wants to know of the database it asks in a `with app.app_context():` of its own.
"""

import dataclasses
import os
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from app.adapters.clock import move_clock, now
from app.extensions import db
from tests.s3 import S3Server
from tests.servers import Database, RunServers, Whereabouts, worker_number
from tests.smtp import SmtpServer

MakeApp = Callable[..., Flask]

# ---- the servers -------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the person at the keyboard must not reach the tests."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SMTP_URL", "STORAGE_URL", "PLACEWELL_DATA"):
        os.environ.pop(name, None)
    for name in ("PLACEWELL_DEMO", "PLACEWELL_ENV", "PORT", "BASE_URL"):
        os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set, a browser test that was skipped is a failure: it has proved nothing."""
    report = yield
    in_browser = item.get_closest_marker("browser") is not None
    if os.environ.get("CI") and in_browser and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a browser test was skipped: {report.longrepr}"
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist's controller starts the servers before its first worker and tells each where they are."""
    where = _started(node.config)
    node.workerinput["servers"] = dataclasses.asdict(where)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever started the servers stops them."""
    if servers := config.stash.get(_SERVERS, None):
        servers[0].stop()


_SERVERS = pytest.StashKey[tuple[RunServers, Whereabouts]]()


def _started(config: pytest.Config) -> Whereabouts:
    if _SERVERS not in config.stash:
        servers = RunServers()
        try:
            config.stash[_SERVERS] = (servers, servers.start())
        except BaseException as problem:
            servers.stop()
            pytest.exit(f"The test servers did not start: {problem}", returncode=3)
    return config.stash[_SERVERS][1]


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Whereabouts:
    """Where the run's PostgreSQL and Valkey are."""
    if hasattr(request.config, "workerinput"):
        return Whereabouts(**request.config.workerinput["servers"])
    return _started(request.config)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """gw0, gw1, ... under xdist; `main` without."""
    if hasattr(request.config, "workerinput"):
        return str(request.config.workerinput["workerid"])
    return "main"


@pytest.fixture(scope="session")
def worker_database(servers: Whereabouts, worker: str) -> Database:
    """This worker's database, as the last test left it: ask for `database` instead."""
    return Database(servers, worker)


@pytest.fixture
def database(worker_database: Database) -> Database:
    """The database, as the migrations leave it."""
    worker_database.empty()
    return worker_database


@pytest.fixture
def broker_url(servers: Whereabouts, worker: str) -> str:
    """The address of this worker's own, empty database of the broker."""
    number = worker_number(worker)
    servers.broker(number).flushdb()
    return f"redis+socket://{servers.valkey_socket}?virtual_host={number}"


# ---- mail --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_server(_smtp_server: SmtpServer) -> SmtpServer:
    """A real mail server to which the app's SMTP_URL points, empty at first."""
    _smtp_server.clear()
    return _smtp_server


# ---- files in a remote store ------------------------------------------------------------------


@pytest.fixture(scope="session")
def _s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3") / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3(_s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An S3-compatible server; this process may use it."""
    for name, value in _s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return _s3_server


# ---- the app -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _settings(
    worker_database: Database,
    servers: Whereabouts,
    worker: str,
    _smtp_server: SmtpServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    return {
        "TESTING": True,
        "SECRET_KEY": "only-for-tests",
        "DATABASE_URL": worker_database.app_url,
        "DATABASE_OWNER_URL": worker_database.owner_url,
        "REDIS_URL": f"redis+socket://{servers.valkey_socket}?virtual_host={worker_number(worker)}",
        "SMTP_URL": _smtp_server.url,
        "STORAGE_URL": str(folder / "files"),
        "MAILDIR": str(folder / "mail"),
        "BASE_URL": "http://localhost",
        "DEMO": False,
        "CLOCK_SHIFT": True,
        # Tests of these two switch them on by make_app(...).
        "STAFF_SECOND_FACTOR": False,
        # A suite that runs at any hour sends its reminders at any hour.
        "QUIET_FROM": time(),
        "QUIET_UNTIL": time(),
        "REMINDERS_A_DAY": 0,
        "WTF_CSRF_ENABLED": False,
    }


class Client(FlaskClient):
    """Flask's client, which refuses to work inside an open application context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        assert not has_app_context(), "close the application context first: flask-login would keep its person"
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def _shared_app(_settings: dict[str, Any]) -> Flask:
    app = create_app(_settings)
    app.test_client_class = Client
    return app


@pytest.fixture
def app(_shared_app: Flask, database: Database, broker_url: str, smtp_server: SmtpServer) -> Flask:
    """The app on a clean database, with an empty broker and an empty mail server."""
    return _shared_app


@pytest.fixture
def make_app(app: Flask, _settings: dict[str, Any]) -> Iterator[MakeApp]:
    """A further app with other settings, on the same database: make_app(WTF_CSRF_ENABLED=True)."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        other = create_app({**_settings, **settings})
        other.test_client_class = Client
        made.append(other)
        return other

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a person; further ones come from app.test_client()."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A database session in an open application context, for tests of services and queries."""
    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def environment(app: Flask, tmp_path: Path) -> dict[str, str]:
    """The environment for a real worker or command on this test's servers."""
    names = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "STORAGE_URL", "BASE_URL")
    chosen = {name: str(app.config[name]) for name in names}
    folders = {"PLACEWELL_DATA": str(tmp_path / "data"), "PLACEWELL_MAILDIR": str(app.config["MAILDIR"])}
    flags = {"PLACEWELL_CLOCK_SHIFT": "1", "PYTHONUNBUFFERED": "1", "STAFF_SECOND_FACTOR": "0"}
    flags |= {"QUIET_HOURS": "off", "REMINDERS_A_DAY": "0"}
    return {**os.environ, **chosen, **folders, **flags}


# ---- time --------------------------------------------------------------------------------------


class Clock:
    """The project's one clock: what the app, workers and commands on this database see."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def now(self) -> datetime:
        """The moment as the product sees it."""
        with self._app.app_context():
            return now()

    def move(self, **by: float) -> datetime:
        """Move forward: clock.move(days=3, hours=1)."""
        with self._app.app_context():
            move_clock(timedelta(**by))
            return now()

    def move_to(self, moment: datetime) -> datetime:
        """Move forward to a moment (exact to a second: the clock goes on running)."""
        return self.move(seconds=(moment - self.now()).total_seconds())


@pytest.fixture
def clock(app: Flask) -> Clock:
    """Move the product's time forward."""
    return Clock(app)
