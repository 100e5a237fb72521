"""The worker and the beat show that they live."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.heartbeats import beat_heart
from workers.celery_app import celery


@celery.task(name="beat_heart")
def show_life() -> None:
    """Beat called, a worker answered: both are alive."""
    with transaction():
        beat_heart("worker", now=now())
