"""The audit log as people read it: each role the part that is about its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, or_, select, true

from app.domain.access import Actor, Role
from app.extensions import db
from app.models.application import Answer, Application, Document, HelpRequest
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening, OpeningOffice, SeatPool
from app.models.person import Person, RoleGrant
from app.models.placement import Meeting, MeetingInvitation, Offer, Placement, PlacementDecision
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordedTake, RecordingReview
from app.models.routing import Proposal, RoutingRun, Scenario
from app.models.system import AuditEvent

Pairs = Select[UUID, UUID]


def _through_proposal(model: Any) -> Pairs:
    return select(model.id, Proposal.application_id).join(Proposal, Proposal.id == model.proposal_id)


def _through_interview(model: Any) -> Pairs:
    return select(model.id, RecordedInterview.application_id).join(
        RecordedInterview, RecordedInterview.id == model.interview_id
    )


def _own(model: Any) -> Pairs:
    return select(model.id, model.application_id)


# object type -> (its id, its application's id)
OF_APPLICATION: Mapping[str, Callable[[], Pairs]] = {
    "application": lambda: select(Application.id, Application.id.label("application_id")),
    "answer": lambda: _own(Answer),
    "document": lambda: _own(Document),
    "recording": lambda: _through_interview(RecordedTake),
    "recording_review": lambda: _through_interview(RecordingReview),
    "reading": lambda: _own(ReadingAssignment),
    "proposal": lambda: _own(Proposal),
    "placement_decision": lambda: _own(PlacementDecision),
    "offer": lambda: _own(Offer),
    "placement": lambda: _own(Placement),
    "meeting": lambda: _through_proposal(Meeting),
    "meeting_invitation": lambda: _through_proposal(MeetingInvitation),
    "help_request": lambda: _own(HelpRequest),
    "notice": lambda: _own(Notice),
}
# object type -> (its id, its opening's id)
OF_OPENING: Mapping[str, Any] = {
    "opening": lambda: select(Opening.id, Opening.id.label("opening_id")),
    "seat_pool": lambda: select(SeatPool.id, SeatPool.opening_id),
    "routing_run": lambda: select(RoutingRun.id, RoutingRun.opening_id),
    "routing_scenario": lambda: select(Scenario.id, Scenario.opening_id),
}
# The moves of one act that has an event of its own: the pages show that one.
TOLD_BY_THEIR_OWN = ("undo_approval", "end_placement")
# What shows somebody's words, face or voice to somebody else.
VIEWS = ("file:opened", "document:read", "packet:download", "letter:download", "recording:watch")


def _about(applications: Select[UUID]) -> ColumnElement[bool]:
    """The events about one of these applications."""
    ways = []
    for name, pairs in OF_APPLICATION.items():
        found: Any = pairs().subquery()
        ids = select(cast(found.c.id, String)).where(found.c.application_id.in_(applications))
        ways.append(and_(AuditEvent.object_type == name, AuditEvent.object_id.in_(ids)))
    return or_(*ways)


def _about_openings(openings: Select[UUID]) -> ColumnElement[bool]:
    ways = []
    for name, pairs in OF_OPENING.items():
        found = pairs().subquery()
        ids = select(cast(found.c.id, String)).where(found.c.opening_id.in_(openings))
        ways.append(and_(AuditEvent.object_type == name, AuditEvent.object_id.in_(ids)))
    return or_(*ways)


def _not_told_twice() -> ColumnElement[bool]:
    return or_(
        AuditEvent.action != "application:moved",
        func.coalesce(AuditEvent.details["event"].astext, "").not_in(TOLD_BY_THEIR_OWN),
    )


def _may_read(actor: Actor) -> ColumnElement[bool]:
    """Administrators read all; managers what is about their openings, with the offices of their regions."""
    ways: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        if grant.role is Role.ADMIN:
            return true()
        if grant.role not in (Role.MANAGER, Role.DIRECTOR):
            continue
        here = Opening.organization_id == grant.organization_id
        if grant.region_id is not None:
            here = and_(here, Opening.region_id == grant.region_id)
        openings = select(Opening.id).where(here)
        ways.append(_about(select(Application.id).where(Application.opening_id.in_(openings))))
        ways.append(_about_openings(openings))
        regions = select(Opening.region_id).where(here)
        offices = select(cast(Office.id, String)).where(Office.region_id.in_(regions))
        ways.append(and_(AuditEvent.object_type == "office", AuditEvent.object_id.in_(offices)))
    return or_(*ways)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event with whoever did it (None: a worker, or a command) and the application that it is about."""

    event: AuditEvent
    actor: Person | None
    staff: bool
    application_id: UUID | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the address asks for: the beginning of an action ("role"), and events before this id."""

    topic: str = ""
    reference: str = ""
    before: int | None = None


def audit_rows(actor: Actor, wanted: AuditFilter, *, hidden: Collection[UUID], limit: int) -> list[AuditRow]:
    """Return events that this person may read, the newest first.

    `hidden` are applications that this person still scores blind: nothing about them is shown.
    """
    where = [_may_read(actor)]
    if hidden:
        where.append(~_about(select(Application.id).where(Application.id.in_(hidden))))
    if wanted.topic != "application":
        where.append(_not_told_twice())
    if wanted.topic:
        where.append(AuditEvent.action.startswith(f"{wanted.topic}:", autoescape=True))
    if wanted.reference:
        where.append(_about(select(Application.id).where(Application.reference == wanted.reference.strip().upper())))
    if wanted.before is not None:
        where.append(AuditEvent.id < wanted.before)
    return _rows(select(AuditEvent).where(*where).order_by(AuditEvent.id.desc()).limit(limit))


def office_actions(office_id: UUID, *, hidden: Collection[UUID], before: int | None, limit: int) -> list[AuditRow]:
    """Return what the people of an office did for it, the newest first."""
    people = select(RoleGrant.person_id).where(RoleGrant.office_id == office_id)
    pools = select(cast(OpeningOffice.pool_id, String)).where(OpeningOffice.office_id == office_id)
    decided = select(Proposal.application_id).where(Proposal.office_id == office_id, Proposal.released_at.is_not(None))
    if hidden:
        decided = decided.where(Proposal.application_id.not_in(hidden))
    own = or_(
        and_(AuditEvent.object_type == "office", AuditEvent.object_id == str(office_id)),
        and_(AuditEvent.object_type == "seat_pool", AuditEvent.object_id.in_(pools)),
        and_(AuditEvent.action.startswith("role:"), AuditEvent.object_type == "person"),
        _about(decided),
    )
    where = [AuditEvent.actor_id.in_(people), own, _not_told_twice()]
    if before is not None:
        where.append(AuditEvent.id < before)
    return _rows(select(AuditEvent).where(*where).order_by(AuditEvent.id.desc()).limit(limit))


@dataclass(frozen=True, slots=True)
class View:
    """Somebody opened a part of an application: when, which part, and as what (an office's name, or None)."""

    at: datetime
    action: str
    roles: frozenset[str]
    office: str | None


def views_of(application: Application, *, limit: int = 200) -> list[View]:
    """Return when other people opened this application, the newest first. Names are not among the answers."""
    events = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.action.in_(VIEWS),
            AuditEvent.actor_id != application.person_id,
            _about(select(Application.id).where(Application.id == application.id)),
        )
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    ).all()
    grants: dict[UUID, list[tuple[str, str | None]]] = {}
    for person_id, role, place in db.session.execute(
        select(RoleGrant.person_id, RoleGrant.role, Office.name)
        .outerjoin(Office, Office.id == RoleGrant.office_id)
        .where(RoleGrant.person_id.in_({event.actor_id for event in events if event.actor_id is not None}))
    ):
        grants.setdefault(person_id, []).append((role, place))
    views = []
    for event in events:
        held = grants.get(event.actor_id, []) if event.actor_id is not None else []
        office = next((name for _role, name in held if name is not None), None)
        views.append(View(event.at, event.action, frozenset(role for role, _office in held), office))
    return views


