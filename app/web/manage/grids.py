"""What pages about runs and what-ifs show: people by offices, two outcomes side by side, who stays without a seat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.domain.explanations import shown_scores
from app.domain.outcomes import Outlook, Place, PoolFigures, differences, in_line
from app.queries.routing import office_names
from app.queries.scenarios import Named, Solved, names_of, unplaced_reasons
from app.web.reasons import staff_reasons

if TYPE_CHECKING:
    from app.domain.instance import Candidate
    from app.models.opening import Opening

PAGE = 50


@dataclass(frozen=True, slots=True)
class Names:
    """Ids as people read them. Whoever is read blind has no name here."""

    offices: dict[str, str]
    pools: dict[str, str]
    people: dict[str, Named]

    @classmethod
    def of(cls, opening: Opening, application_ids: Collection[str], *, hidden: Collection[UUID]) -> Names:
        """Read the names that a page about this opening needs."""
        pools = {pool.slug: pool.name for pool in opening.pools}
        return cls(office_names(opening), pools, names_of(application_ids, hidden=hidden))

    def person(self, key: str) -> Named | None:
        """Return the person; None where the answers are still read blind."""
        return self.people.get(key)

    def office(self, key: str) -> str:
        """Return an office's name."""
        return self.offices.get(key, key)

    def pool(self, key: str) -> str:
        """Return a pool's name."""
        return self.pools.get(key, key)


class Moved(NamedTuple):
    """One person whose result differs between two outcomes."""

    person: Named | None
    before: Place | None
    after: Place | None


class Cell(NamedTuple):
    """One person at one office. `mark`: "declined" or "out" (a rule, a conflict, or the person's own no)."""

    rank: int | None
    is_here: bool
    mark: str


class GridRow(NamedTuple):
    """One person with a cell for each office."""

    person: Named | None
    score: str
    speaks_spanish: bool
    place: Place | None
    cells: tuple[Cell, ...]


class Grid(NamedTuple):
    """One page of the grid; `offices` are (id, name) in the order of the cells."""

    offices: list[tuple[str, str]]
    rows: list[GridRow]
    start: int
    total: int

    @property
    def previous(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.start - PAGE) if self.start else None

    @property
    def next(self) -> int | None:
        """Where the next page begins."""
        return self.start + PAGE if self.start + PAGE < self.total else None


class Left(NamedTuple):
    """Somebody without a seat, and why."""

    person: Named | None
    reasons: list[str]


def moved_people(one: Outlook, other: Outlook, names: Names) -> list[Moved]:
    """Return everybody whose office differs, by name; the nameless last."""
    found = [Moved(names.person(each.candidate), each.before, each.after) for each in differences(one, other)]
    return sorted(found, key=lambda each: (each.person is None, each.person or ("", "")))


def needs_not_met(outlook: Outlook) -> list[PoolFigures]:
    """Return the pools that ask for more Spanish speakers than they got."""
    return [pool for pool in outlook.pools if pool.spanish_filled < pool.spanish_minimum]


def left_out(read: Solved, names: Names) -> list[Left]:
    """Return who stays without a seat and why, by name."""
    reasons = unplaced_reasons(read.stored)
    waiting = {person.id for person in in_line(read.instance)}
    pinned = _pinned(read, names)
    found = [Left(names.person(key), staff_reasons(each, pinned)) for key, each in reasons.items() if key in waiting]
    # Reasons tell an office list that somebody stated; of whom is read blind nothing is told.
    told = [each if each.person else Left(None, []) for each in found]
    return sorted(told, key=lambda each: (each.person is None, each.person or ("", "")))


def _pinned(read: Solved, names: Names) -> dict[str, int]:
    """Return how many seats the pins of a what-if take in each office's pool, by the office's name."""
    pool_of = {office.id: office.pool for office in read.instance.offices}
    taken = Counter(pool_of.get(office) for _person, office in getattr(read.stored, "changes", {}).get("pins", ()))
    return {names.office(office): taken[pool] for office, pool in pool_of.items() if taken[pool]}


def grid_of(read: Solved, names: Names, *, start: int = 0) -> Grid:
    """Return one page of people by offices, the highest score first."""
    used = sorted((names.office(office.id), office.id) for office in read.instance.offices)
    people = in_line(read.instance)
    start = min(max(start, 0), max(0, len(people) - 1)) // PAGE * PAGE
    shown = people[start : start + PAGE]
    scores = shown_scores(*[person.score or 0 for person in people]) if people else []
    declined = read.instance.declined_offices()
    rows = [
        _row(
            person,
            scores[start + number],
            [key for _name, key in used],
            read,
            declined.get(person.id, frozenset()),
            names,
        )
        for number, person in enumerate(shown)
    ]
    return Grid([(key, name) for name, key in used], rows, start, len(people))


def _row(
    person: Candidate, score: str, offices: Sequence[str], read: Solved, declined: Collection[str], names: Names
) -> GridRow:
    named = names.person(person.id)
    if named is None:
        return GridRow(None, "", False, None, tuple(Cell(None, False, "") for _office in offices))
    place = read.outlook.places.get(person.id)
    cells = []
    for office in offices:
        rank = person.ranks.index(office) + 1 if office in person.ranks else None
        mark = "declined" if office in declined else "out" if office in person.ineligible else ""
        cells.append(Cell(rank, place is not None and place.office == office, mark))
    return GridRow(named, score, person.speaks_spanish, place, tuple(cells))
