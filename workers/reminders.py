"""Reminders go out, once for each occasion."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.reminders import send_due_reminders
from workers.celery_app import celery


@celery.task(name="send_reminders")
def send_reminders() -> int:
    """Owe every reminder that is due and not yet owed."""
    with transaction():
        return send_due_reminders(now=now())
