"""Mails leave."""

from __future__ import annotations

from uuid import UUID

from app.adapters.clock import now
from app.extensions import transaction
from app.services.posting import post_notice, sender_here, sweep_outbox
from workers.celery_app import celery


@celery.task(name="deliver_notice")
def deliver_notice(notice_id: str) -> None:
    """Send one notice, if it is still owed."""
    sender = sender_here(transaction, now)
    try:
        post_notice(UUID(notice_id), sender)
    finally:
        sender.close()


@celery.task(name="sweep_outbox")
def sweep() -> int:
    """Send all that is due and look after what dead senders held."""
    sender = sender_here(transaction, now)
    try:
        return sweep_outbox(sender, seconds=45)
    finally:
        sender.close()
