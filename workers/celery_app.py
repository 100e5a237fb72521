"""Celery and the whole beat schedule on one page.

The database is the queue of record: a task that is lost, run twice or run late does no harm, because every
service asks the database what is due and not yet done. The beat ticks in UTC; what "due" means in local time
is decided by the services, on the project's one clock.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab, schedule
from celery.signals import setup_logging
from flask import current_app

from app.adapters.logs import configure_logs
from app.adapters.metrics import task_time
from app.queries.demo_again import is_under_way
from config import celery_settings, settings
from workers.context import app_context
from workers.noting import run_noted


class ContextTask(Task):  # type: ignore[misc]
    """A task that runs inside an app context of its own."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task; none works in a demo that is about to end, each finds its work in the new one."""
        with app_context():
            if current_app.config["DEMO"] and is_under_way():
                return None
            with task_time(self.name):
                if self.name not in NOTED:
                    return super().__call__(*args, **kwargs)
                return run_noted(self.name, partial(super().__call__, *args, **kwargs))


@setup_logging.connect
def use_our_logs(loglevel: int | None = None, **_options: Any) -> None:
    """Celery's lines go the way of all others: no arguments, no results, no words of a fault."""
    values = settings()
    configure_logs(values["LOG_FORMAT"], values["LOG_LEVEL"], libraries=loglevel)


celery = Celery(
    "placewell",
    task_cls=ContextTask,
    include=[
        "workers.assignments",
        "workers.delivery",
        "workers.demo",
        "workers.offers",
        "workers.operations",
        "workers.recordings",
        "workers.reminders",
        "workers.routing",
        "workers.upkeep",
    ],
)
celery.conf.update(celery_settings(settings()["REDIS_URL"]))

# A tick that nobody took before the next one comes is dropped: ticks do not pile up while workers are away.
EVERY_MINUTE: dict[str, Any] = {"schedule": schedule(60.0), "options": {"expires": 55}}
EVERY_FIVE_MINUTES: dict[str, Any] = {"schedule": schedule(300.0), "options": {"expires": 290}}


def _heartbeat(queue: str) -> dict[str, Any]:
    """Whoever takes this queue shows that it lives, under a name of its own."""
    options = {**EVERY_MINUTE["options"], "queue": queue}
    return {
        "task": "beat_heart",
        "args": (f"worker-{queue}",),
        "schedule": EVERY_MINUTE["schedule"],
        "options": options,
    }


BEAT: dict[str, dict[str, Any]] = {
    # name of the entry      what runs
    "outbox": {"task": "sweep_outbox", **EVERY_MINUTE},
    "reminders": {"task": "send_reminders", **EVERY_MINUTE},
    "offers": {"task": "send_due_offers", **EVERY_MINUTE},
    "recordings": {"task": "assemble_recordings", **EVERY_MINUTE},
    "readers": {"task": "assign_readers", **EVERY_MINUTE},
    "reviewers": {"task": "assign_reviewers", **EVERY_MINUTE},
    "heartbeat": {"task": "beat_heart", **EVERY_MINUTE},
    "heartbeat-mail": _heartbeat("mail"),
    "heartbeat-media": _heartbeat("media"),
    "routing": {"task": "route_candidates", **EVERY_FIVE_MINUTES},
    # 1:15 a.m. Central in winter, 2:15 in summer
    "routing-nightly": {"task": "route_candidates", "schedule": crontab(hour="7", minute="15")},
    "audit": {"task": "seal_audit", **EVERY_MINUTE},
    "audit-nightly": {"task": "verify_audit", "schedule": crontab(hour="8", minute="5")},
    "invariants": {"task": "check_invariants", "schedule": crontab(minute="25"), "options": {"expires": 3500}},
    "files-nightly": {"task": "check_invariants", "schedule": crontab(hour="8", minute="35"), "args": [True]},
    "retention-nightly": {"task": "run_retention", "schedule": crontab(hour="9", minute="5")},
}
celery.conf.beat_schedule = BEAT
# The tasks of which a note is kept; single mails have the ledger.
NOTED = frozenset(str(entry["task"]) for entry in BEAT.values())
