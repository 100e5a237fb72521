"""Releases that one of two people had asked for, and that a newer run has made void by moving the person elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.models.application import Application
from app.models.routing import Pin, Proposal, RoutingRun

# Whoever has not looked by then has seen the newer run.
TOLD_FOR = timedelta(days=14)


class DroppedRelease(NamedTuple):
    """A proposal whose release was asked for, the run that made it void, and what is proposed for the person now."""

    proposal: Proposal
    run_id: UUID
    dropped_at: datetime
    instead: Proposal | None


def dropped_releases(
    opening_ids: Collection[UUID], *, hidden: Iterable[UUID] = (), now: datetime, asked_by: UUID | None = None
) -> list[DroppedRelease]:
    """Return them, the newest first: of one person who asked, or of everybody.

    One is told of until somebody releases the person or asks for a release anew, for two weeks.
    """
    run, after, same, later, later_run = (
        RoutingRun, aliased(RoutingRun), aliased(Proposal), aliased(Proposal), aliased(RoutingRun),
    )  # fmt: skip
    next_run = (
        select(after.id)
        .where(after.opening_id == run.opening_id, after.run_at > run.run_at)
        .order_by(after.run_at)
        .limit(1)
        .correlate(run)
        .scalar_subquery()
    )
    void = aliased(RoutingRun)
    carried_on = exists().where(
        same.run_id == void.id,
        same.application_id == Proposal.application_id,
        same.office_id == Proposal.office_id,
        same.pin_id.is_not_distinct_from(Proposal.pin_id),
    )
    handled = (
        select(later.id)
        .join(later_run, later_run.id == later.run_id)
        .where(
            later.application_id == Proposal.application_id,
            later_run.run_at > run.run_at,
            or_(later.asked_release_by_id.is_not(None), later.released_at.is_not(None)),
        )
        .correlate(Proposal, run)
        .exists()
    )
    statement = (
        select(Proposal, void.id, void.run_at)
        .join(Application, Application.id == Proposal.application_id)
        .join(run, run.id == Proposal.run_id)
        .join(void, void.id == next_run)
        .outerjoin(Pin, Pin.id == Proposal.pin_id)
        .where(
            Application.opening_id.in_(list(opening_ids)),
            Application.state == "in_routing",
            Application.id.not_in(list(hidden)),
            Proposal.state == "superseded",
            Proposal.asked_release_by_id.is_not(None) if asked_by is None else Proposal.asked_release_by_id == asked_by,
            Pin.ended_at.is_(None),
            void.run_at > now - TOLD_FOR,
            ~carried_on,
            ~handled,
        )
        .options(
            joinedload(Proposal.application).joinedload(Application.person),
            joinedload(Proposal.office),
            joinedload(Proposal.asked_release_by),
        )
        .order_by(void.run_at.desc(), Proposal.id)
    )
    rows = db.session.execute(statement).all()
    now_for = _proposed_now([proposal.application_id for proposal, _run, _at in rows]) if rows else {}
    return [DroppedRelease(proposal, key, at, now_for.get(proposal.application_id)) for proposal, key, at in rows]


def _proposed_now(application_ids: Collection[UUID]) -> dict[UUID, Proposal]:
    rows = db.session.scalars(
        select(Proposal)
        .where(Proposal.application_id.in_(application_ids), Proposal.state == "proposed")
        .options(joinedload(Proposal.office))
    )
    return {proposal.application_id: proposal for proposal in rows}
