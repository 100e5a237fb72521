"""The reminders of openings: the schedule of every opening, and what one opening has changed of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.domain.reminders import OCCASIONS, Occasion, Recipient, Schedule, escalates_after
from app.extensions import db
from app.models.reminder import ReminderRule


def schedules_of(opening_ids: Iterable[UUID]) -> dict[UUID, Schedule]:
    """Return the schedule of each opening: where it has rules for a wait, they are in place of everybody's."""
    own: dict[UUID, dict[str, list[Occasion]]] = {opening_id: defaultdict(list) for opening_id in opening_ids}
    rules = db.session.scalars(
        select(ReminderRule)
        .where(ReminderRule.opening_id.in_(own))
        .order_by(ReminderRule.position, ReminderRule.id)
        .execution_options(populate_existing=True)
    )
    for rule in rules:
        own[rule.opening_id][rule.waits_for].append(occasion_of(rule))
    return {opening_id: {**OCCASIONS, **waits} for opening_id, waits in own.items()}


def schedule_of(opening_id: UUID) -> Schedule:
    """Return the schedule of one opening."""
    return schedules_of([opening_id])[opening_id]


def escalations_of(opening_ids: Iterable[UUID]) -> dict[UUID, timedelta | None]:
    """Return for each opening how long after its release an office's silence becomes the managers' matter."""
    wanted = set(opening_ids)
    return {key: escalates_after(schedule) for key, schedule in schedules_of(wanted).items()} if wanted else {}


def occasion_of(rule: ReminderRule) -> Occasion:
    """Return a stored rule as the domain knows it."""
    return Occasion(
        rule.kind,
        rule.step,
        timedelta(hours=rule.from_hours),
        timedelta(hours=rule.until_hours),
        Recipient(rule.recipient),
        rule.to_deadline,
        None if rule.every_hours is None else timedelta(hours=rule.every_hours),
        rule.is_on,
        rule.in_force_since,
    )


def rules_of(opening_id: UUID, wait: str) -> Sequence[ReminderRule]:
    """Return what an opening has of its own for one wait, in order."""
    return db.session.scalars(
        select(ReminderRule)
        .where(ReminderRule.opening_id == opening_id, ReminderRule.waits_for == wait)
        .order_by(ReminderRule.position, ReminderRule.id)
    ).all()
