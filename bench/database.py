"""A routing run from end to end on a PostgreSQL of its own: read 100,000 applications, route, explain, store.

    python -m bench.database [XS|S|M|L]

The product's own service does the run; the server writes durably, as in production. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Column, Table, select, text
from sqlalchemy.sql.sqltypes import JSON

from app import create_app
from app.domain.actors import By
from app.domain.program_file import parse_program
from app.extensions import db, transaction
from app.models import Application, Office, OfficeChoice, Opening, OpeningOffice, Person, SeatPool
from app.services.program import load_program
from app.services.routing import run_routing
from bench.instances import Market, market
from tests.servers import RunServers, Whereabouts

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
PROGRAM = Path(__file__).resolve().parents[1] / "app" / "programs" / "client-advocate-mspd.yaml"


@contextmanager
def servers() -> Iterator[Whereabouts]:
    """A durable PostgreSQL with the migrated schema, removed afterwards."""
    run = RunServers(durable=True)
    try:
        yield run.start()
    finally:
        run.stop()


def fill(connection: psycopg.Connection[Any], opening: Mapping[str, Any], data: Market) -> None:
    """Copy the market into the tables as applications that wait for an office of this opening."""
    random = np.random.default_rng(7)
    offices = {name: uuid.uuid4() for name in data.seats}
    people = {person: uuid.uuid4() for person in data.ranks}
    # What readers give: the mean of eighteen marks from 1 to 4, stored with five decimals.
    results = np.clip(random.normal(2.6, 0.5, len(people)), 1, 4)
    ready = {"created_at": NOW, "row_version": 1}
    place = {"host_organization_id": opening["host_organization_id"], "region_id": opening["region_id"]}
    _copy(connection, Office.__table__, (place | {"id": offices[o], "slug": o, "name": o} for o in offices))
    _copy(
        connection,
        SeatPool.__table__,
        (
            {
                "id": offices[o],
                "opening_id": opening["id"],
                "slug": o,
                "name": o,
                "seats": seats,
                "spanish_minimum": data.spanish_minimum[o],
            }
            for o, seats in data.seats.items()
        ),
    )
    _copy(
        connection,
        OpeningOffice.__table__,
        (
            {
                "id": uuid.uuid4(),
                "opening_id": opening["id"],
                "office_id": key,
                "pool_id": key,
                "position": 99,
                "is_open": True,
            }
            for key in offices.values()
        ),
    )
    _copy(connection, Person.__table__, (ready | {"id": key, "email": f"{key}@example.org"} for key in people.values()))
    _copy(
        connection,
        Application.__table__,
        (
            ready
            | {
                "id": key,
                "reference": f"B{number}",
                "person_id": key,
                "opening_id": opening["id"],
                "season_id": opening["season_id"],
                "state": "in_routing",
                "state_since": NOW,
                "submitted_at": NOW,
                "spanish_reported": "native" if person in data.speakers else "none",
                "answers_result": round(Decimal(round(result * 18)) / 18, 5),
            }
            for number, ((person, key), result) in enumerate(zip(people.items(), results.tolist(), strict=True))
        ),
    )
    _copy(
        connection,
        OfficeChoice.__table__,
        (
            {"id": uuid.uuid4(), "application_id": people[person], "office_id": offices[office], "rank": rank}
            for person, ranks in data.ranks.items()
            for rank, office in enumerate(ranks, start=1)
        ),
    )
    connection.execute("analyze")


def _copy(connection: psycopg.Connection[Any], table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """COPY rows into a table; columns that must not be null and are not given get an empty value."""
    rows = iter(rows)
    first = next(rows)
    assert isinstance(table, Table)
    empty = {
        column.name: _empty(column) for column in table.columns if not column.nullable and column.name not in first
    }
    names = [*first, *empty]
    with connection.cursor().copy(f"copy {table.name} ({', '.join(names)}) from stdin") as copy:
        copy.write_row([*first.values(), *empty.values()])
        for row in rows:
            copy.write_row([*row.values(), *empty.values()])


def _empty(column: Column[Any]) -> object:
    """What stands in a column that the benchmark does not care about: the model's default, or an empty value."""
    if column.default is not None and column.default.is_scalar:
        return column.default.arg  # type: ignore[attr-defined]
    if isinstance(column.type, JSON):
        return "{}"
    kind = column.type.python_type
    return uuid.uuid4() if kind is uuid.UUID else kind()


def measure(size: str) -> dict[str, object]:
    """Fill a database, run routing twice in it, and return the seconds and the peak memory in MB."""
    with servers() as where:
        app = create_app(settings(where))
        with app.app_context():
            with transaction():
                load_program(parse_program(PROGRAM.read_text(encoding="utf-8")), now=NOW)
            opening = db.session.scalars(select(Opening)).one()
            known = {column.name: getattr(opening, column.name) for column in Opening.__table__.columns}
            db.session.rollback()
            with where.connect("placewell") as connection:
                fill(connection, known, market(size))
            filled = _peak_mb()
            first = timed()
            again = timed()
            stored = db.session.execute(
                text("select length(packed_result), length(packed_instance) from routing_run")
            ).one()
    return {
        "size": size,
        "run": first,
        "run again, nothing changed": again,
        "peak MB": _peak_mb(),
        "MB before": filled,
        "stored result MB": round(stored[0] / 2**20, 1),
        "stored instance MB": round(stored[1] / 2**20, 1),
    }


def timed() -> dict[str, float]:
    """The seconds of one run with its commit, and how much of them was CPU: ours, and the database's."""
    wall, cpu = time.perf_counter(), time.process_time()
    with transaction():
        backend = db.session.execute(text("select pg_backend_pid()")).scalar_one()
        database = _cpu_seconds(backend)
        run_routing(db.session.scalars(select(Opening)).one(), occasion="bench", by=By(worker="bench"), now=NOW)
    seconds = {
        "s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "database_cpu_s": _cpu_seconds(backend) - database,
    }
    db.session.remove()
    return {name: round(value, 2) for name, value in seconds.items()}


def _peak_mb() -> int:
    """The most memory that this process has ever had (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) // 1024 if found else 0


def _cpu_seconds(process: int) -> float:
    """CPU seconds of another process so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settings(where: Whereabouts) -> dict[str, object]:
    """What the app needs to work on this server."""
    folder = tempfile.mkdtemp(prefix="placewell-bench-")
    shutil.rmtree(folder)
    return {
        "SECRET_KEY": "only-for-the-benchmark",
        "DATABASE_URL": where.url("placewell_app", "placewell"),
        "DATABASE_OWNER_URL": where.url("placewell_owner", "placewell"),
        "STORAGE_URL": folder,
        "MAILDIR": folder,
        "DEMO": False,
    }


def main() -> None:
    """Measure one size and print it as JSON."""
    parser = argparse.ArgumentParser(description="Time a routing run with its database.")
    parser.add_argument("size", nargs="?", default="L", choices=("XS", "S", "M", "L"))
    print(json.dumps(measure(parser.parse_args().size)))


if __name__ == "__main__":
    main()
