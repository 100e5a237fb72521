"""Embedded PostgreSQL: initialized, started and stopped by ourselves, on a socket only.

PostgreSQL refuses to run as root. As root we start it inside a user namespace, where root is somebody
else; where namespaces are refused (many containers), as the user `nobody`, who may need a folder and
even the programs themselves in a place that he can reach.
"""

import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from .binaries import postgres_bin
from .process import ServerFailed, end, socket_folder, spawn, wait_until

ADMIN = "postgres"
OWNER = "placewell_owner"
APP = "placewell_app"
DATABASE = "placewell"
PORT = 5432  # names the socket; nothing listens on it unless `tcp_port` asks
NOBODY_HOME = Path("/var/lib/placewell")

LASTING = ("timezone=UTC", "log_timezone=UTC", "max_connections=120", "shared_buffers=64MB")
# For tests: a machine that loses power loses their database, which nobody misses.
FLEETING = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass
class PostgresServer:
    """A running server with the database `placewell` and its two roles."""

    process: subprocess.Popen[bytes]
    data_directory: Path
    socket_dir: Path
    port: int = PORT

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        return self.url(APP)

    @property
    def admin_url(self) -> str:
        """The superuser, in the maintenance database: for creating and dropping databases."""
        return self.url(ADMIN, ADMIN)

    def url(self, role: str, database: str = DATABASE) -> str:
        """An SQLAlchemy address."""
        port = "" if self.port == PORT else f"&port={self.port}"
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket_dir}{port}"

    def connect(self, role: str = ADMIN, database: str = ADMIN) -> psycopg.Connection:
        """A plain psycopg connection that commits each statement."""
        return psycopg.connect(
            host=str(self.socket_dir), port=self.port, user=role, dbname=database, autocommit=True, connect_timeout=5
        )

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is written (30 s)."""
        end(self.process, [(signal.SIGINT, 30), (signal.SIGQUIT, 5)])
        shutil.rmtree(self.socket_dir, ignore_errors=True)


@dataclass(frozen=True)
class _Identity:
    """As whom the server runs: words before the command, or another user."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def run(self, command: Sequence[str | Path], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one command as that identity and wait for it."""
        return subprocess.run(
            [*self.prefix, *(str(part) for part in command)],
            env=env,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


@dataclass
class _Place:
    """Where the programs and the data are, for the identity that runs them."""

    identity: _Identity
    programs: Path
    data_dir: Path
    env: dict[str, str] = field(default_factory=lambda: _environment())


def start_postgres(
    data_dir: Path,
    *,
    log: Path | None = None,
    settings: Sequence[str] = (),
    durable: bool = True,
    pass_fds: Sequence[int] = (),
    tcp_port: int | None = None,
) -> PostgresServer:
    """Start the server of this folder, made at the first start, and see to its roles and database.

    `settings` are further "name=value" words. With `tcp_port` it listens on 127.0.0.1, too, and asks for no
    password: for tests. Raises ServerFailed with the end of the log.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = log or data_dir / "server.log"
    place = _place(data_dir)
    cluster = place.data_dir / "cluster"
    if not cluster.exists():
        _initialize(place, cluster, durable)
    _check(place, cluster)
    identity = place.identity
    sockets = socket_folder(place.data_dir, owner=identity.user, group=identity.group or -1)
    listen = f"listen_addresses={'127.0.0.1' if tcp_port else ''}", f"port={tcp_port or PORT}"
    options = (*LASTING, *(() if durable else FLEETING), *listen, *settings)
    command: list[str | Path] = [
        *identity.prefix,
        *(place.programs / "postgres", "-D", cluster, "-k", sockets),
        *(word for option in options for word in ("-c", option)),
    ]
    process = spawn(
        command,
        log=log,
        end_signal=signal.SIGINT,
        env=place.env,
        pass_fds=pass_fds,
        user=identity.user,
        group=identity.group,
    )
    server = PostgresServer(process, cluster, sockets, tcp_port or PORT)
    wait_until(lambda: _answers(server), process, name="PostgreSQL", log=log)
    try:
        _create_roles(server)
    except BaseException:
        server.stop()
        raise
    return server


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


@cache
def _identity() -> _Identity:
    if os.geteuid() != 0 and _is_named(os.geteuid()):
        return _Identity()
    prefix = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
    refused = os.environ.get("PLACEWELL_PG_AS_NOBODY") == "1" or shutil.which("unshare") is None
    if not refused and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
        return _Identity(prefix)
    if os.geteuid() != 0:
        return _Identity()
    nobody = pwd.getpwnam("nobody")
    return _Identity((), nobody.pw_uid, nobody.pw_gid)


def _is_named(uid: int) -> bool:
    """Containers run programs under numbers that no user has; initdb wants a name."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _place(data_dir: Path) -> _Place:
    identity, programs = _identity(), postgres_bin()
    place = _Place(identity, programs, data_dir)
    if identity.user is None:
        return place
    if not _reaches(place, "-x", programs / "postgres"):
        place.programs = _copy_programs(programs)
    if not _reaches(place, "-x", data_dir.parent):
        key = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
        place.data_dir = NOBODY_HOME / key
        place.data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / "ELSEWHERE").write_text(f"The user nobody cannot reach this folder: see {place.data_dir}\n")
    os.chown(place.data_dir, identity.user, identity.group or -1)
    return place