def opened_since(application_id: UUID, person_id: UUID, since: datetime) -> bool:
    """Tell whether this person's opening of an application is on the record since then."""
    return (
        db.session.scalar(
            select(AuditEvent.id)
            .where(
                AuditEvent.object_type == "application",
                AuditEvent.object_id == str(application_id),
                AuditEvent.action == "file:opened",
                AuditEvent.actor_id == person_id,
                AuditEvent.at >= since,
            )
            .limit(1)
        )
        is not None
    )


def _rows(statement: Select[AuditEvent]) -> list[AuditRow]:
    events = db.session.scalars(statement).all()
    people = {
        person.id: person
        for person in db.session.scalars(
            select(Person).where(Person.id.in_({event.actor_id for event in events if event.actor_id is not None}))
        )
    }
    about = _applications_of(events)
    rows = []
    for event in events:
        actor = people.get(event.actor_id) if event.actor_id is not None else None
        found = about.get((event.object_type, event.object_id))
        key, reference = (None, None) if found is None else found
        rows.append(AuditRow(event, actor, actor is not None and bool(actor.grants), key, reference))
    return rows


def _applications_of(events: Iterable[AuditEvent]) -> dict[tuple[str, str], tuple[UUID, str]]:
    wanted: dict[str, set[str]] = {}
    for event in events:
        wanted.setdefault(event.object_type, set()).add(event.object_id)
    found: dict[tuple[str, str], tuple[UUID, str]] = {}
    for name, ids in wanted.items():
        if name not in OF_APPLICATION:
            continue
        pairs = OF_APPLICATION[name]().subquery()
        for object_id, key, reference in db.session.execute(
            select(cast(pairs.c.id, String), Application.id, Application.reference)
            .join(Application, Application.id == pairs.c.application_id)
            # Of an erased one there is nothing to open.
            .where(Application.erased_at.is_(None), pairs.c.id.in_([UUID(object_id) for object_id in ids]))
        ):
            found[name, object_id] = (key, reference)
    return found
