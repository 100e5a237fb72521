"""What offices say about their number of seats."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models.opening import SeatPool
from app.models.seat_request import SeatRequest


def open_request(pool_id: UUID, office_id: UUID) -> SeatRequest | None:
    """Return what this office says about this pool and nobody has answered."""
    return db.session.scalar(
        select(SeatRequest).where(
            SeatRequest.pool_id == pool_id, SeatRequest.office_id == office_id, SeatRequest.state == "open"
        )
    )


def newest_request(pool_id: UUID, office_id: UUID) -> SeatRequest | None:
    """Return what this office said last about this pool, answered or not."""
    return db.session.scalar(
        select(SeatRequest)
        .where(SeatRequest.pool_id == pool_id, SeatRequest.office_id == office_id)
        .order_by(SeatRequest.asked_at.desc(), SeatRequest.id)
        .limit(1)
    )


def open_requests_of(pool_id: UUID) -> list[SeatRequest]:
    """Return every open request about a pool."""
    return list(
        db.session.scalars(select(SeatRequest).where(SeatRequest.pool_id == pool_id, SeatRequest.state == "open"))
    )


def seat_requests_to_answer(opening_ids: Iterable[UUID]) -> list[SeatRequest]:
    """Return the open requests of these openings, the oldest first."""
    return list(
        db.session.scalars(
            select(SeatRequest)
            .join(SeatPool, SeatPool.id == SeatRequest.pool_id)
            .where(SeatPool.opening_id.in_(list(opening_ids)), SeatRequest.state == "open")
            .options(
                joinedload(SeatRequest.pool).joinedload(SeatPool.opening),
                joinedload(SeatRequest.office),
                joinedload(SeatRequest.asked_by),
            )
            .order_by(SeatRequest.asked_at, SeatRequest.id)
        )
    )
