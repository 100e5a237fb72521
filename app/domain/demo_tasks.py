"""What waits for each of the demo's five people, told from the data as it is now; never a fixed sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.access import Role


@dataclass(frozen=True, slots=True)
class Duty:
    """How many things of one kind wait for somebody, and the first of them."""

    count: int
    first: UUID | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What a card names: the kind of duty, how many, and where the first one is done."""

    key: str
    count: int
    endpoint: str
    values: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kind:
    """`parameter` is the name that the page's address gives to the first thing; "" where it lists them."""

    key: str
    endpoint: str
    parameter: str = ""


# role -> its duties, what matters most first
_ORDER: Mapping[Role, tuple[_Kind, ...]] = {
    Role.READER: (
        _Kind("answers", "staff.reading.queue", "question_id"),
        _Kind("resumes", "staff.resumes.score", "reading_id"),
        _Kind("recordings", "staff.recordings.score", "review_id"),
    ),
    Role.INTERVIEWER: (
        _Kind("recordings", "staff.recordings.score", "review_id"),
        _Kind("scorecards", "staff.scorecards.edit", "booking_id"),
    ),
    Role.MANAGER: (
        _Kind("proposals", "manage.routing.index"),
        _Kind("decisions", "manage.work.show"),
        _Kind("questions", "manage.help.index"),
    ),
    Role.SUPERVISOR: (_Kind("placements", "defender.placements.show", "proposal_id"),),
}


def task_of(role: Role, duties: Mapping[str, Duty]) -> Task | None:
    """Return the first duty of this role that waits; None where everything is done."""
    for kind in _ORDER.get(role, ()):
        duty = duties.get(kind.key)
        if duty is None or duty.count == 0:
            continue
        values = {kind.parameter: duty.first} if kind.parameter and duty.first is not None else {}
        return Task(kind.key, duty.count, kind.endpoint, values)
    return None
