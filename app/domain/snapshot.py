"""A routing instance and the assignments of a result, looked at by somebody who believes neither.

Nothing here uses the code that routes: seats, priorities and cut-offs are worked out again from the written rule
(docs/routing.md), with sorted lists, so that a checker can tell whether a result is true.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from app.domain.instance import Candidate, Instance, Pool, Score

Priority = tuple[Fraction, int, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a seat that this run gave, and what counted: the smaller priority goes first."""

    candidate: str
    office: str
    seat: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class Seats:
    """One pool after the run, counted from the assignments."""

    pool: Pool
    offices: tuple[str, ...]
    locked: int
    locked_speakers: int
    minimum: int  # reserved seats of this run
    open_seats: int
    reserve_is_held: bool
    reserved: tuple[Holder, ...]  # the best first
    open: tuple[Holder, ...]  # the best first

    @property
    def kept_empty(self) -> int:
        """Reserved seats that stay empty for a Spanish speaker."""
        return self.minimum - len(self.reserved) if self.reserve_is_held else 0

    @property
    def last(self) -> Holder | None:
        """Who holds an open seat with the lowest priority; None while an open seat is free."""
        return self.open[-1] if self.open and len(self.open) == self.open_seats else None


class Snapshot:
    """The instance, and who was placed where: `placed` holds (candidate, office, kind of seat)."""

    def __init__(self, instance: Instance, placed: Iterable[tuple[str, str, str]]) -> None:
        self.instance = instance
        self.people: Mapping[str, Candidate] = {person.id: person for person in instance.candidates}
        self.pool_of: Mapping[str, str] = {office.id: office.pool for office in instance.offices}
        self.locked: Mapping[str, str] = {lock.candidate: lock.office for lock in instance.locked}
        self.placed: Mapping[str, tuple[str, str]] = {person: (office, seat) for person, office, seat in placed}

    def lottery(self, candidate: str) -> int:
        """The candidate's lottery number: given, or the first twelve digits of the season's keyed hash."""
        given = self.people[candidate].lottery
        if given is not None:
            return given
        keyed = hmac.new(self.instance.seed.encode(), candidate.encode(), hashlib.sha256)
        return int(keyed.hexdigest()[:12], 16)

    def score(self, candidate: str, office: str) -> Score:
        """The score that counts there."""
        person = self.people[candidate]
        own = person.scores.get(office)
        found = person.score if own is None else own
        if found is None:
            raise ValueError(f"{candidate} has no score for {office}")
        return found

    def priority(self, candidate: str, office: str) -> Priority:
        """What sorts an ask among the others of a pool, the first in line first."""
        return -Fraction(self.score(candidate, office)), self.lottery(candidate), candidate

    def struck(self, candidate: str, office: str) -> str | None:
        """The code of the rule that keeps this person from asking there, whoever else asks."""
        person, pool = self.people[candidate], self.seats[self.pool_of[office]].pool
        if office in person.ineligible:
            return "ineligible"
        if (candidate, office) in self.instance.declined:
            return "declined"
        if pool.bid_price is not None and Fraction(self.score(candidate, office)) < Fraction(pool.bid_price):
            return "threshold"
        if person.waits_for is not None and person.ranks.index(office) > person.ranks.index(person.waits_for):
            return "waiting"
        return None

    @cached_property
    def seats(self) -> Mapping[str, Seats]:
        """Every pool, by id."""
        holders: dict[str, list[Holder]] = {pool.id: [] for pool in self.instance.pools}
        for person, (office, seat) in self.placed.items():
            if seat != "locked":
                holders[self.pool_of[office]].append(Holder(person, office, seat, self.priority(person, office)))
        return {pool.id: self._seats(pool, holders[pool.id]) for pool in self.instance.pools}

    @cached_property
    def _locked_in(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {pool.id: [] for pool in self.instance.pools}
        for person, office in self.locked.items():
            found[self.pool_of[office]].append(person)
        return found

    @cached_property
    def _offices_in(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {pool.id: [] for pool in self.instance.pools}
        for office in sorted(self.pool_of):
            found[self.pool_of[office]].append(office)
        return found

    def _seats(self, pool: Pool, holders: list[Holder]) -> Seats:
        locked = self._locked_in[pool.id]
        speakers = sum(person in self.people and self.people[person].speaks_spanish for person in locked)
        free = max(0, pool.seats - len(locked))
        minimum = min(free, max(0, pool.spanish_minimum - speakers))
        own = pool.release_spanish_reserve
        held = not (self.instance.release_spanish_reserve if own is None else own)
        in_line = sorted(holders, key=lambda holder: holder.priority)
        reserved = tuple(holder for holder in in_line if holder.seat == "spanish")
        return Seats(
            pool=pool,
            offices=tuple(self._offices_in[pool.id]),
            locked=len(locked),
            locked_speakers=speakers,
            minimum=minimum,
            open_seats=free - (minimum if held else len(reserved)),
            reserve_is_held=held,
            reserved=reserved,
            open=tuple(holder for holder in in_line if holder.seat == "open"),
        )
