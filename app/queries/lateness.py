"""Until when we promised an answer to whoever waits for one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Integer, cast, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.timeline import AFTER_INTERVIEW, PROMISE_OF_STATE, covered_states
from app.extensions import db
from app.models.application import Application, Change
from app.models.final_interview import Booking, InterviewSlot
from app.models.opening import Opening

AFTER_FINAL = "decide_after_final"


def promised_answers(applications: Collection[Application]) -> list[tuple[Application, datetime]]:
    """Return those of these applications that wait for an answer of ours, with the moment that we promised.

    It is the date of the status page (`app.domain.timeline.promised_by`), read for all in a few statements.
    """
    found = []
    if ids := [one.id for one in applications if one.state in AFTER_INTERVIEW]:
        found += _after_interviews(ids)
    for key in sorted(set(PROMISE_OF_STATE.values()) - {AFTER_FINAL}):
        if ids := [one.id for one in applications if one.state in covered_states(key)]:
            found += _in_covered_states(key, ids)
    return found


def _promise(key: str) -> ColumnElement[timedelta]:
    # In hours: a day of the database's own zone may have 23. A promise of 0 days is none.
    return func.make_interval(0, 0, 0, 0, 24 * func.nullif(cast(Opening.promises[key].astext, Integer), 0))


def _in_covered_states(key: str, ids: Collection[UUID]) -> list[tuple[Application, datetime]]:
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
        .where(Application.id.in_(ids), Application.state.in_(states), promised.is_not(None))
        .order_by(Application.id)
    )
    return [(application, moment) for application, moment in db.session.execute(statement)]


def _after_interviews(ids: Collection[UUID]) -> list[tuple[Application, datetime]]:
    """After a final interview the promise counts from its end."""
    promised = InterviewSlot.ends_at + _promise(AFTER_FINAL)
    statement = (
        select(Application, cast(promised, DateTime(timezone=True)))
        .join(Booking, Booking.application_id == Application.id)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .join(Opening, Opening.id == Application.opening_id)
        .options(joinedload(Application.person), contains_eager(Application.opening))
        .where(
            Application.id.in_(ids),
            Application.state.in_(AFTER_INTERVIEW),
            Booking.cancelled_at.is_(None),
            promised.is_not(None),
        )
        .order_by(Application.id)
    )
    return [(application, moment) for application, moment in db.session.execute(statement)]
