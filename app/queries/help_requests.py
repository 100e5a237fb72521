"""What people asked: who waits for an answer, and what was answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from app.domain.access import Actor, Role
from app.domain.help import LEFT_STATES
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.models.opening import Opening
from app.models.person import Person, RoleGrant


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A request with who asks and about which application and opening."""

    request: HelpRequest
    opening: Opening | None
    application: Application | None
    answered_by: Person | None


class Inbox(StrEnum):
    """The lists of requests. Who has left since they asked waits for no answer, but can still get one."""

    WAITING = "waiting"
    ANSWERED = "answered"
    LEFT = "left"


def help_inbox(actor: Actor, *, hidden: Collection[UUID], which: Inbox, limit: int = 200) -> list[AskedFor]:
    """Return what this person may know of: open requests by due date, or the latest answered ones."""
    answerer = Person
    statement = (
        select(HelpRequest, Opening, Application, answerer)
        .outerjoin(Opening, Opening.id == HelpRequest.opening_id)
        .outerjoin(Application, Application.id == HelpRequest.application_id)
        .outerjoin(answerer, answerer.id == HelpRequest.answered_by_id)
        .where(_within(actor), or_(HelpRequest.application_id.is_(None), HelpRequest.application_id.not_in(hidden)))
    )
    if which is Inbox.ANSWERED:
        statement = statement.where(HelpRequest.answered_at.is_not(None)).order_by(HelpRequest.answered_at.desc())
    else:
        left = has_left()
        statement = statement.where(HelpRequest.answered_at.is_(None), left if which is Inbox.LEFT else ~left)
        statement = statement.order_by(HelpRequest.due_at, HelpRequest.id)
    return [AskedFor(*row) for row in db.session.execute(statement.limit(limit))]


def has_left() -> ColumnElement[bool]:
    """Whoever asked has withdrawn, or declined the offer, since they asked."""
    own = aliased(Application)
    return (
        select(own.id)
        .where(
            own.id == HelpRequest.application_id,
            own.state.in_(LEFT_STATES),
            own.state_since >= HelpRequest.created_at,
        )
        .correlate(HelpRequest)
        .exists()
    )


def asked_for(request: HelpRequest) -> AskedFor:
    """Return one request with what it is about."""
    return AskedFor(
        request,
        db.session.get(Opening, request.opening_id) if request.opening_id else None,
        db.session.get(Application, request.application_id) if request.application_id else None,
        db.session.get(Person, request.answered_by_id) if request.answered_by_id else None,
    )


def to_prepare(application: Application) -> list[str]:
    """Return what the coordinator has said is to be prepared for this person, the oldest first; never why.

    It holds for the person: also where it was agreed on before they applied, or for another application of theirs.
    """
    person = application.person
    theirs = or_(
        HelpRequest.application_id == application.id,
        HelpRequest.person_id == person.id,
        and_(HelpRequest.person_id.is_(None), HelpRequest.email == person.email),
    )
    return [
        words
        for words in db.session.scalars(
            select(HelpRequest.prepare)
            .outerjoin(Opening, Opening.id == HelpRequest.opening_id)
            .where(
                theirs,
                HelpRequest.kind == "adjustment",
                or_(Opening.id.is_(None), Opening.organization_id == application.opening.organization_id),
            )
            .order_by(HelpRequest.answered_at)
        )
        if words
    ]


def has_coordinator(actor: Actor) -> bool:
    """Tell whether somebody reads requests for adjustments in this person's organizations."""
    organizations = {grant.organization_id for grant in actor.grants}
    return (
        db.session.scalar(
            select(RoleGrant.id)
            .where(
                RoleGrant.role == Role.COORDINATOR.value,
                RoleGrant.revoked_at.is_(None),
                RoleGrant.organization_id.in_(organizations),
            )
            .limit(1)
        )
        is not None
    )


def _within(actor: Actor) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        if grant.role in (Role.MANAGER, Role.DIRECTOR, Role.COORDINATOR):
            region = true() if grant.region_id is None else Opening.region_id == grant.region_id
            ways.append(and_(Opening.organization_id == grant.organization_id, region))
            ways.append(HelpRequest.opening_id.is_(None))
    return or_(*ways)
