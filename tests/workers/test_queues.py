"""Celery's settings are those that were chosen, every task has a queue, and versions may meet in the broker."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from celery import Celery
from flask import Flask

from app.adapters.clock import now
from app.adapters.servers import ValkeyServer
from app.extensions import transaction
from app.services.notices import owe_notice
from config import LONG_TASKS, QUEUES, ROUTES, celery_settings
from tests.smtp import SmtpServer
from tests.workers.conftest import Process, wait_for
from workers.celery_app import BEAT, celery

# docs/operations.md says why; each was measured or is what an open issue of Celery asks for.
CHOSEN = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_acks_on_failure": True,
    "worker_prefetch_multiplier": 1,
    "broker_transport_options": {
        "visibility_timeout": 600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    "visibility_timeout": 600,
    "result_backend": None,
    "task_ignore_result": True,
    "task_time_limit": 120,
    "task_soft_time_limit": 90,
    "task_publish_retry": False,
    "broker_connection_retry_on_startup": True,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_soft_shutdown_timeout": 30,
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_max_tasks_per_child": 1000,
    "timezone": "UTC",
    "enable_utc": True,
    "accept_content": ["json"],
    "task_serializer": "json",
}


@pytest.mark.parametrize("name", CHOSEN)
def test_setting_is_the_chosen_one(name: str) -> None:
    assert celery_settings("redis://nowhere")[name] == CHOSEN[name]
    # Celery has taken it: a name that it does not know would be dropped without a word.
    if name != "visibility_timeout":  # stands in the transport's options; kept at the top, too, as its manual asks
        assert celery.conf[name] == CHOSEN[name]


def test_every_task_has_a_queue_and_a_limit_far_below_redelivery() -> None:
    celery.loader.import_default_modules()
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert set(ROUTES) | set(LONG_TASKS) <= ours
    assert {route["queue"] for route in ROUTES.values()} <= set(QUEUES)
    assert sorted(celery.amqp.queues) == sorted(QUEUES)
    router = celery.amqp.router
    assert router.route({}, "deliver_notice")["queue"].name == "mail"
    assert router.route({}, "assemble_recordings")["queue"].name == "media"
    assert router.route({}, "send_reminders")["queue"].name == "default"
    for name in ours:
        limit = celery.tasks[name].time_limit or celery.conf.task_time_limit
        assert limit <= 450 < CHOSEN["visibility_timeout"], name  # type: ignore[operator]
    assert {entry["task"] for entry in BEAT.values()} <= ours
    beats = {(entry.get("args", ("worker",))[0], entry["options"].get("queue", "default"))
             for entry in BEAT.values() if entry["task"] == "beat_heart"}  # fmt: skip
    assert beats == {("worker", "default"), ("worker-mail", "mail"), ("worker-media", "media")}


@pytest.mark.slow
def test_worker_survives_what_another_version_sent(
    app: Flask, own_broker: ValkeyServer, start_worker: Callable[..., Process], smtp_server: SmtpServer
) -> None:
    def owe() -> str:
        with app.app_context(), transaction():
            context = {"count": 1, "oldest": "2026-11-20T10:00:00+00:00"}
            key = owe_notice(
                "reading_overdue", subject_id=uuid4(), email="maya@example.org", now=now(), context=context
            )
        return str(key)

    newer, older = owe(), owe()
    sender = Celery(broker=own_broker.url)
    sender.conf.update(celery_settings(own_broker.url))
    # A newer program's task, a newer payload, an older payload of the heartbeat, one of an older program's queue.
    sender.send_task("task_of_tomorrow", args=[newer], queue="default")
    sender.send_task("deliver_notice", args=[newer], kwargs={"priority": "high"})
    sender.send_task("beat_heart")
    sender.send_task("deliver_notice", args=[older], queue="default")
    worker = start_worker(REDIS_URL=own_broker.url)
    smtp_server.wait_for(1, 60)
    assert str(smtp_server.messages[0]["Message-ID"]) == f"<{older}@placewell.example>"
    # What the new payload spoke of is still owed: the sweep finds it.
    sender.send_task("sweep_outbox")
    smtp_server.wait_for(2, 30)
    with sender.connection_or_acquire() as connection:
        left = connection.default_channel.client
        wait_for(lambda: not any(left.llen(name) for name in QUEUES) and not left.hlen("unacked"), 20, "empty queues")
    assert worker.child.poll() is None
    assert len(smtp_server.messages) == 2
