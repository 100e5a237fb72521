"""Seats, counted: never stored, so never wrong. Who needs a sure count holds the pool's row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.placement import PlacementDecision
from app.models.routing import Proposal

_LIVE_APPROVAL = (
    PlacementDecision.kind == "approve",
    PlacementDecision.undone_at.is_(None),
    PlacementDecision.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class SeatCount:
    """A pool's seats: taken by approvals, asked for by open proposals, and what is left."""

    pool: SeatPool
    offices: tuple[Office, ...]
    taken: int
    asked: int

    @property
    def free(self) -> int:
        """Seats that nobody holds and no office is being asked about."""
        return max(0, self.pool.seats - self.taken - self.asked)


def seats_taken(pool_id: UUID) -> int:
    """Count the seats that approvals hold now."""
    return db.session.scalar(select(func.count()).where(PlacementDecision.pool_id == pool_id, *_LIVE_APPROVAL)) or 0


def seats_held(pool_id: UUID) -> int:
    """Count the seats that approvals hold or that an office is being asked about."""
    asked = db.session.scalar(select(func.count()).where(Proposal.pool_id == pool_id, Proposal.state == "released"))
    return seats_taken(pool_id) + (asked or 0)


def seat_counts(opening: Opening) -> list[SeatCount]:
    """Return every pool of an opening with its seats, by name."""
    offices: dict[UUID, list[Office]] = {}
    for place in opening.offices:
        offices.setdefault(place.pool_id, []).append(place.office)
    taken = _count_by_pool(opening, PlacementDecision, *_LIVE_APPROVAL)
    asked = _count_by_pool(opening, Proposal, Proposal.state == "released")
    return [
        SeatCount(pool, tuple(offices.get(pool.id, ())), taken.get(pool.id, 0), asked.get(pool.id, 0))
        for pool in sorted(opening.pools, key=lambda pool: pool.name)
    ]


def _count_by_pool(opening: Opening, model: Any, *conditions: Any) -> dict[UUID, int]:
    rows = db.session.execute(
        select(model.pool_id, func.count())
        .join(SeatPool, SeatPool.id == model.pool_id)
        .where(SeatPool.opening_id == opening.id, *conditions)
        .group_by(model.pool_id)
    )
    return {pool_id: count for pool_id, count in rows}
