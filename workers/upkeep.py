"""The worker and the beat show that they live."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.alarms import alarm_if_silent
from app.services.heartbeats import beat_heart
from workers.celery_app import celery


@celery.task(name="beat_heart")
def show_life(name: str = "worker") -> None:
    """Beat called, a worker of this queue answered: both are alive."""
    with transaction():
        beat_heart(name, now=now())
    with transaction():
        alarm_if_silent(now=now())
