"""Who reads what: everything that the choice needs is read once for an application, and kept while it is given out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from uuid import UUID

from app.domain.access import Role
from app.models.application import Application
from app.models.person import Person
from app.queries.people import people_with_role
from app.queries.reading import given_answers, open_loads

READERS = (Role.READER, Role.READING_LEAD)


class ReaderChoice:
    """The readers of one application at one moment: use it within one transaction, and never for another."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def for_answer(self, answer_id: UUID, ordinal: int) -> Person | None:
        """Choose who reads this answer as number `ordinal`; nobody who ever had it, recusals included."""
        reader = self.besides(self._had[answer_id], answer_id)
        if reader is not None:
            self._had[answer_id].add(reader.id)
            self._rounds[answer_id].add(ordinal)
        return reader

    def besides(self, not_these: Collection[UUID], salt: UUID) -> Person | None:
        """The reader who owes least; equals are drawn by a hash, so that no pair reads everything together."""

        def order(person: Person) -> tuple[int, str]:
            return self._loads[person.id], hashlib.sha256(salt.bytes + person.id.bytes).hexdigest()

        reader = min((person for person in self._people if person.id not in not_these), key=order, default=None)
        if reader is not None:
            self._loads[reader.id] += 1
        return reader

    def rounds(self, answer_id: UUID) -> frozenset[int]:
        """Return which rounds of this answer have a reader."""
        return frozenset(self._rounds[answer_id])

    @cached_property
    def _people(self) -> list[Person]:
        able = people_with_role(self.application.opening, READERS)
        return [person for person in able if person.id != self.application.person_id]

    @cached_property
    def _loads(self) -> dict[UUID, int]:
        return open_loads(person.id for person in self._people)

    @cached_property
    def _given(self) -> list[tuple[UUID, UUID, int, str]]:
        return given_answers(self.application.id)

    @cached_property
    def _had(self) -> defaultdict[UUID, set[UUID]]:
        had: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for answer_id, reader_id, _, _ in self._given:
            had[answer_id].add(reader_id)
        return had

    @cached_property
    def _rounds(self) -> defaultdict[UUID, set[int]]:
        rounds: defaultdict[UUID, set[int]] = defaultdict(set)
        for answer_id, _, ordinal, state in self._given:
            if state in ("open", "done"):
                rounds[answer_id].add(ordinal)
        return rounds
