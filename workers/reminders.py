"""Reminders go out, once for each occasion."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.rounds import do_round
from workers.celery_app import celery


@celery.task(name="send_reminders")
def send_reminders() -> int:
    """Owe every reminder that is due and not yet owed."""
    with transaction():
        return do_round("send_reminders", now=now())
