"""Row locks of the last gate, always in one order: opening, pools by id, application. So nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models.application import Application
from app.models.opening import Opening, SeatPool
from app.models.placement import Offer
from app.models.routing import Proposal

# `key_share` is FOR NO KEY UPDATE: rows that merely refer to the locked one (a decision) do not wait.


def lock_opening(opening: Opening) -> None:
    """Hold the opening until the transaction ends: one run or release at a time."""
    db.session.scalars(
        select(Opening)
        .where(Opening.id == opening.id)
        .with_for_update(key_share=True, of=Opening)
        .execution_options(populate_existing=True)
    ).one()


def lock_pools(pool_ids: Iterable[UUID]) -> None:
    """Hold these pools: whoever counts their seats next sees what was taken here."""
    db.session.scalars(
        select(SeatPool)
        .where(SeatPool.id.in_(set(pool_ids)))
        .order_by(SeatPool.id)
        .with_for_update(key_share=True, of=SeatPool)
        .execution_options(populate_existing=True)
    ).all()


def lock_application(application: Application) -> None:
    """Hold the application and read its state anew."""
    db.session.flush()
    db.session.scalars(
        select(Application)
        .where(Application.id == application.id)
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    ).one()


def lock_proposal(proposal: Proposal) -> None:
    """Hold the proposal's pool, then its application, and read all three anew."""
    lock_pools([proposal.pool_id])
    lock_application(proposal.application)
    db.session.refresh(proposal)


def lock_offer(offer: Offer) -> None:
    """Hold the pool of an offer's seat, then its application, and read the offer anew."""
    lock_pools([offer.decision.pool_id])
    lock_application(offer.application)
    db.session.refresh(offer)


def lock_waiting(opening: Opening) -> None:
    """Keep everybody who waits for an office where they are until the run is stored."""
    rows = (
        select(Application.id)
        .where(Application.opening_id == opening.id, Application.state == "in_routing")
        .order_by(Application.id)
        .with_for_update(read=True)
    )
    # They are locked there; nobody needs a hundred thousand ids here.
    db.session.scalar(select(func.count()).select_from(rows.subquery()))
