"""pg_dump and pg_restore, as processes: the programs of the server's own version.

They come with the embedded server's wheel and with every system's `postgresql-client`. A dump is one file in
PostgreSQL's custom format, compressed, taken in a snapshot that the caller exports; passwords go through the
environment, never through the command line.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, make_url

from app.adapters.servers.binaries import postgres_client_folders

# Names of parameters that only newer servers know stand in the archives of newer programs.
_OLDEST_FOR_NEWER = 17


class DumpFailed(Exception):
    """The database could not be dumped or restored; the text says why, without the address's password."""


def dump(url: str, target: Path, *, snapshot: str, server_major: int, without_rows_of: Sequence[str] = ()) -> None:
    """Write the whole database, as it is in an exported snapshot, into one file. Raises DumpFailed."""
    program = _program("pg_dump", server_major)
    command = [str(program), "--format=custom", "--no-owner", "--no-comments", f"--snapshot={snapshot}"]
    command += [f"--exclude-table-data={table}" for table in without_rows_of]
    _run([*command, f"--file={target}", "--lock-wait-timeout=30s"], url)


def restore(url: str, source: Path, *, section: str, server_major: int) -> None:
    """Restore one section (pre-data, data, post-data) as a whole or not at all. Raises DumpFailed."""
    program = _program("pg_restore", server_major)
    if _major(program) > server_major and server_major < _OLDEST_FOR_NEWER:
        raise DumpFailed(f"pg_restore is newer than the server: install postgresql-client-{server_major}.")
    command = [str(program), "--no-owner", "--no-comments", "--exit-on-error", "--single-transaction"]
    _run([*command, f"--section={section}", f"--dbname={_name(url)}", str(source)], url)


def _program(name: str, server_major: int) -> Path:
    """The program of the server's version, else the nearest newer one: an older one refuses."""
    found: dict[int, Path] = {}
    for folder in postgres_client_folders():
        path = folder / name
        if path.is_file() and os.access(path, os.X_OK):
            found.setdefault(_major(path), path)
    fitting = sorted(major for major in found if major >= server_major)
    if not fitting:
        raise DumpFailed(
            f"No {name} for PostgreSQL {server_major} was found. Install postgresql-client-{server_major}, "
            "or say where it is with PLACEWELL_PG_BIN."
        )
    return found[fitting[0]]


def _major(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True)
    found = re.search(r"\) (\d+)", answer.stdout)
    if found is None:
        raise DumpFailed(f"{program} does not run: {answer.stderr.strip()[:300]}")
    return int(found[1])


def _run(command: Sequence[str], url: str) -> None:
    answer = subprocess.run(command, env=_environment(make_url(url)), capture_output=True, text=True)
    if answer.returncode != 0:
        said = " ".join(answer.stderr.split())[:600]
        raise DumpFailed(f"{Path(command[0]).name} ended with code {answer.returncode}: {said}")


def _name(url: str) -> str:
    return make_url(url).database or ""


def _environment(url: URL) -> dict[str, str]:
    """libpq's variables, so that no address stands in the list of processes."""
    parts = {
        "PGHOST": url.query.get("host") or url.host,
        "PGPORT": url.query.get("port") or url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGSSLROOTCERT": url.query.get("sslrootcert"),
        "PGCONNECT_TIMEOUT": "10",
        # The dump of a large table takes longer than a page may.
        "PGOPTIONS": "-c statement_timeout=0 -c lock_timeout=30s",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **{name: str(value) for name, value in parts.items() if value}}
