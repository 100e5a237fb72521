"""A stored run or what-if as people compare it: the figures, and who ends up where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.domain.complaints import justified_complaints
from app.domain.instance import Candidate, Instance
from app.domain.scenarios import waits


class Place(NamedTuple):
    """Where somebody ends up: the office, its place in the person's own ranks, and whether it is locked."""

    office: str
    rank: int | None
    seat: str


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """One pool. `speakers` counts the Spanish speakers who wait and may have an office of it."""

    id: str
    seats: int
    filled: int
    spanish_minimum: int
    spanish_filled: int
    speakers: int

    @property
    def left(self) -> int:
        """Seats that stay empty."""
        return max(0, self.seats - self.filled)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One outcome in figures. People who hold a seat already are in no count."""

    waiting: int
    placed: int
    first_choice: int
    complaints: int
    pools: tuple[PoolFigures, ...]
    places: Mapping[str, Place]

    @property
    def unplaced(self) -> int:
        """How many wait on."""
        return self.waiting - self.placed

    @property
    def spanish_needed(self) -> int:
        """Seats that pools ask Spanish speakers for."""
        return sum(pool.spanish_minimum for pool in self.pools)

    @property
    def spanish_filled(self) -> int:
        """How many of them have one."""
        return sum(pool.spanish_filled for pool in self.pools)

    @property
    def left(self) -> int:
        """Seats that stay empty in all pools."""
        return sum(pool.left for pool in self.pools)


class Difference(NamedTuple):
    """One person whose result differs; None is no seat."""

    candidate: str
    before: Place | None
    after: Place | None


def outlook_of(instance: Instance, result: Mapping[str, Any]) -> Outlook:
    """Return the figures of a result (in its documented form) for its instance."""
    everybody = {row["candidate"]: Place(row["office"], row["rank"], row["seat"]) for row in result["assignments"]}
    waiting = {person.id for person in instance.candidates if waits(person)}
    places = {person: place for person, place in everybody.items() if person in waiting}
    rows = {row["id"]: row for row in result["pools"]}
    speakers = _speakers(instance)
    return Outlook(
        waiting=len(waiting),
        placed=len(places),
        first_choice=sum(place.rank == 1 for place in places.values()),
        complaints=len(justified_complaints(instance, {person: place.office for person, place in everybody.items()})),
        pools=tuple(
            PoolFigures(
                id=pool.id,
                seats=pool.seats,
                filled=rows[pool.id]["filled"],
                spanish_minimum=pool.spanish_minimum,
                spanish_filled=rows[pool.id]["spanish_filled"],
                speakers=speakers[pool.id],
            )
            for pool in sorted(instance.pools, key=lambda pool: pool.id)
            if pool.id in rows
        ),
        places=places,
    )


def differences(one: Outlook, other: Outlook) -> list[Difference]:
    """Return everybody whose office differs, by id."""
    found = [
        Difference(person, one.places.get(person), other.places.get(person))
        for person in sorted(one.places.keys() | other.places.keys())
    ]
    return [each for each in found if _office(each.before) != _office(each.after)]


def in_line(instance: Instance) -> list[Candidate]:
    """Return the people who wait, the highest score first."""
    return sorted(
        (person for person in instance.candidates if waits(person)), key=lambda one: (-(one.score or 0), one.id)
    )


def _office(place: Place | None) -> str | None:
    return None if place is None else place.office


def _speakers(instance: Instance) -> Counter[str]:
    pool_of = {office.id: office.pool for office in instance.offices}
    declined = instance.declined_offices()
    counts: Counter[str] = Counter()
    for person in instance.candidates:
        if waits(person) and person.speaks_spanish:
            struck = person.ineligible | declined.get(person.id, frozenset())
            counts.update({pool_of[office] for office in person.ranks if office not in struck})
    return counts
