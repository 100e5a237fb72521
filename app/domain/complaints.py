"""Who could complain with right: people who would rather be elsewhere, at a pool that would rather have them.

Nothing here uses the code that routes. A pool's choice is written out again with sorted lists, so that "0 justified
complaints" is a check and not a promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from app.domain.instance import Candidate, Instance, Pool
from app.domain.lottery import lottery_number

Ask = tuple[str, str]  # (candidate, office)


def justified_complaints(instance: Instance, placed: Mapping[str, str]) -> list[Ask]:
    """Return every (candidate, office) that blocks this outcome; `placed` is candidate -> office, locks included.

    The candidate wants the office more than the result, may have it, and the pool, choosing among those who hold
    its seats and this ask, would take it.
    """
    return list(_Check(instance, placed).blocking())


class _Check:
    def __init__(self, instance: Instance, placed: Mapping[str, str]) -> None:
        self.instance = instance
        self.placed = placed
        self.people = {person.id: person for person in instance.candidates}
        self.pools = {pool.id: pool for pool in instance.pools}
        self.pool_of = {office.id: office.pool for office in instance.offices}
        self.locked = {lock.candidate: lock.office for lock in instance.locked}
        self.locked_in: dict[str, list[str]] = {pool: [] for pool in self.pools}
        for person, office in self.locked.items():
            self.locked_in[self.pool_of[office]].append(person)
        self.holders: dict[str, set[Ask]] = {pool: set() for pool in self.pools}
        for person, office in placed.items():
            if person not in self.locked:
                self.holders[self.pool_of[office]].add((person, office))

    def blocking(self) -> Iterator[Ask]:
        for person in self.instance.candidates:
            if person.id in self.locked:
                continue
            for office in self._wanted_more(person):
                ask = (person.id, office)
                pool = self.pools[self.pool_of[office]]
                if self._may_ask(person, office, pool) and ask in self._choice(pool, self.holders[pool.id] | {ask}):
                    yield ask

    def _wanted_more(self, person: Candidate) -> Iterable[str]:
        result = self.placed.get(person.id)
        return person.ranks if result is None else person.ranks[: person.ranks.index(result)]

    def _may_ask(self, person: Candidate, office: str, pool: Pool) -> bool:
        if office in person.ineligible or (person.id, office) in self.instance.declined:
            return False
        if person.waits_for is not None and person.ranks.index(office) > person.ranks.index(person.waits_for):
            return False
        return pool.bid_price is None or Fraction(person.score_at(office)) >= Fraction(pool.bid_price)

    def _choice(self, pool: Pool, asks: Iterable[Ask]) -> set[Ask]:
        """The asks that this pool takes: first the best Spanish speakers, then the best of all others."""
        locked = self.locked_in[pool.id]
        speakers = sum(person in self.people and self.people[person].speaks_spanish for person in locked)
        free = max(0, pool.seats - len(locked))
        minimum = min(free, max(0, pool.spanish_minimum - speakers))
        in_line = sorted(asks, key=self._priority)
        reserved = [ask for ask in in_line if self.people[ask[0]].speaks_spanish][:minimum]
        open_seats = free - (minimum if self.instance.holds_reserve(pool) else len(reserved))
        return {*reserved, *[ask for ask in in_line if ask not in reserved][:open_seats]}

    def _priority(self, ask: Ask) -> tuple[Fraction, int, str, str]:
        person = self.people[ask[0]]
        lottery = lottery_number(self.instance.seed, person.id) if person.lottery is None else person.lottery
        return -Fraction(person.score_at(ask[1])), lottery, person.id, ask[1]
