"""A Celery task for each mail, with a connection of its own: what the product's sweep is compared with."""

from __future__ import annotations

from uuid import UUID

from app.adapters.clock import now
from app.extensions import transaction
from app.services.posting import post_notice, sender_here
from workers.celery_app import celery


@celery.task(name="bench_deliver")
def deliver(notice_id: str) -> None:
    """Connect, send this one, leave."""
    sender = sender_here(transaction, now)
    try:
        post_notice(UUID(notice_id), sender)
    finally:
        sender.close()
