"""The servers of one test run: one PostgreSQL and one Valkey, each on a temporary folder of its own.

Under xdist the controller starts them and hands their whereabouts to the workers; without it the first
test that needs one does. Both end with the process that started them, whatever happens to it.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from app.adapters.servers import PostgresServer, ValkeyServer, start_postgres, start_valkey

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "placewell"


@dataclass(frozen=True)
class Whereabouts:
    """Where the run's servers are; plain strings, so that they can be handed to xdist's workers."""

    sockets: str
    data_directory: str
    valkey_socket: str
    valkey_dir: str

    def url(self, role: str, database: str) -> str:
        """An SQLAlchemy address."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.sockets}"

    def connect(self, database: str, role: str = "postgres") -> psycopg.Connection:
        """Connect with psycopg, each statement committed; only ever to the run's own server."""
        connection = psycopg.connect(host=self.sockets, user=role, dbname=database, autocommit=True)
        if role == "postgres":
            assert connection.execute("show data_directory").fetchone() == (self.data_directory,)
        return connection

    def broker(self, number: int) -> redis.Redis:
        """A client of one of the broker's databases; only ever of the run's own server."""
        client = redis.Redis(unix_socket_path=self.valkey_socket, db=number)
        assert client.config_get("dir") == {"dir": self.valkey_dir}
        return client


class RunServers:
    """Start, migrate once, stop and remove."""

    def __init__(self, *, durable: bool = False, settings: Sequence[str] = ()) -> None:
        self.durable, self.settings = durable, settings
        self.folder = Path(tempfile.mkdtemp(prefix="placewell-test-"))
        self.postgres: PostgresServer | None = None
        self.valkey: ValkeyServer | None = None

    def start(self) -> Whereabouts:
        """Start both and bring the template database up with the real migrations."""
        self.postgres = start_postgres(self.folder / "postgres", durable=self.durable, settings=self.settings)
        self.valkey = start_valkey(self.folder / "valkey", settings=("--appendfsync", "no"))
        where = Whereabouts(
            str(self.postgres.socket_dir),
            str(self.postgres.data_directory),
            str(self.valkey.socket),
            str(self.valkey.data_dir),
        )
        self._migrate(where)
        return where

    def stop(self) -> None:
        """Stop what was started; what tests wrote goes with it."""
        if self.valkey is not None:
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.process.send_signal(signal.SIGQUIT)  # at once: nothing here is worth writing down
            self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _migrate(self, where: Whereabouts) -> None:
        where.connect(TEMPLATE).close()  # asserts whose server it is, before any DDL
        owner = where.url("placewell_owner", TEMPLATE)
        environment = {**os.environ, "DATABASE_URL": owner, "DATABASE_OWNER_URL": owner, "SECRET_KEY": "test"}
        command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        if answer.returncode != 0:
            raise RuntimeError(f"The migrations failed:\n{answer.stdout}{answer.stderr}")


class Database:
    """One xdist worker's own database, cloned from the template and emptied before each test."""

    def __init__(self, where: Whereabouts, worker: str) -> None:
        self.where = where
        self.name = f"test_{worker}"
        with where.connect("postgres") as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(self.name)))
            admin.execute(
                sql.SQL("create database {} template {} owner placewell_owner").format(
                    sql.Identifier(self.name), sql.Identifier(TEMPLATE)
                )
            )
        self.reconnect()
        names = self._admin.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
        )
        self._tables = sorted(name for (name,) in names)
        self._kept = self._filled()
        for table in self._kept:  # rows that the migrations themselves laid down
            self._admin.execute(
                sql.SQL("create schema if not exists pristine; create table pristine.{0} as table public.{0}").format(
                    sql.Identifier(table)
                )
            )

    def reconnect(self) -> None:
        """Connect as the superuser, again where the server was restarted."""
        self._admin = self.where.connect(self.name)
        # Emptying must not be stopped by triggers, foreign keys or append-only tables.
        self._admin.execute("set session_replication_role = replica; set lock_timeout = '1s'")

    @property
    def app_url(self) -> str:
        """As the program: rows only."""
        return self.where.url("placewell_app", self.name)

    @property
    def owner_url(self) -> str:
        """As the owner of the tables: migrations."""
        return self.where.url("placewell_owner", self.name)

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A superuser's connection, for looking behind the program's back."""
        with self.where.connect(self.name) as connection:
            yield connection

    def empty(self) -> None:
        """Leave every table as the migrations did. Tests commit for real, so nothing can be rolled back."""
        try:
            self._empty()
        except psycopg.errors.LockNotAvailable:  # an earlier test left a transaction open
            self._admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
            self._empty()

    def _filled(self) -> list[str]:
        if not self._tables:
            return []
        looks = [
            sql.SQL("select {} where exists (select from public.{})").format(sql.Literal(name), sql.Identifier(name))
            for name in self._tables
        ]
        return [name for (name,) in self._admin.execute(sql.SQL(" union all ").join(looks))]

    def _empty(self) -> None:
        filled = self._filled()
        statements = [sql.SQL("delete from public.{}").format(sql.Identifier(name)) for name in filled]
        statements += [
            sql.SQL("insert into public.{0} overriding system value table pristine.{0}").format(sql.Identifier(name))
            for name in self._kept
        ]
        if statements:
            with self._admin.transaction():
                self._admin.execute(sql.SQL("; ").join(statements))
        used = self._admin.execute(
            "select quote_ident(schemaname) || '.' || quote_ident(sequencename) from pg_sequences "
            "where schemaname = 'public' and last_value is not null"
        )
        for (name,) in used.fetchall():
            self._admin.execute(sql.SQL("alter sequence {} restart").format(sql.SQL(name)))


def worker_number(worker: str) -> int:
    """gw0 -> 1; 0 without xdist: which of the broker's databases is this worker's."""
    found = re.fullmatch(r"gw(\d+)", worker)
    return int(found[1]) + 1 if found else 0
