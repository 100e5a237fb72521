"""Two web processes, two workers and two relays share one PostgreSQL, one broker over TCP and one S3 store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from app.adapters.clock import now
from app.adapters.servers import start_valkey
from app.extensions import db, transaction
from app.models import Application, Document, Heartbeat, Notice
from app.services.notices import owe_notice
from tests.factories import make_opening, make_readers
from tests.journeys.visitor import Visitor
from tests.operations.browser import HttpClient, fill_in_and_send, start_application, upload_resume
from tests.s3 import S3Server, free_port
from tests.smtp import SmtpServer
from tests.workers.conftest import Process, StartProcess, start, wait_for

__all__ = ["start"]
MAILS = 60


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The address of a broker that listens on TCP, as one on another machine does."""
    port = free_port()
    server = start_valkey(tmp_path / "valkey", settings=("--port", str(port), "--bind", "127.0.0.1"))
    yield f"redis://127.0.0.1:{port}/0"
    server.stop()


class Pair:
    """Everything twice, with the same settings."""

    def __init__(self, start: StartProcess, settings: dict[str, str]) -> None:
        self.bases = []
        self.webs: list[Process] = []
        for _ in range(2):
            port = free_port()
            words = [
                "--bind",
                f"127.0.0.1:{port}",
                "--worker-class",
                "gthread",
                "--threads",
                "4",
                "--no-control-socket",
            ]
            self.webs.append(start("gunicorn", *words, "app:create_app()", **settings))
            self.bases.append(f"http://127.0.0.1:{port}")
        self.relays = [start("workers.relay", **settings) for _ in range(2)]
        worker = ["celery", "-A", "workers.celery_app", "worker", "--concurrency", "1", "--loglevel", "INFO"]
        self.workers = [start(*worker, "--hostname", f"w{number}@%h", **settings) for number in range(2)]

    def wait(self) -> None:
        """Until all six answer."""
        for base in self.bases:
            wait_for(partial(_answers, base), 90, base)
        for relay in self.relays:
            relay.wait_for_line("relay: listening")
        for worker in self.workers:
            worker.wait_for_line("ready.")


def _answers(base: str) -> bool:
    try:
        return requests.get(base + "/openings", timeout=5).ok
    except requests.RequestException:
        return False


def _owed(app: Flask) -> int:
    with app.app_context():
        waiting = Notice.state.in_(("pending", "sending")), Notice.due_at <= now()
        return db.session.scalar(select(func.count()).where(*waiting)) or 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_one_web_takes_the_other_reads_and_each_mail_leaves_once(
    app: Flask, start: StartProcess, broker: str, s3: S3Server, smtp_server: SmtpServer
) -> None:
    with app.app_context():
        make_readers(make_opening(), 2)
    storage = s3.new_bucket()
    pair = Pair(start, {"REDIS_URL": broker, "STORAGE_URL": storage, **s3.environment})
    pair.wait()

    client = HttpClient(pair.bases[0])
    visitor = Visitor(client)  # type: ignore[arg-type]
    here = start_application(visitor, smtp_server, "ada@example.org")
    path, content = upload_resume(visitor, here)
    # The session, the row and the file are there at the other web, too.
    there = client.session.get(pair.bases[1] + path, timeout=30)
    assert (there.status_code, there.content) == (200, content)
    part = client.session.get(pair.bases[1] + path, headers={"Range": "bytes=0-4"}, timeout=30)
    assert (part.status_code, part.content) == (206, b"%PDF-")
    client.base = pair.bases[1]
    fill_in_and_send(visitor, here, "Ada Example")
    client.base = pair.bases[0]
    visitor.open(f"{here}/status").says("We are reading your answers")
    with app.app_context():
        assert [one.state for one in db.session.scalars(select(Application))] == ["answers_in_review"]
        [document] = db.session.scalars(select(Document).where(Document.source == "file"))
        assert document.size == len(content)

    # Many mails at once, both relays and both workers after them; one relay and one web die on the way.
    with app.app_context():
        for number in range(MAILS):
            with transaction():
                context = {"count": 1, "oldest": "2026-11-20T10:00:00+00:00"}
                address = f"reader{number}@example.org"
                owe_notice("reading_overdue", subject_id=uuid4(), email=address, now=now(), context=context)
            if number == MAILS // 2:
                pair.relays[0].kill()
                pair.webs[0].kill()
    assert _answers(pair.bases[1]) and not _answers(pair.bases[0])
    wait_for(lambda: _owed(app) == 0, 60, "an empty outbox")
    time.sleep(1)  # what would come twice would come now
    with app.app_context():
        rows = db.session.execute(select(Notice.id, Notice.state)).all()
        assert Counter(state for _id, state in rows)["sent"] >= MAILS
        # A relay that was killed while a text was leaving leaves its mail uncertain: shown, never sent again.
        assert {state for _id, state in rows} <= {"sent", "unconfirmed"}
        beats = set(db.session.scalars(select(Heartbeat.name)))
    arrived = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in smtp_server.messages)
    assert set(arrived.values()) == {1}
    assert {str(key) for key, state in rows if state == "sent"} <= set(arrived)
    assert "relay" in beats
