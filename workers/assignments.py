"""Whatever waits for a reader or a reviewer gets one."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.rounds import do_round
from workers.celery_app import celery


@celery.task(name="assign_readers")
def assign_readers() -> int:
    """Name readers where there are too few (somebody joined, or gave a reading back)."""
    with transaction():
        return do_round("assign_readers", now=now())


@celery.task(name="assign_reviewers")
def assign_reviewers() -> int:
    """Name a reviewer for each recorded interview that has none."""
    with transaction():
        return do_round("assign_reviewers", now=now())
