"""Reminders: whatever is due and not yet owed becomes a notice, once, however often this runs.

Only the applications whose moment has come are looked at (`Application.remind_at`); each look writes the next moment.
Whatever changes what somebody waits for sets it to "at once" (triggers of migration 0018, `look_again`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import DateTime as Timestamp
from sqlalchemy import Uuid, cast, column, update, values

from app.domain.access import Role
from app.domain.reminders import (
    MEETING_AGREED,
    OFFICE_DECIDES,
    SCORECARD_DUE,
    Due,
    Recipient,
    Schedule,
    due,
    late_answer,
    next_moment,
    reading_digest,
    times_reminded,
    warning_of,
)
from app.domain.timeline import PROMISE_OF_STATE, broken_date, renewed_promise
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import Opening
from app.models.person import Person
from app.queries.lateness import promised_answers
from app.queries.people import deciders_of, people_with_role
from app.queries.reminders import (
    STATES_WITH_WAITS,
    Waiting,
    overdue_readers,
    owed_already,
    take_due_applications,
    undecided_at,
    waits_of,
    what_is_due,
)
from app.queries.schedules import schedules_of
from app.services.notices import Owing, owe_notices, wake_workers

log = structlog.get_logger()

_MANAGERS = (Role.MANAGER, Role.DIRECTOR)
# Applications that one round looks at: their rows are locked meanwhile, so it is over within a second or two.
BATCH = 2000
_SECOND = timedelta(seconds=1)
# Where there is anything that a reminder may be about: somebody's own turn, or an answer of ours.
LOOKED_AT = STATES_WITH_WAITS | set(PROMISE_OF_STATE)


@dataclass(frozen=True)
class Reminder:
    """One mail to one person, not yet owed. `looked_at`: the application that led to it."""

    due: Due
    subject_id: UUID
    recipient: Person
    application: Application | None = None
    context: dict[str, Any] = field(default_factory=dict)
    looked_at: UUID | None = None


def send_due_reminders(*, now: datetime) -> int:
    """Owe every reminder that is due and was not owed before; return how many were new."""
    owed = 0
    applications, readers = what_is_due(now=now)
    for look, wanted in ((_look_at_applications, applications), (_remind_readers, readers)):
        if not wanted:
            continue
        try:
            with db.session.begin_nested():
                owed += look(now)
        except Exception as fault:
            # One kind that fails must not stop the other.
            log.error("reminders: failed", look=look.__name__, fault=type(fault).__name__)
    return owed


def look_again(opening: Opening, *, now: datetime) -> None:
    """Have every application of an opening looked at: its schedule, its promises or its status have changed."""
    db.session.execute(
        update(Application)
        .where(Application.opening_id == opening.id, Application.state.in_(LOOKED_AT))
        .values(remind_at=now)
        .execution_options(synchronize_session=False)
    )


def _look_at_applications(now: datetime) -> int:
    applications = take_due_applications(now=now, limit=BATCH)
    if not applications:
        return 0
    nexts: dict[UUID, datetime | None] = dict.fromkeys(one.id for one in applications)
    schedules = schedules_of({one.opening_id for one in applications})
    found = _Found(now, schedules)
    for wait in waits_of(applications):
        found.look_at(wait)
    found.look_at_promises(applications)
    owed, failed = _owe(list(found.reminders()), now)
    nexts |= found.nexts
    # What could not be owed is looked at again in the next round, behind what has not been looked at yet.
    nexts |= dict.fromkeys(failed, now)
    _write_next(nexts)
    if len(applications) == BATCH and not failed:
        wake_workers()
    return owed


def _write_next(nexts: dict[UUID, datetime | None]) -> None:
    rows = values(column("id", Uuid), column("at", Timestamp(timezone=True)), name="next").data(list(nexts.items()))
    db.session.execute(
        update(Application)
        .where(Application.id == rows.c.id)
        .values(remind_at=cast(rows.c.at, Timestamp(timezone=True)))
        .execution_options(synchronize_session=False)
    )


class _Found:
    """What a look at some applications finds: what is due now, and when to look again."""

    def __init__(self, now: datetime, schedules: dict[UUID, Schedule]) -> None:
        self.nexts: dict[UUID, datetime | None] = {}
        self._now = now
        self._schedules = schedules
        self._own: list[Reminder] = []
        self._of_offices: list[tuple[Waiting, Due]] = []
        self._people: dict[tuple[Recipient, UUID], list[Person]] = {}

    def look_at(self, wait: Waiting) -> None:
        """Note what is due for one wait, and its next moment."""
        schedule, deadline = self._schedules[wait.application.opening_id], wait.deadline
        following = next_moment(wait.wait, wait.since, self._now, deadline=deadline, schedule=schedule)
        for one in due(wait.wait, wait.since, self._now, deadline=deadline, schedule=schedule):
            if wait.wait == OFFICE_DECIDES:
                self._of_offices.append((wait, one))
                continue
            for person in self._recipients(one.recipient, wait):
                self._own.append(self._reminder(wait, one, person, last=following is None))
        self._again(wait.application, following)

    def look_at_promises(self, applications: Collection[Application]) -> None:
        """Where the day passed by which we said that we would answer: the same new date as the status page gives."""
        for application, promised in promised_answers(applications):
            if self._now <= promised:
                self._again(application, promised + _SECOND)
                continue
            new_date = renewed_promise(promised, self._now)
            context = {
                "while_state": application.state,
                "said": broken_date(promised, self._now).isoformat(),
                "new_date": new_date.isoformat(),
            }
            self._own.append(
                Reminder(
                    late_answer(new_date), application.id, application.person, application, context, application.id
                )
            )
            self._again(application, new_date + _SECOND)

    def reminders(self) -> Iterator[Reminder]:
        """Everything that is due now."""
        yield from self._own
        yield from self._to_offices()

    def _again(self, application: Application, moment: datetime | None) -> None:
        known = self.nexts.get(application.id)
        if moment is not None and (known is None or moment < known):
            self.nexts[application.id] = moment

    def _recipients(self, recipient: Recipient, wait: Waiting) -> list[Person]:
        if recipient is Recipient.APPLICANT:
            return [wait.application.person]
        if recipient is Recipient.INTERVIEWER:
            return [] if wait.interviewer is None else [wait.interviewer]
        if recipient is Recipient.SUPERVISORS:
            return [] if wait.office is None else self._deciders(wait.office)
        return self._managers(wait.application.opening)

    def _deciders(self, office: Office) -> list[Person]:
        key = (Recipient.SUPERVISORS, office.id)
        if key not in self._people:
            self._people[key] = deciders_of(office.id, now=self._now)
        return self._people[key]

    def _managers(self, opening: Opening) -> list[Person]:
        key = (Recipient.MANAGERS, opening.id)
        if key not in self._people:
            self._people[key] = people_with_role(opening, _MANAGERS)
        return self._people[key]

    def _reminder(self, wait: Waiting, one: Due, person: Person, *, last: bool) -> Reminder:
        application = wait.application
        context = {"while_state": application.state, "step": one.step, "last": last, **wait.context}
        if wait.wait not in (SCORECARD_DUE,):
            context["deadline"] = None if wait.deadline is None else wait.deadline.isoformat()
        if wait.wait == MEETING_AGREED:
            del context["step"]
        return Reminder(one, wait.subject_id, person, application, context, application.id)

    def _to_offices(self) -> Iterator[Reminder]:
        """One mail for each office, step and day of release, however many people wait there; no personal data."""
        grouped: dict[tuple[UUID, str], tuple[Waiting, Due]] = {}
        for wait, one in sorted(self._of_offices, key=lambda pair: pair[0].since):
            office, opening = _office_of(wait), wait.application.opening
            released = wait.since.astimezone(ZoneInfo(office.time_zone))
            named = one._replace(occurrence=f"{one.name} {released:%Y-%m-%d} {opening.id}")
            grouped.setdefault((office.id, f"{one.recipient} {named.occurrence}"), (wait, named))
        waiting = undecided_at({office_id for office_id, _ in grouped})
        for wait, one in grouped.values():
            office, opening = _office_of(wait), wait.application.opening
            schedule = self._schedules[opening.id]
            warned_of = warning_of(schedule, wait.since, self._now)
            context = {
                "opening_id": str(opening.id),
                "office": office.name,
                "waiting": waiting.get(office.id, 1),
                "released_at": wait.since.isoformat(),
                "step": one.step,
                # What the words say of the other reminders is so by this opening's schedule.
                "reminded": times_reminded(schedule, wait.since, self._now),
                "escalates_at": None if warned_of is None else warned_of.isoformat(),
            }
            for person in self._recipients(one.recipient, wait):
                yield Reminder(one, office.id, person, context=context, looked_at=wait.application.id)


def _office_of(wait: Waiting) -> Office:
    assert wait.office is not None
    return wait.office


def _remind_readers(now: datetime) -> int:
    reminders = []
    for reader in overdue_readers(now=now):
        one = reading_digest(reader.earliest_due, now, reader.person.time_zone)
        if one is not None:
            context = {"count": reader.count, "oldest": reader.earliest_due.isoformat()}
            reminders.append(Reminder(one, reader.person.id, reader.person, context=context))
    return _owe(reminders, now)[0]


def _owe(reminders: list[Reminder], now: datetime) -> tuple[int, set[UUID]]:
    """Owe what is not owed yet; return how many were new, and the applications for which it failed."""
    known = owed_already({one.subject_id for one in reminders}, sorted({one.due.kind for one in reminders}))
    new = [one for one in reminders if _key(one) not in known]
    try:
        with db.session.begin_nested():
            return owe_notices([_owing(one) for one in new], now=now), set()
    except Exception as fault:
        # One row that fails must not stop the batch: they are owed one by one.
        log.error("reminders: together failed", fault=type(fault).__name__)
    owed = 0
    failed: set[UUID] = set()
    for one in new:
        try:
            with db.session.begin_nested():
                owed += owe_notices([_owing(one)], now=now)
        except Exception as fault:
            kind, subject = one.due.kind, str(one.subject_id)
            log.error("reminders: one failed", kind=kind, subject=subject, fault=type(fault).__name__)
            if one.looked_at is not None:
                failed.add(one.looked_at)
    return owed, failed


def _key(one: Reminder) -> tuple[str, UUID, str, str]:
    return one.due.kind, one.subject_id, one.recipient.email, one.due.occurrence


def _owing(one: Reminder) -> Owing:
    return Owing(
        one.due.kind,
        one.subject_id,
        one.recipient,
        one.application,
        occurrence=one.due.occurrence,
        context=one.context,
        void_after=one.due.void_after,
    )
