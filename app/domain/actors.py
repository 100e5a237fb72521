"""Who does something: a person, or a worker of ours."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class By:
    """Exactly one of a person's id and a worker's name."""

    person_id: UUID | None = None
    worker: str | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.worker is None):
            raise ValueError("either a person or a worker does it")
