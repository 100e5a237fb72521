"""Who would get which reminder in the next days, by a schedule that may not be in force yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.access import Role
from app.domain.reminders import Due, Recipient, Schedule, coming
from app.extensions import db
from app.models.application import Application
from app.models.opening import Opening
from app.queries.people import deciders_of, people_with_role
from app.queries.reminders import STATES_WITH_WAITS, Waiting, owed_already, waits_of

# A preview is for looking at: more people than these are counted only in part, and the page says so.
MOST_APPLICATIONS = 5000
MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """One reminder of the schedule in the time looked at."""

    wait: str
    step: str
    kind: str
    recipient: Recipient
    # When the first of these mails would leave.
    first_at: datetime
    mails: int
    # The first of those who get it, in the order of time.
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would leave until `until`: by reminder, and by day. `partly`: not all applications were looked at."""

    expected: tuple[Expected, ...]
    days: tuple[tuple[date, int], ...]
    mails: int
    partly: bool


def preview_of(
    opening: Opening, schedule: Schedule, *, now: datetime, days: int = 7, hidden: Collection[UUID] = ()
) -> Preview:
    """Return who would get what. `hidden`: applications whose writer is not named here (somebody scores them blind)."""
    applications = db.session.scalars(
        select(Application)
        .options(joinedload(Application.person), joinedload(Application.opening))
        .where(Application.opening_id == opening.id, Application.state.in_(STATES_WITH_WAITS))
        .order_by(Application.state_since.desc(), Application.id)
        .limit(MOST_APPLICATIONS + 1)
    ).all()
    found = _Coming(opening, schedule, now, now + timedelta(days=days), frozenset(hidden))
    for wait in waits_of(applications[:MOST_APPLICATIONS]):
        found.look_at(wait)
    return found.preview(partly=len(applications) > MOST_APPLICATIONS)


class _Coming:
    def __init__(
        self, opening: Opening, schedule: Schedule, now: datetime, until: datetime, hidden: frozenset[UUID]
    ) -> None:
        self._opening, self._schedule, self._now, self._until, self._hidden = opening, schedule, now, until, hidden
        # (kind, subject, address, occurrence) -> what would leave
        self._mails: dict[tuple[str, UUID, str, str], tuple[datetime, Waiting, Due, str]] = {}
        self._people: dict[UUID, list[tuple[str, str]]] = {}

    def look_at(self, wait: Waiting) -> None:
        for moment, one in coming(
            wait.wait, wait.since, self._now, self._until, deadline=wait.deadline, schedule=self._schedule
        ):
            occurrence = one.occurrence
            if wait.wait == "placement_in_review" and wait.office is not None:
                released = wait.since.astimezone(ZoneInfo(wait.office.time_zone))
                occurrence = f"{one.name} {released:%Y-%m-%d} {self._opening.id}"
            for email, name in self._recipients(one.recipient, wait):
                key = (one.kind, wait.subject_id, email, occurrence)
                self._mails.setdefault(key, (moment, wait, one, name))

    def _recipients(self, recipient: Recipient, wait: Waiting) -> list[tuple[str, str]]:
        if recipient is Recipient.APPLICANT:
            person = wait.application.person
            return [(person.email, "" if wait.application.id in self._hidden else person.name)]
        if recipient is Recipient.INTERVIEWER:
            return [] if wait.interviewer is None else [(wait.interviewer.email, wait.interviewer.name)]
        key = wait.office.id if recipient is Recipient.SUPERVISORS and wait.office is not None else self._opening.id
        if key not in self._people:
            people = (
                deciders_of(key, now=self._now)
                if recipient is Recipient.SUPERVISORS
                else people_with_role(self._opening, (Role.MANAGER, Role.DIRECTOR))
            )
            self._people[key] = [(person.email, person.name) for person in people]
        return self._people[key]

    def preview(self, *, partly: bool) -> Preview:
        kinds = sorted({one.kind for _, _, one, _ in self._mails.values()})
        owed = owed_already({key[1] for key in self._mails}, kinds)
        mails = sorted(
            (mail for key, mail in self._mails.items() if key not in owed), key=lambda mail: (mail[0], mail[3])
        )
        zone = ZoneInfo(self._opening.time_zone)
        by_rule: dict[tuple[str, str, str, Recipient], list[str]] = {}
        first_at: dict[tuple[str, str, str, Recipient], datetime] = {}
        by_day: dict[date, int] = {}
        for moment, wait, one, name in mails:
            step = one.name.partition(" +")[0]
            key = (wait.wait, step, one.kind, one.recipient)
            by_rule.setdefault(key, []).append(name)
            first_at.setdefault(key, moment)
            day = moment.astimezone(zone).date()
            by_day[day] = by_day.get(day, 0) + 1
        expected = tuple(
            Expected(*key, first_at[key], len(names), tuple(dict.fromkeys(name for name in names if name))[:MOST_NAMES])
            for key, names in by_rule.items()
        )
        return Preview(expected, tuple(sorted(by_day.items())), len(mails), partly)
