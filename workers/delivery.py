"""Mails leave."""

from __future__ import annotations

import os
import time
from uuid import UUID

from app.adapters.clock import now
from app.extensions import transaction
from app.services.posting import Sender, post_notice, sender_here, sweep_outbox
from workers.celery_app import celery

# Seconds. Mail servers hang up on who says nothing for minutes; we do so first.
IDLE = 60.0
_kept: dict[int, tuple[Sender, float]] = {}


def _sender() -> Sender:
    """Return this process's sender: mails that follow each other share its connection."""
    sender, used_at = _kept.pop(os.getpid(), (None, 0.0))
    if sender is not None and time.monotonic() - used_at > IDLE:
        sender.close()
    return sender or sender_here(transaction, now)


@celery.task(name="deliver_notice")
def deliver_notice(notice_id: str) -> None:
    """Send one notice, if it is still owed."""
    sender = _sender()
    try:
        post_notice(UUID(notice_id), sender)
    except BaseException:
        sender.mailer.drop()
        raise
    _kept[os.getpid()] = sender, time.monotonic()


@celery.task(name="sweep_outbox")
def sweep() -> int:
    """Send all that is due and look after what dead senders held."""
    sender = sender_here(transaction, now)
    try:
        return sweep_outbox(sender, seconds=45)
    finally:
        sender.close()
