"""One opening as its manager sees it: people by stage, seats by pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.pipeline import STATES
from app.extensions import db
from app.models.application import Application
from app.models.opening import Opening, OpeningOffice, Question, SeatPool
from app.models.placement import PlacementDecision


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A pool with its offices and how many of its seats are taken."""

    pool: SeatPool
    offices: Sequence[str]
    taken: int


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """`by_state` holds every state that somebody is in, in the pipeline's order."""

    by_state: dict[str, int]
    pools: Sequence[PoolFacts]
    questions: int

    def sent(self) -> int:
        """Return how many applications were sent."""
        return sum(count for state, count in self.by_state.items() if state != "draft")


def opening_facts(opening: Opening) -> OpeningFacts:
    """Return the numbers of one opening."""
    counts = {
        state: count
        for state, count in db.session.execute(
            select(Application.state, func.count())
            .where(Application.opening_id == opening.id)
            .group_by(Application.state)
        )
    }
    questions = db.session.scalar(
        select(func.count()).where(
            Question.opening_id == opening.id, Question.kind == "short_answer", Question.retired_at.is_(None)
        )
    )
    return OpeningFacts({state: counts[state] for state in STATES if state in counts}, _pools(opening), questions or 0)


def _pools(opening: Opening) -> list[PoolFacts]:
    taken = {
        pool_id: count
        for pool_id, count in db.session.execute(
            select(PlacementDecision.pool_id, func.count())
            .join(SeatPool, SeatPool.id == PlacementDecision.pool_id)
            .where(
                SeatPool.opening_id == opening.id,
                PlacementDecision.kind == "approve",
                PlacementDecision.undone_at.is_(None),
                PlacementDecision.ended_at.is_(None),
            )
            .group_by(PlacementDecision.pool_id)
        )
    }
    offices: dict[object, list[str]] = {}
    for row in db.session.scalars(
        select(OpeningOffice).where(OpeningOffice.opening_id == opening.id).order_by(OpeningOffice.position)
    ):
        offices.setdefault(row.pool_id, []).append(row.office.name)
    pools = db.session.scalars(
        select(SeatPool).where(SeatPool.opening_id == opening.id).order_by(SeatPool.name, SeatPool.id)
    )
    return [PoolFacts(pool, offices.get(pool.id, []), taken.get(pool.id, 0)) for pool in pools]