def _reaches(place: _Place, test: str, path: Path) -> bool:
    return place.identity.run(["test", test, path], place.env).returncode == 0


def _copy_programs(programs: Path) -> Path:
    """Copy a wheel's programs, and the libraries beside them, to where `nobody` may run them."""
    package = programs.parents[1]
    libraries = package.with_name(package.name + ".libs")
    key = hashlib.sha256(f"{package}{programs.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    home = NOBODY_HOME / f"programs-{key}"
    if not home.exists():
        unfinished = NOBODY_HOME / f"programs-{key}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(package, unfinished / package.name)
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for folder in (NOBODY_HOME, unfinished):
            folder.chmod(0o755)
        unfinished.rename(home)
    return home / package.name / programs.relative_to(package)


def _major(place: _Place) -> int:
    answer = place.identity.run([place.programs / "postgres", "--version"], place.env)
    found = re.search(r"\) (\d+)", answer.stdout)
    if found is None:
        raise ServerFailed(f"{place.programs / 'postgres'} does not run: {answer.stderr.strip()}")
    return int(found[1])


def _initialize(place: _Place, cluster: Path, durable: bool) -> None:
    """Make the cluster beside its final place, so that a half-made one is never taken for whole."""
    unfinished = cluster.with_name("cluster.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    # The built-in provider, which sorts alike on every machine, came with 17.
    builtin = "--locale-provider=builtin --builtin-locale=C.UTF-8"
    locale = builtin.split() if _major(place) >= 17 else ["--locale=C"]
    speed = [] if durable else ["--no-sync"]
    words = f"-U {ADMIN} -A trust -E UTF8".split()
    command: list[str | Path] = [place.programs / "initdb", "-D", unfinished, *words, *locale, *speed]
    answer = place.identity.run(command, place.env)
    if answer.returncode != 0:
        raise ServerFailed(f"initdb failed:\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}")
    unfinished.rename(cluster)


def _check(place: _Place, cluster: Path) -> None:
    """Refuse a cluster of another version or one in use; mend what a change of user or a reused pid left."""
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != str(_major(place)):
        raise ServerFailed(
            f"{cluster} was made by PostgreSQL {version}; {place.programs} holds {_major(place)}. "
            "Set PLACEWELL_PG_BIN to the programs of that version, or move the folder away."
        )
    expected = os.geteuid() if place.identity.user is None else place.identity.user
    if os.geteuid() == 0 and cluster.stat().st_uid != expected:
        group = place.identity.group or 0
        for folder, _, files in os.walk(cluster):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, expected, group, follow_symlinks=False)
    lock = cluster / "postmaster.pid"
    if not lock.exists():
        return
    pid = lock.read_text().split("\n", 1)[0].strip()
    words = Path("/proc", pid, "cmdline")
    if not words.exists():
        return  # ended, or not Linux: PostgreSQL itself judges such a file well
    if str(cluster).encode() in words.read_bytes():
        raise ServerFailed(f"PostgreSQL already runs on {cluster} (process {pid}).")
    lock.unlink()  # after a restart of a container another process may have that number


def _answers(server: PostgresServer) -> bool:
    try:
        server.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _create_roles(server: PostgresServer) -> None:
    """Two roles: the owner changes the schema, the program only rows. Neither is a superuser."""
    with server.connect() as connection:
        there = {name for (name,) in connection.execute("select rolname from pg_roles")}
        for role in (OWNER, APP):
            if role not in there:
                connection.execute(
                    sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole").format(sql.Identifier(role))
                )
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
