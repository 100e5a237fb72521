"""How fast mails leave: a Celery task with a connection for each, a connection for each, and many by one connection.

    python -m bench.mail [mails in a round]

All with the product's own service: claimed, rendered, staged before the text leaves, finished, on a durable
PostgreSQL, to a mail server in a process of its own. In turn, five rounds each; every mail is counted at the server.
Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

from celery import Celery
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Notice
from app.services.notices import owe_notice
from app.services.posting import post_notice, sender_here, sweep_outbox
from bench.database import servers, settings

ROUNDS = 5


def owe(count: int) -> list[UUID]:
    """Owe so many mails."""
    keys = []
    with transaction():
        for number in range(count):
            key = owe_notice(
                "reading_overdue",
                subject_id=uuid4(),
                email=f"reader{number}@example.org",
                now=now(),
                context={"count": 2, "oldest": now().isoformat()},
            )
            assert key is not None
            keys.append(key)
    return keys


def one_connection_each(keys: list[UUID]) -> None:
    """What a task for each mail does."""
    for key in keys:
        sender = sender_here(transaction, now)
        assert post_notice(key, sender) == "sent"
        sender.close()


def one_connection_for_many(keys: list[UUID]) -> None:
    """What the sweep does."""
    sender = sender_here(transaction, now)
    assert sweep_outbox(sender, seconds=600) == len(keys)
    sender.close()


def a_task_each(keys: list[UUID]) -> None:
    """What a worker does that gets a task for each mail."""
    for key in keys:
        CELERY.send_task("bench_deliver", args=[str(key)], queue="mail")
    while sent_of(keys) < len(keys):
        time.sleep(0.02)


def sent_of(keys: list[UUID]) -> int:
    """How many of these have left."""
    count = db.session.scalar(select(func.count()).where(Notice.id.in_(keys), Notice.state == "sent")) or 0
    db.session.rollback()
    return count


CELERY = Celery()
WAYS: dict[str, Callable[[list[UUID]], None]] = {
    "a task and a connection each": a_task_each,
    "one connection each": one_connection_each,
    "100 by one connection": one_connection_for_many,
}


def measure(app: Flask, count: int) -> dict[str, list[tuple[float, float]]]:
    """Take the ways in turn; return wall and CPU seconds of each round."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with app.app_context():
        a_task_each(owe(10))
        one_connection_for_many(owe(10))
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                keys = owe(count)
                wall, cpu = time.perf_counter(), time.process_time()
                way(keys)
                found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        states = dict(db.session.execute(select(Notice.state, func.count()).group_by(Notice.state)).all())
        assert set(states) == {"sent"}, states
    return found


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    folder = Path(tempfile.mkdtemp(prefix="placewell-bench-mail-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arrived = folder / "arrived"
    sink = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(port), str(arrived)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sink.stdout is not None and sink.stdout.readline() == "ready\n"
        with servers() as where:
            chosen = {**settings(where), "SMTP_URL": f"smtp://127.0.0.1:{port}"}
            chosen["REDIS_URL"] = f"redis+socket://{where.valkey_socket}?virtual_host=15"
            CELERY.conf.broker_url = chosen["REDIS_URL"]
            environment = {**os.environ, **{name: str(value) for name, value in chosen.items() if name != "DEMO"}}
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-q", "-A", "bench.mail_task", "worker", "-c", "1", "-Q", "mail"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                found = measure(create_app(chosen), count)
            finally:
                worker.terminate()
                worker.wait()
    finally:
        sink.terminate()
        sink.wait()
    ids = Counter(arrived.read_text().split())
    assert set(ids.values()) == {1} and len(ids) == 20 + count * ROUNDS * len(WAYS), "each mail exactly once"
    rates = {name: count / median(wall for wall, _ in rounds) for name, rounds in found.items()}
    task, own, many = rates.values()
    report = {
        name: {
            "mails a second": round(rates[name]),
            "CPU ms a mail": round(median(cpu for _, cpu in rounds) / count * 1000, 2),
        }
        for name, rounds in found.items()
    }
    print(
        json.dumps(
            {
                **report,
                "times a task each": round(many / task, 2),
                "times a connection each": round(many / own, 2),
                "each exactly once": len(ids),
            }
        )
    )


if __name__ == "__main__":
    main()
