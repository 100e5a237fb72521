"""Whatever waits for a reader or a reviewer gets one."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.reading import assign_missing_readers
from app.services.recordings import assign_missing_reviewers
from workers.celery_app import celery


@celery.task(name="assign_readers")
def assign_readers() -> int:
    """Name readers where there are too few (somebody joined, or gave a reading back)."""
    with transaction():
        return assign_missing_readers(now=now())


@celery.task(name="assign_reviewers")
def assign_reviewers() -> int:
    """Name a reviewer for each recorded interview that has none."""
    with transaction():
        return assign_missing_reviewers(now=now())
