"""The one live override of an application, and its end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models.routing import Pin


def live_pin(application_id: UUID) -> Pin | None:
    """Return the override that stands for an application."""
    return db.session.scalar(select(Pin).where(Pin.application_id == application_id, Pin.ended_at.is_(None)))


def end_pin(application_id: UUID, *, because: str, by: UUID | None, now: datetime) -> None:
    """End the override of an application, if there is one: "answered", "left" or "taken_back"."""
    pin = live_pin(application_id)
    if pin is not None:
        pin.ended_at = now
        pin.ended_because = because
        pin.ended_by_id = by
        db.session.flush()
