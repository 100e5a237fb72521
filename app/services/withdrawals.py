"""Withdrawing: everything that is live for the application ends with it, and a seat that it held is free."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.actors import By
from app.models.application import Application
from app.services.endings import end_open_work, lock_held_pools
from app.services.history import move
from app.services.notices import owe_notice


def withdraw_application(application: Application, *, by: UUID, now: datetime, reason: str | None = None) -> None:
    """Withdraw the application. Raises IllegalMove where it had ended already."""
    lock_held_pools([application])
    move(application, "withdraw_application", by=By(person_id=by), now=now, reason=reason)
    end_open_work(application, by=by, now=now)
    owe_notice(
        "application_withdrawn",
        subject_id=application.id,
        recipient=application.person,
        application=application,
        now=now,
    )
