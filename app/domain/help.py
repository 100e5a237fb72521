"""Who reads and answers what people ask."""

from __future__ import annotations

from app.domain.access import COORDINATOR_OF_IT, MANAGER_OF_IT, Actor, Subject


def may_answer(kind: str, actor: Actor, subject: Subject) -> bool:
    """Tell whether this person may read and answer a request: adjustments are the coordinator's alone."""
    ways = (COORDINATOR_OF_IT,) if kind == "adjustment" else (COORDINATOR_OF_IT, MANAGER_OF_IT)
    return any(way.holds(actor, subject) for way in ways)
