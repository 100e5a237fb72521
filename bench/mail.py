"""How fast mails leave: a Celery task with a connection for each, and the sweep, by one connection and by four.

    python -m bench.mail [mails in a round]

All with the product's own service: claimed, rendered, staged before the text leaves, finished, on a durable
PostgreSQL, to a mail server in a process of its own; one process that sends (`celery -c 1`) against one. To a mail
server on this machine, and to one that takes 5 ms for each answer. In turn, five rounds each; every mail is counted
at the server. Prints one line of JSON.
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
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from celery import Celery
from flask import Flask, current_app
from sqlalchemy import func, select

from app import create_app
from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Notice
from app.services.notices import owe_notice
from app.services.posting import sender_here, sweep_outbox
from bench.database import servers, settings

ROUNDS = 5
# Milliseconds for each answer of the mail server.
AWAY = (0, 5)


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


def a_sweep(keys: list[UUID], *, connections: int) -> None:
    """What the relay and a mail worker do."""
    current_app.config["MAIL_CONNECTIONS"] = connections
    sender = sender_here(transaction, now)
    assert sweep_outbox(sender, seconds=600) == len(keys)
    sender.close()


def a_task_each(keys: list[UUID], *, celery: Celery) -> None:
    """What a worker does that gets a task for each mail."""
    for key in keys:
        celery.send_task("bench_deliver", args=[str(key)], queue="mail")
    while sent_of(keys) < len(keys):
        time.sleep(0.02)


def sent_of(keys: list[UUID]) -> int:
    """How many of these have left."""
    count = db.session.scalar(select(func.count()).where(Notice.id.in_(keys), Notice.state == "sent")) or 0
    db.session.rollback()
    return count


TASK, SWEEP = "a task and a connection each", "a sweep"
WAYS: dict[str, Callable[..., None]] = {
    TASK: a_task_each,
    "a sweep by one connection": partial(a_sweep, connections=1),
    SWEEP: partial(a_sweep, connections=4),
}


def measure(app: Flask, celery: Celery, count: int) -> dict[str, list[tuple[float, float]]]:
    """Take the ways in turn; return wall and CPU seconds of each round."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with app.app_context():
        ways: dict[str, Callable[..., None]] = {**WAYS, TASK: partial(a_task_each, celery=celery)}
        a_task_each(owe(10), celery=celery)
        a_sweep(owe(10), connections=1)
        for _ in range(ROUNDS):
            for name, way in ways.items():
                keys = owe(count)
                wall, cpu = time.perf_counter(), time.process_time()
                way(keys)
                found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        states = dict(db.session.execute(select(Notice.state, func.count()).group_by(Notice.state)).all())
        assert set(states) == {"sent"}, states
    return found


def compare(count: int, away: int) -> dict[str, Any]:
    """Measure all ways with a mail server so many milliseconds away."""
    folder = Path(tempfile.mkdtemp(prefix="placewell-bench-mail-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arrived = folder / "arrived"
    command = [sys.executable, "-m", "bench.sink", str(port), str(arrived), str(away)]
    sink = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert sink.stdout is not None and sink.stdout.readline() == "ready\n"
        with servers() as where:
            chosen = {**settings(where), "SMTP_URL": f"smtp://127.0.0.1:{port}"}
            chosen["REDIS_URL"] = f"redis+socket://{where.valkey_socket}?virtual_host=15"
            environment = {**os.environ, **{name: str(value) for name, value in chosen.items() if name != "DEMO"}}
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-q", "-A", "bench.mail_task", "worker", "-c", "1", "-Q", "mail"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                found = measure(create_app(chosen), Celery(broker=chosen["REDIS_URL"]), count)
            finally:
                worker.terminate()
                worker.wait()
    finally:
        sink.terminate()
        sink.wait()
    ids = Counter(arrived.read_text().split())
    assert set(ids.values()) == {1} and len(ids) == 20 + count * ROUNDS * len(WAYS), "each mail exactly once"
    return {**rates(found, count), "each exactly once": len(ids)}


def rates(found: dict[str, list[tuple[float, float]]], count: int) -> dict[str, Any]:
    """Return mails a second of each way (median, slowest, fastest), and how many times a task each that is."""
    task = median(wall for wall, _ in found[TASK])
    ways = {}
    for name, rounds in found.items():
        times = [wall for wall, _ in rounds]
        ways[name] = {
            "mails a second": round(count / median(times)),
            "slowest": round(count / max(times)),
            "fastest": round(count / min(times)),
            "times a task each": round(task / median(times), 2),
        }
        if name != TASK:  # its CPU is the worker's
            ways[name]["CPU ms a mail"] = round(median(cpu for _, cpu in rounds) / count * 1000, 2)
    return ways


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    report = {f"{away} ms away": compare(count, away) for away in AWAY}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
