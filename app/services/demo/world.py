"""The demo's past, played in order: each story sleeps until its next moment, and the workers' rounds run between."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from app.domain.access import Role
from app.domain.actors import By
from app.domain.demo_people import FIVE, INTERVIEWER, OTHERS, Member
from app.domain.workdays import is_workday
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import Opening
from app.models.person import Person
from app.queries.openings import opening_by_slug
from app.queries.recordings import open_reviews
from app.services.accounts import ensure_person
from app.services.demo.cast import Applicant
from app.services.invitations import accept_invitation, invite_person
from app.services.recordings import recuse_review

ZONE = ZoneInfo("America/Chicago")
OPENING = "client-advocate-mspd"
# A story yields the moment at which it wants to go on.
Story = Iterator[datetime]


@dataclass
class World:
    """The opening, its people, and the present moment of the played past."""

    opening: Opening
    present: datetime
    now: datetime
    staff: dict[str, Person] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)

    def ago(self, days: float, hour: int = 12, minute: int = 0) -> datetime:
        """So many days before today at this hour in Missouri; today's hours that are still to come are moved back."""
        return min(self.on(-days, hour, minute), self.present - timedelta(minutes=20))

    def on(self, days: float, hour: int, minute: int = 0) -> datetime:
        """So many days after today at this hour in Missouri."""
        return datetime.combine(self._date(days), time(hour, minute), tzinfo=ZONE).astimezone(UTC)

    def workday(self, day: int) -> int:
        """So many days ago, or some more where nobody worked on that day."""
        while not is_workday(self._date(-day)):
            day += 1
        return day

    def workdays(self, days_ago: Iterable[int]) -> list[int]:
        """Those of these days (negative ones are ahead) on which people work."""
        return [day for day in days_ago if is_workday(self._date(-day))]

    def hours(self, days: int, hours: Iterable[int]) -> list[datetime]:
        """These hours of one day, so many days after today."""
        return [self.on(days, hour) for hour in hours]

    def last_talk(self, hours: Sequence[int], length: timedelta) -> datetime:
        """When the last talk began that is over by now, on a workday at one of these hours."""
        moments = [moment for day in self.workdays(range(0, 6)) for moment in self.hours(-day, hours)]
        return max(moment for moment in moments if moment + length < self.present)

    def _date(self, days: float) -> date:
        return (self.present.astimezone(ZONE) + timedelta(days=days)).date()

    def member(self, key: str) -> Person:
        """One of the staff or supervisors."""
        return self.staff[key]

    def of(self, who: Applicant) -> Application:
        """Somebody's application."""
        return self.applications[who.key]


def world_of(present: datetime) -> World:
    """Return the world before anything happened; the program must be loaded."""
    opening = opening_by_slug(OPENING)
    if opening is None:
        raise LookupError(f"load the program first: there is no opening {OPENING}")
    return World(opening, present, present)


def play(world: World, stories: list[Story]) -> None:
    """Run the stories side by side in the order of their moments; whoever ends is done."""
    order = count()
    waiting: list[tuple[datetime, int, Story]] = []
    world.now = datetime.min.replace(tzinfo=UTC)
    for story in stories:
        _next(waiting, story, order)
    while waiting:
        moment, _, story = heapq.heappop(waiting)
        # A moment that lies before the last one (its story was late) happens now.
        world.now = max(world.now, moment)
        db.session.flush()
        _next(waiting, story, order)
    db.session.flush()


def ensure_review(world: World) -> None:
    """The named interviewer has something to watch, however the reviews fell: a colleague knows that person."""
    if open_reviews(world.staff[INTERVIEWER.key].id):
        return
    for colleague in world.staff.values():
        for review in open_reviews(colleague.id)[:1]:
            recuse_review(review, now=world.present)
            db.session.flush()
            return


def _next(waiting: list[tuple[datetime, int, Story]], story: Story, order: Iterator[int]) -> None:
    moment = next(story, None)
    if moment is not None:
        heapq.heappush(waiting, (moment, next(order), story))


def invite_staff(world: World, *, now: datetime) -> None:
    """Everybody with a role is invited and accepts, as in real life."""
    offices = {row.office.slug: row.office for row in world.opening.offices}
    for member in (*FIVE, *OTHERS):
        if member.role is not None:
            world.staff[member.key] = _invited(world, member, offices, now)


def _invited(world: World, member: Member, offices: dict[str, Office], now: datetime) -> Person:
    assert member.role is not None
    office = offices[member.office] if member.office else None
    whole = office is not None or member.role is Role.ADMIN
    invitation = invite_person(
        member.email,
        member.role,
        organization=world.opening.organization,
        region=None if whole else world.opening.region,
        office=office,
        full_name=member.name,
        by=None,
        now=now,
    )
    person = accept_invitation(invitation.token, full_name=member.name, now=now + timedelta(hours=2))
    assert person is not None
    return person


def account_of(who: Applicant, *, now: datetime) -> Person:
    """An applicant's account, its address confirmed."""
    person = ensure_person(who.email, now=now, full_name=who.name)
    person.email_confirmed_at = now
    return person


def worker(name: str) -> By:
    """A worker as the one who acts."""
    return By(worker=name)
