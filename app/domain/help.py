"""Who reads and answers what people ask."""

from __future__ import annotations

from datetime import datetime

from app.domain.access import COORDINATOR_OF_IT, MANAGER_OF_IT, Actor, Subject

# Whoever went away by themselves waits for no answer to what they asked before.
LEFT_STATES = frozenset(("withdrawn", "offer_declined"))


def has_left(state: str | None, since: datetime | None, asked_at: datetime) -> bool:
    """Tell whether the person has left since they asked; state and since are those of the application."""
    return state in LEFT_STATES and since is not None and since >= asked_at


def may_answer(kind: str, actor: Actor, subject: Subject) -> bool:
    """Tell whether this person may read and answer a request: adjustments are the coordinator's alone."""
    ways = (COORDINATOR_OF_IT,) if kind == "adjustment" else (COORDINATOR_OF_IT, MANAGER_OF_IT)
    return any(way.holds(actor, subject) for way in ways)
