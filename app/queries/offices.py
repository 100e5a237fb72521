"""An office as its supervisors look at it: who waits, its seats, its fellows, what it decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.domain.access import Actor, Role
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import Opening, OpeningOffice, SeatPool
from app.models.person import Region, RoleGrant
from app.models.placement import Placement, PlacementDecision
from app.models.routing import Proposal
from app.models.seat_request import SeatRequest
from app.queries.seat_requests import newest_request
from app.queries.seats import seats_taken


@dataclass(frozen=True, slots=True)
class OfficeSeats:
    """The seats that an office has in one opening, perhaps shared with another office."""

    opening: Opening
    pool: SeatPool
    shared_with: tuple[Office, ...]
    taken: int
    # What the office said last about the number, answered or not.
    request: SeatRequest | None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision of an office, with the whole days from the release to it."""

    decision: PlacementDecision
    days: int


def offices_by_ids(office_ids: Iterable[UUID]) -> list[Office]:
    """Return offices by name."""
    return list(db.session.scalars(select(Office).where(Office.id.in_(list(office_ids))).order_by(Office.name)))


def waiting_at(office_ids: Iterable[UUID], *, hidden: Iterable[UUID] = ()) -> list[Proposal]:
    """Return the people who wait for these offices, the most urgent first; `hidden` applications are left out."""
    return list(
        db.session.scalars(
            select(Proposal)
            .where(
                Proposal.office_id.in_(list(office_ids)),
                Proposal.state == "released",
                Proposal.application_id.not_in(list(hidden)),
            )
            .options(joinedload(Proposal.application).joinedload(Application.person), joinedload(Proposal.office))
            .order_by(Proposal.due_at, Proposal.id)
        )
    )


def past_decisions(office_ids: Iterable[UUID], *, hidden: Iterable[UUID] = (), limit: int = 30) -> list[PastDecision]:
    """Return what these offices decided last, undone approvals left out."""
    rows = db.session.scalars(
        select(PlacementDecision)
        .where(
            PlacementDecision.office_id.in_(list(office_ids)),
            PlacementDecision.undone_at.is_(None),
            PlacementDecision.application_id.not_in(list(hidden)),
        )
        .options(
            joinedload(PlacementDecision.proposal),
            joinedload(PlacementDecision.decided_by),
            joinedload(PlacementDecision.office),
            joinedload(PlacementDecision.application).joinedload(Application.person),
        )
        .order_by(PlacementDecision.decided_at.desc())
        .limit(limit)
    )
    return [
        PastDecision(row, max(0, (row.decided_at - (row.proposal.released_at or row.decided_at)).days)) for row in rows
    ]


def seats_of_office(office_id: UUID) -> list[OfficeSeats]:
    """Return an office's seats in every opening that is not a draft."""
    places = db.session.scalars(
        select(OpeningOffice)
        .join(Opening, Opening.id == OpeningOffice.opening_id)
        .where(OpeningOffice.office_id == office_id, OpeningOffice.is_open, Opening.status == "open")
        .options(joinedload(OpeningOffice.pool).joinedload(SeatPool.opening))
        .order_by(Opening.slug)
    ).all()
    found = []
    for place in places:
        others = db.session.scalars(
            select(Office)
            .join(OpeningOffice, OpeningOffice.office_id == Office.id)
            .where(OpeningOffice.pool_id == place.pool_id, Office.id != office_id)
            .order_by(Office.name)
        )
        request = newest_request(place.pool_id, office_id)
        found.append(OfficeSeats(place.pool.opening, place.pool, tuple(others), seats_taken(place.pool_id), request))
    return found


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people are being met for the seats of a pool that are left."""

    people: int
    seats: int

    @property
    def full(self) -> bool:
        """No seat is left."""
        return self.seats <= 0

    @property
    def more_people(self) -> bool:
        """Somebody of them cannot be placed here."""
        return self.people > self.seats


def crowd_of(pool: SeatPool) -> Crowd:
    """Return how many people the offices of a pool are being asked about, and how many seats are left for them."""
    people = db.session.scalar(select(func.count()).where(Proposal.pool_id == pool.id, Proposal.state == "released"))
    return Crowd(people or 0, max(0, pool.seats - seats_taken(pool.id)))


def fellows_at(office_ids: Iterable[UUID]) -> list[Placement]:
    """Return the placements of these offices that have not ended."""
    return list(
        db.session.scalars(
            select(Placement)
            .where(Placement.office_id.in_(list(office_ids)), Placement.ended_at.is_(None))
            .options(
                joinedload(Placement.application).joinedload(Application.person),
                joinedload(Placement.office),
            )
            .order_by(Placement.created_at)
        )
    )


@dataclass(frozen=True, slots=True)
class ManagedOffice:
    """One office in a manager's list, with its pools in the openings that the manager runs."""

    office: Office
    pools: tuple[SeatPool, ...]
    supervisors: int

    @property
    def confirmed(self) -> bool:
        """The office has confirmed its seats everywhere."""
        return all(pool.confirmed_at is not None for pool in self.pools)

    @property
    def reserved(self) -> int:
        """Seats that are held for Spanish speakers."""
        return sum(pool.spanish_minimum for pool in self.pools)


def offices_to_edit(actor: Actor) -> list[Office]:
    """Return the offices of the regions in which this person is a manager, by name."""
    scopes: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        if grant.role in (Role.MANAGER, Role.DIRECTOR):
            region = true() if grant.region_id is None else Region.id == grant.region_id
            scopes.append(and_(Region.organization_id == grant.organization_id, region))
    rows = select(Office).join(Region, Region.id == Office.region_id).where(or_(*scopes)).order_by(Office.name)
    return list(db.session.scalars(rows))


def managed_offices(offices: Sequence[Office], openings: Sequence[Opening]) -> list[ManagedOffice]:
    """Return these offices with their pools in the openings that are open, and how many supervisors each has."""
    keys = [office.id for office in offices]
    places = db.session.scalars(
        select(OpeningOffice)
        .where(
            OpeningOffice.office_id.in_(keys),
            OpeningOffice.is_open,
            OpeningOffice.opening_id.in_([opening.id for opening in openings if opening.status == "open"]),
        )
        .options(joinedload(OpeningOffice.pool))
    ).all()
    supervisors = {
        office_id: count
        for office_id, count in db.session.execute(
            select(RoleGrant.office_id, func.count())
            .where(RoleGrant.office_id.in_(keys), RoleGrant.revoked_at.is_(None), RoleGrant.delegated_by_id.is_(None))
            .group_by(RoleGrant.office_id)
        )
    }
    return [
        ManagedOffice(
            office,
            tuple(place.pool for place in places if place.office_id == office.id),
            supervisors.get(office.id, 0),
        )
        for office in offices
    ]
