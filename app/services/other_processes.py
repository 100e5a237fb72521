"""Whoever accepts a placement leaves every other opening where they were still applying, and is told so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors import By
from app.domain.pipeline import LIVE_STATES
from app.extensions import db
from app.models.application import Application
from app.services.endings import end_open_work
from app.services.history import move
from app.services.locks import lock_application
from app.services.notices import owe_notice


def other_live_applications(application: Application) -> list[Application]:
    """Return the person's other applications that have not ended, in the order in which they are locked."""
    return list(
        db.session.scalars(
            select(Application)
            .where(
                Application.person_id == application.person_id,
                Application.id != application.id,
                Application.state.in_(LIVE_STATES),
            )
            .order_by(Application.id)
        )
    )


def close_other_applications(placed: Application, others: Iterable[Application], *, by: UUID, now: datetime) -> int:
    """Close these applications because the person is placed; return how many. The caller holds their pools."""
    closed = 0
    for application in others:
        lock_application(application)
        if application.state not in LIVE_STATES:
            continue
        move(
            application,
            "close_placed_elsewhere",
            by=By(person_id=by),
            now=now,
            details={"placed": placed.reference},
        )
        end_open_work(application, by=by, now=now)
        owe_notice(
            "placed_elsewhere",
            subject_id=application.id,
            recipient=application.person,
            application=application,
            now=now,
        )
        closed += 1
    return closed
