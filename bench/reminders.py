"""What a round of reminders costs, with 10,000 and with 1,000,000 applications, in turn on one PostgreSQL.

    python -m bench.reminders [small] [large]

Two numbers: a round with nothing due, and one with 500 due, per due row. Wall time, and CPU of our process and of the
database's. Prints one line of JSON. The large database takes about two minutes to fill, and 1.5 GB on disk.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from app import create_app
from app.domain.program_file import parse_program
from app.domain.reminders import next_moment
from app.extensions import db, transaction
from app.models import Application, Notice, Opening, Person
from app.services.program import load_program
from app.services.reminders import send_due_reminders
from bench.database import NOW, PROGRAM, _copy, _cpu_seconds, servers, settings

# Rounds, and how many reminders fall due in each.
ROUNDS, DUE = 9, 500
QUIET_ROUNDS = 200
MINUTE = timedelta(minutes=1)


def _applications(count: int, opening: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """So many: the first ones become due in groups, a minute apart; of the others half wait for something later."""
    for number in range(count):
        key = uuid.UUID(int=number + 1)
        group = number // DUE
        if group <= ROUNDS:
            state, since = "draft", NOW - timedelta(days=2) + MINUTE * (group + 1)
        elif number % 2:
            state, since = ("draft", "booking_due")[number % 4 // 2], NOW - timedelta(seconds=number % 170_000)
        else:
            state, since = "placed", NOW - timedelta(days=30)
        yield {
            "id": key,
            "reference": f"B{number}",
            "person_id": key,
            "opening_id": opening["id"],
            "season_id": opening["season_id"],
            "state": state,
            "state_since": since,
            "created_at": since,
            "submitted_at": NOW,
            "row_version": 1,
            "remind_at": next_moment(state, since, NOW),
        }


def fill(app: Flask, where: Any, database: str, count: int) -> None:
    """Load the program and copy so many applications."""
    with app.app_context():
        with transaction():
            load_program(parse_program(PROGRAM.read_text(encoding="utf-8")), now=NOW)
        opening = db.session.scalars(select(Opening)).one()
        known = {column.name: getattr(opening, column.name) for column in Opening.__table__.columns}
        db.session.remove()
    people = ({"id": uuid.UUID(int=n + 1), "email": f"p{n}@example.org", "created_at": NOW, "row_version": 1,
               "time_zone": "America/Chicago", "language": "en"} for n in range(count))  # fmt: skip
    with where.connect(database) as connection:
        _copy(connection, Person.__table__, people)
        _copy(connection, Application.__table__, _applications(count, known))
        connection.execute("analyze")


def one_round(app: Flask, minutes: int) -> tuple[int, float, float]:
    """Do one round of reminders at this minute; return how many were owed, wall seconds and CPU seconds."""
    with app.app_context():
        wall, cpu = time.perf_counter(), time.process_time()
        with transaction():
            backend = db.session.execute(text("select pg_backend_pid()")).scalar_one()
            database = _cpu_seconds(backend)
            began, own = time.perf_counter(), time.process_time()
            owed = send_due_reminders(now=NOW + MINUTE * minutes)
            looked = time.perf_counter() - began
        seconds = time.perf_counter() - wall if owed else looked
        own = time.process_time() - (cpu if owed else own)
        spent = own + _cpu_seconds(backend) - database
        db.session.remove()
    return owed, seconds, spent


def measure(small: int, large: int) -> dict[str, Any]:
    """Fill both databases, and take them in turn."""
    found: dict[str, Any] = {}
    with servers() as where:
        apps = {}
        for count in (small, large):
            name = f"reminders_{count}"
            with where.connect("postgres") as admin:
                admin.execute(f"create database {name} template placewell")
            urls = {
                "DATABASE_URL": where.url("placewell_app", name),
                "DATABASE_OWNER_URL": where.url("placewell_owner", name),
            }
            apps[count] = create_app({**settings(where), **urls})
            fill(apps[count], where, name, count)
        quiet: dict[int, list[tuple[int, float, float]]] = {count: [] for count in apps}
        due: dict[int, list[tuple[int, float, float]]] = {count: [] for count in apps}
        for count, app in apps.items():
            one_round(app, 0)
            owed, _, _ = one_round(app, 1)
            assert owed == DUE, (count, owed)
        for _ in range(QUIET_ROUNDS):
            for count, app in apps.items():
                quiet[count].append(one_round(app, 1))
        for number in range(2, ROUNDS + 2):
            for count, app in apps.items():
                due[count].append(one_round(app, number))
        for count, app in apps.items():
            assert [owed for owed, _, _ in quiet[count]] == [0] * QUIET_ROUNDS
            assert [owed for owed, _, _ in due[count]] == [DUE] * ROUNDS
            with app.app_context():
                assert db.session.scalar(select(func.count()).select_from(Notice)) == DUE * (ROUNDS + 1)
            found[f"{count:,}"] = {
                "nothing due, wall ms": round(median(seconds for _, seconds, _ in quiet[count]) * 1000, 2),
                "nothing due, CPU ms": round(sum(cpu for _, _, cpu in quiet[count]) / QUIET_ROUNDS * 1000, 2),
                "per due row, wall ms": round(median(seconds for _, seconds, _ in due[count]) / DUE * 1000, 3),
                "per due row, CPU ms": round(sum(cpu for _, _, cpu in due[count]) / DUE / ROUNDS * 1000, 3),
            }
    low, high = (found[f"{count:,}"]["per due row, CPU ms"] for count in (small, large))
    found["large by small, CPU"] = round(high / low, 2)
    return found


def main() -> None:
    """Measure and print."""
    small, large = (int(number) for number in [*sys.argv[1:], "10000", "1000000"][:2])
    print(json.dumps(measure(small, large)))


if __name__ == "__main__":
    main()
