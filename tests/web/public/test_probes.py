"""What machines ask: alive, ready, numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.adapters.metrics import task_time
from app.extensions import transaction
from app.services.heartbeats import beat_heart
from tests.factories import make_application, make_opening
from tests.servers import ROOT, Database

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1"


def test_a_process_that_works_is_ready_and_says_of_what(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"alive": True}
    answer = client.get("/readyz")
    everything = dict.fromkeys(("database", "migrations", "storage", "disk", "broker"), "ok")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "checks": everything})


@pytest.mark.parametrize(
    ("settings", "missing", "status"),
    [
        ({"DATABASE_URL": NOWHERE}, {"database": "away", "migrations": "away"}, 503),
        ({"STORAGE_URL": "/proc/no/such/place"}, {"storage": "away", "disk": "away"}, 503),
        # Pages are served on without it: mails wait in the database.
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, {"broker": "away"}, 200),
    ],
)
def test_what_is_missing_is_named(
    make_app: Callable[..., Flask], settings: dict[str, str], missing: dict[str, str], status: int
) -> None:
    client = make_app(**settings).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    wrong = {name: word for name, word in answer.json["checks"].items() if word != "ok"}
    assert (answer.status_code, wrong) == (status, missing)


def test_a_schema_that_is_older_is_not_ready_and_a_newer_one_is(
    make_app: Callable[..., Flask], database: Database
) -> None:
    for version, ready in (("0001", False), ("9999", True)):
        with database.admin() as admin:
            before = admin.execute("select version_num from alembic_version").fetchone()
            admin.execute("update alembic_version set version_num = %s", (version,))
        try:
            assert make_app().test_client().get("/readyz").json["ready"] is ready
        finally:
            with database.admin() as admin:
                admin.execute("update alembic_version set version_num = %s", before)


def test_numbers_are_for_whoever_knows_the_token(make_app: Callable[..., Flask], client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    app = make_app(METRICS_TOKEN="a-long-token")
    with app.app_context():
        make_application(make_opening())
        with transaction():
            beat_heart("relay", now=now())
    asking = app.test_client()
    assert asking.get("/metrics").status_code == 404
    assert asking.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    asking.get("/openings")
    with task_time("send_reminders"):
        pass
    text = asking.get("/metrics", headers={"Authorization": "Bearer a-long-token"}).text
    for line in (
        'placewell_owed_notices{age="under 1m",kind="application_received"} 1.0',
        'placewell_queue_age_seconds{queue="media"} 0.0',
        'placewell_applications{state="answers_in_review"} 1.0',
        'placewell_request_seconds_count{endpoint="public.openings.index",method="GET",status="200"}',
        'placewell_task_seconds_count{outcome="ok",task="send_reminders"}',
        'placewell_silence_seconds{process="relay"}',
        "placewell_storage_free_bytes",
    ):
        assert line in text, line


COUNTING = """
import sys
from app import create_app
from app.adapters.metrics import task_time
client = create_app().test_client()
for _ in range(int(sys.argv[1])):
    client.get("/healthz")
with task_time("send_reminders"):
    pass
"""


def test_every_process_of_a_machine_is_counted(
    environment: dict[str, str], tmp_path: Path, make_app: Callable[..., Flask]
) -> None:
    """Two web workers and whoever asks: three processes that share nothing but a folder."""
    shared = {**environment, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"), "METRICS_TOKEN": "token"}
    for count in ("2", "3"):
        subprocess.run([sys.executable, "-c", COUNTING, count], cwd=ROOT, env=shared, check=True)
    asking = (
        "from app import create_app; print(create_app().test_client()"
        ".get('/metrics', headers={'Authorization': 'Bearer token'}).text)"
    )
    answer = subprocess.run([sys.executable, "-c", asking], cwd=ROOT, env=shared, capture_output=True, text=True)
    endpoint = 'endpoint="public.probes.health",method="GET",status="200"'
    assert f"placewell_request_seconds_count{{{endpoint}}} 5.0" in answer.stdout
    assert 'placewell_task_seconds_count{outcome="ok",task="send_reminders"} 2.0' in answer.stdout
    assert "placewell_queue_age_seconds" in answer.stdout
