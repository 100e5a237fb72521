"""Whom we have kept waiting longer than we said."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, Integer, cast, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.timeline import AFTER_INTERVIEW, PROMISE_OF_STATE, covered_states
from app.extensions import db
from app.models.application import Application, Change
from app.models.final_interview import Booking, InterviewSlot
from app.models.opening import Opening

AFTER_FINAL = "decide_after_final"


def broken_promises(*, now: datetime) -> list[tuple[Application, datetime]]:
    """Return the applications whose answer was promised for a moment that has passed, with that moment.

    It is the date of the status page (`app.domain.timeline.promised_by`), read for all in a few statements.
    """
    found = _after_interviews(now)
    for key in sorted(set(PROMISE_OF_STATE.values()) - {AFTER_FINAL}):
        found += _in_covered_states(key, now)
    return found


def _promise(key: str) -> ColumnElement[timedelta]:
    # In hours: a day of the database's own zone may have 23. A promise of 0 days is none.
    return func.make_interval(0, 0, 0, 0, 24 * func.nullif(cast(Opening.promises[key].astext, Integer), 0))


def _in_covered_states(key: str, now: datetime) -> list[tuple[Application, datetime]]:
    states = covered_states(key)
    began = (
        select(func.max(Change.at))
        .where(
            Change.application_id == Application.id,
            Change.to_state.in_(states),
            or_(Change.from_state.is_(None), Change.from_state.not_in(states)),
        )
        .correlate(Application)
        .scalar_subquery()
    )
    promised = began + _promise(key)
    statement = (
        select(Application, cast(promised, DateTime(timezone=True)))
        .join(Opening, Opening.id == Application.opening_id)
        .options(joinedload(Application.person), contains_eager(Application.opening))
        .where(Application.state.in_(states), cast(promised, DateTime(timezone=True)) < now)
        .order_by(Application.id)
    )
    return [(application, moment) for application, moment in db.session.execute(statement)]


def _after_interviews(now: datetime) -> list[tuple[Application, datetime]]:
    """After a final interview the promise counts from its end."""
    promised = InterviewSlot.ends_at + _promise(AFTER_FINAL)
    statement = (
        select(Application, cast(promised, DateTime(timezone=True)))
        .join(Booking, Booking.application_id == Application.id)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .join(Opening, Opening.id == Application.opening_id)
        .options(joinedload(Application.person), contains_eager(Application.opening))
        .where(
            Application.state.in_(AFTER_INTERVIEW),
            Booking.cancelled_at.is_(None),
            cast(promised, DateTime(timezone=True)) < now,
        )
        .order_by(Application.id)
    )
    return [(application, moment) for application, moment in db.session.execute(statement)]
