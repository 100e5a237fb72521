"""Placements as the program looks at them: who is where, since when, and what is to be decided."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models.application import Application
from app.models.opening import Opening
from app.models.placement import Offer, Placement

PAGE = 50


def placements_of(openings: Iterable[Opening], *, ended: bool, start: int = 0) -> list[Placement]:
    """Return one page of the placements of these openings: those that go on by their start, or those that ended."""
    order = [Placement.ended_at.desc()] if ended else [Placement.starts_on.asc().nulls_last()]
    return list(
        db.session.scalars(
            select(Placement)
            .join(Application, Application.id == Placement.application_id)
            .where(
                Application.opening_id.in_([opening.id for opening in openings]),
                Placement.ended_at.is_not(None) if ended else Placement.ended_at.is_(None),
            )
            .options(
                joinedload(Placement.application).joinedload(Application.person),
                joinedload(Placement.office),
            )
            .order_by(*order, Placement.id)
            .offset(start)
            .limit(PAGE + 1)
        )
    )


def placement_by_id(key: UUID) -> Placement | None:
    """Return a placement with what its page shows."""
    return db.session.scalar(
        select(Placement)
        .where(Placement.id == key)
        .options(
            joinedload(Placement.application).joinedload(Application.person),
            joinedload(Placement.offer).joinedload(Offer.decision),
        )
    )
