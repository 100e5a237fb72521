"""Overrides of the routing rule: those that stand, and the offices that one may name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models.application import Application, OfficeChoice
from app.models.office import Office
from app.models.opening import OpeningOffice
from app.models.placement import Offer, PlacementDecision
from app.models.routing import Pin


class OfficeToName(NamedTuple):
    """An office for an override. `struck`: why not, or None.

    "closed", "not_here", "would_not", or the kind of the decision.
    """

    office: Office
    rank: int | None
    struck: str | None


def live_overrides(opening_id: UUID, *, hidden: Iterable[UUID] = ()) -> list[Pin]:
    """Return the overrides that stand, the newest first; `hidden` applications are left out."""
    return list(
        db.session.scalars(
            select(Pin)
            .join(Application, Application.id == Pin.application_id)
            .where(
                Application.opening_id == opening_id,
                Pin.ended_at.is_(None),
                Pin.application_id.not_in(list(hidden)),
            )
            .options(
                joinedload(Pin.application).joinedload(Application.person),
                joinedload(Pin.office),
                joinedload(Pin.by),
            )
            .order_by(Pin.made_at.desc(), Pin.id)
        )
    )


def offices_to_name(application: Application, *, today: date) -> list[OfficeToName]:
    """Return every office of the opening: the ranked ones in order, the others by name; struck ones say why."""
    struck = _struck(application.id, today)
    ranks = {}
    for office_id, rank, not_here in db.session.execute(
        select(OfficeChoice.office_id, OfficeChoice.rank, OfficeChoice.not_here).where(
            OfficeChoice.application_id == application.id
        )
    ):
        ranks[office_id] = rank
        if rank is None:
            struck[office_id] = "not_here" if not_here else "would_not"
    places = db.session.scalars(select(OpeningOffice).where(OpeningOffice.opening_id == application.opening_id))
    found = [
        OfficeToName(
            place.office,
            ranks.get(place.office_id),
            struck.get(place.office_id) or (None if place.is_open else "closed"),
        )
        for place in places
    ]
    return sorted(found, key=lambda each: (each.rank is None, each.rank or 0, each.office.name))


def _struck(application_id: UUID, today: date) -> dict[UUID, str]:
    struck: dict[UUID, str] = {}
    for office_id, kind, not_before in db.session.execute(
        select(PlacementDecision.office_id, PlacementDecision.kind, PlacementDecision.not_before)
        .where(
            PlacementDecision.application_id == application_id,
            PlacementDecision.kind.in_(("decline", "passed_on", "not_now")),
        )
        .order_by(PlacementDecision.decided_at)
    ):
        if kind != "not_now" or (not_before is not None and not_before > today):
            struck[office_id] = kind
    refused = select(Offer.office_id).where(Offer.application_id == application_id, Offer.answer == "declined")
    struck.update(dict.fromkeys(db.session.scalars(refused), "offer"))
    return struck
