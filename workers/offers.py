"""Offers leave when the time to undo the office's approval is over."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.rounds import do_round
from workers.celery_app import celery


@celery.task(name="send_due_offers")
def send_offers() -> int:
    """Send every offer whose undo time is over."""
    with transaction():
        return do_round("send_due_offers", now=now())
