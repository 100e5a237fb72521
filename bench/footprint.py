"""What an installation takes: memory of each unit, connections, and disk for 10,000 applications.

    python -m bench.footprint [APPLICATIONS]

Follows docs/operations.md on this machine as tests/operations does, with the process counts of the example, asks for
300 pages and sends an application, and prints what /proc and PostgreSQL say. Then so many applications (300) are
made through the product's own services, read and scored, and what the database has grown by is printed for each
table and for 10,000 of them. Memory is PSS: what several processes share is counted once.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app import create_app
from app.domain.access import Role
from app.extensions import db
from tests.factories import make_application, make_opening, make_readers, make_staff, read
from tests.journeys.visitor import Visitor
from tests.operations.browser import HttpClient, fill_in_and_send, start_application, upload_resume
from tests.operations.follow import DOCUMENT as PAGE
from tests.operations.follow import HOST, Machine, steps
from tests.servers import RunServers
from tests.smtp import SmtpServer

MEGABYTE = 1024 * 1024
PAGES = 300
# A real answer is longer than a test's: about 120 words.
ANSWER = (
    "My neighbor lost her ride to court, so I found the county shuttle and called ahead to ask about her chair. "
    "She had missed one date already and was afraid of a warrant, so I sat with her while she called the clerk. "
    "We wrote the new date on her fridge together. Since then I drive her when the shuttle does not run. "
) * 2
RESUME = "Case aide at a food pantry, 2023-2026. " * 60
_TABLES = """select relname, pg_total_relation_size(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace
             where nspname = 'public' and relkind = 'r'"""


def main() -> None:
    """Print both parts."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    _processes()
    _disk(count)


def _processes() -> None:
    smtp = SmtpServer()
    smtp.start()
    machine = Machine(smtp, small=False)
    try:
        machine.handlers |= {"visit": lambda: _some_life(machine, smtp)}
        machine.set_up()
        for kind, words in steps(PAGE.read_text(encoding="utf-8").partition("## Deploy")[0]):
            machine.handlers[words]() if kind == "mark" else machine.run(words)
        time.sleep(70)  # beat has asked for everything once
        print(f"memory (PSS) with {PAGES} pages asked for and one application sent")
        for unit, (processes, pss) in sorted(_memory(machine).items()):
            print(f"  {unit:<28} {processes:>2} processes {pss / MEGABYTE:>7.0f} MiB")
        with psycopg.connect(
            host="127.0.0.1", port=machine.database_port, user="postgres", dbname="placewell"
        ) as admin:
            query = "select count(*) from pg_stat_activity where datname = 'placewell' and pid <> pg_backend_pid()"
            [(connections,)] = admin.execute(query).fetchall()
        print(f"database connections open: {connections}")
    finally:
        machine.stop()
        smtp.stop()


def _some_life(machine: Machine, smtp: SmtpServer) -> None:
    deadline = time.monotonic() + 60
    while machine.get("/openings").status_code != 200:
        assert time.monotonic() < deadline
    visitor = Visitor(HttpClient(machine.url, host=HOST, verify=machine.authority))  # type: ignore[arg-type]
    here = start_application(visitor, smtp, "ada@example.org")
    upload_resume(visitor, here)
    fill_in_and_send(visitor, here, "Ada Example")
    for _ in range(PAGES // 3):
        for path in ("/openings", here, f"{here}/status"):
            visitor.open(path)


def _memory(machine: Machine) -> dict[str, tuple[int, int]]:
    """Unit -> processes and bytes. A child belongs to the unit of its parent."""
    units = {int(path.read_text()): path.name.removesuffix(".service.pid") for path in machine.units()}
    assert machine.postgres is not None and machine.valkey is not None
    units[machine.postgres.process.pid] = "postgresql"
    units[machine.valkey.process.pid] = "broker (valkey)"
    count: Counter[str] = Counter()
    pss: Counter[str] = Counter()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (unit := _unit_of(int(entry.name), units)):
            try:
                lines = (entry / "smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            count[unit] += 1
            pss[unit] += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return {unit: (count[unit], pss[unit]) for unit in count}


def _unit_of(pid: int, units: dict[int, str]) -> str | None:
    while pid > 1:
        if pid in units:
            return units[pid]
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            return None
    return None


def _disk(count: int) -> None:
    with _database() as (url, connect):
        app = create_app(
            {"DATABASE_URL": url, "SECRET_KEY": "bench", "STORAGE_URL": tempfile.mkdtemp(), "CLOCK_SHIFT": True}
        )
        with app.app_context():
            opening = make_opening()
            make_readers(opening, 4)
            make_staff(opening, Role.INTERVIEWER)
            before = dict(connect.execute(_TABLES).fetchall())
            wal = connect.execute("select pg_current_wal_lsn()").fetchone()
            began = time.perf_counter()
            for _ in range(count):
                read(make_application(opening, answer=ANSWER))
                db.session.expire_all()
            seconds = time.perf_counter() - began
            db.engine.dispose()
        connect.execute("vacuum analyze")
        after = dict(connect.execute(_TABLES).fetchall())
        [(written,)] = connect.execute("select pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", wal).fetchall()
        _print_disk(count, before, after, int(written), seconds)
        shutil.rmtree(app.config["STORAGE_URL"], ignore_errors=True)


def _print_disk(count: int, before: dict[str, int], after: dict[str, int], written: int, seconds: float) -> None:
    grown = {name: after[name] - before.get(name, 0) for name in after}
    total = sum(grown.values())
    print(f"disk: {count} applications, answered, sent, read and scored, in {seconds:.0f} s")
    for name, size in sorted(grown.items(), key=lambda pair: -pair[1])[:10]:
        print(f"  {name:<22} {size / count / 1024:>7.1f} KiB for one")
    for_all = total / count * 10_000 / 1e9
    print(f"  database               {total / count / 1024:>7.1f} KiB for one, {for_all:.2f} GB for 10,000")
    print(f"  write-ahead log        {written / count / 1024:>7.1f} KiB for one")


@contextmanager
def _database() -> Iterator[tuple[str, psycopg.Connection]]:
    run = RunServers(durable=True)
    try:
        where = run.start()
        with where.connect("placewell") as connection:
            yield where.url("placewell_app", "placewell"), connection
    finally:
        run.stop()


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    main()
