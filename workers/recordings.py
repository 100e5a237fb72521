"""Recorded answers become files that play."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.rounds import do_round
from workers.celery_app import celery


@celery.task(name="assemble_recordings")
def assemble_recordings() -> int:
    """Assemble every take that waits for its file."""
    with transaction():
        return do_round("assemble_recordings", now=now())
