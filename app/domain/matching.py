"""Who goes where: candidate-proposing deferred acceptance over seat pools with a Spanish reserve.

Every candidate asks at the offices in the order of the ranks. A pool holds the best asks that it has had so
far and refuses the rest; whoever is refused asks at the next office. When nobody asks any more, what is held
is final. The result does not depend on the order in which people ask, no refused person has a justified
complaint, and no candidate does better in any other outcome without justified complaints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, heappushpop
from math import inf
from operator import attrgetter
from typing import Literal, NamedTuple

from app.domain.instance import Candidate, Instance, Pool, Score
from app.domain.lottery import lottery_number

Seat = Literal["spanish", "open", "locked"]

# An ask as the pools compare it: one whole number, the larger the higher its priority. People are numbered in the
# order of (lottery, id). An ask is the place of its score among all scores, times the number of people, minus the
# person's number: the score decides first, then the number; and -ask % people says whose ask it is.
Ask = int


class Assignment(NamedTuple):
    """A candidate's place; `rank` counts from 1, and is None where a locked office is not ranked."""

    candidate: str
    office: str
    rank: int | None
    seat: Seat


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The lowest priority that holds an open seat of a pool, with the score at the holder's own office."""

    score: Score
    lottery: int
    candidate: str


@dataclass(frozen=True, slots=True)
class PoolOutcome:
    """A pool after the run. `filled` is above `seats` where more places were locked than there are seats."""

    id: str
    offices: tuple[str, ...]
    seats: int
    bid_price: Score | None
    locked: int
    filled: int
    spanish_filled: int  # reserved seats taken in this run + locked speakers, up to the minimum
    reserved_taken: int
    reserved_held: int  # reserved seats that stay empty for a Spanish speaker
    open_seats: int
    cutoff: Cutoff | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run; every list is sorted by id."""

    assignments: tuple[Assignment, ...]
    unplaced: tuple[str, ...]
    pools: tuple[PoolOutcome, ...]
    lotteries: Mapping[str, int]


@dataclass(slots=True)
class _Desk:
    """A pool while the run goes on, and the one place that knows how a pool chooses.

    Among all who asked so far, the best Spanish speakers hold the reserved seats, up to the open minimum;
    everybody else, speakers included, competes for the open seats. Both heaps have their weakest ask on top.
    """

    pool: Pool
    locked: int
    locked_speakers: int
    holds_reserve: bool
    threshold: Ask | float  # the smallest ask that is not under the bid price
    bar: Ask | float = 0  # whatever is smaller is refused for certain; never raised where there is a reserve
    minimum: int = 0
    open_seats: int = 0
    reserved: list[Ask] = field(default_factory=list)
    open: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        free = max(0, self.pool.seats - self.locked)
        self.minimum = min(free, max(0, self.pool.spanish_minimum - self.locked_speakers))
        # A held reserve is lost to the others at once, a released one only as far as speakers take it.
        self.open_seats = free - self.minimum if self.holds_reserve else free
        self.bar = self.threshold if self.open_seats or self.minimum else inf

    def consider(self, ask: Ask, speaks_spanish: bool) -> Ask | None:
        """Choose again among the held asks and this one; the ask that is refused now, if any."""
        if speaks_spanish and self.minimum:
            if len(self.reserved) < self.minimum:
                heappush(self.reserved, ask)
                return None if self.holds_reserve else self._give_back_seat()
            ask = heappushpop(self.reserved, ask)  # the weakest speaker goes on to the open competition
        held = self.open
        if len(held) < self.open_seats:
            heappush(held, ask)
            refused = None
        else:
            refused = heappushpop(held, ask)  # without open seats the ask itself comes back
        if not self.minimum and len(held) == self.open_seats:
            self.bar = held[0]
        return refused

    def _give_back_seat(self) -> Ask | None:
        """A released reserve had lent the open competition a seat, which a speaker takes now."""
        self.open_seats -= 1
        return heappop(self.open) if len(self.open) > self.open_seats else None


def solve(instance: Instance) -> Outcome:
    """Run the routing rule on a valid instance."""
    lotteries = {
        candidate.id: lottery_number(instance.seed, candidate.id) if candidate.lottery is None else candidate.lottery
        for candidate in instance.candidates
    }
    locked = {lock.candidate for lock in instance.locked}
    people = [candidate for candidate in instance.candidates if candidate.id not in locked]
    if len(set(lotteries.values())) < len(lotteries):
        people.sort(key=attrgetter("id"))  # the order of the ids decides where lottery numbers are equal
    people.sort(key=lambda person: lotteries[person.id])
    level = _score_levels(people)
    desks = _desks(instance, level)
    asked = _defer(people, desks, instance, level)
    assignments = _locked_assignments(instance)
    seats = _seats_held(desks, len(people))
    for number, seat in seats.items():
        person, office = people[number], asked[number]
        assignments.append(Assignment(person.id, office, person.ranks.index(office) + 1, seat))
    return Outcome(
        assignments=tuple(sorted(assignments, key=attrgetter("candidate"))),
        unplaced=tuple(sorted([person.id for number, person in enumerate(people) if number not in seats])),
        pools=_pool_outcomes(instance, desks, people, asked, lotteries),
        lotteries=lotteries,
    )


def _score_levels(people: list[Candidate]) -> dict[Score | None, Ask]:
    """The ask of person 0 with each score; the others' come right below it."""
    general = {person.score for person in people if person.score is not None}
    scores = general.union(*[person.scores.values() for person in people])
    return {score: place * len(people) for place, score in enumerate(sorted(scores), start=1)}


def _desks(instance: Instance, level: Mapping[Score | None, Ask]) -> dict[str, _Desk]:
    """Every pool with the seats that the locks leave free."""
    pool_of = {office.id: office.pool for office in instance.offices}
    speakers = {candidate.id for candidate in instance.candidates if candidate.speaks_spanish}
    locked = dict.fromkeys((pool.id for pool in instance.pools), 0)
    locked_speakers = locked.copy()
    for lock in instance.locked:
        locked[pool_of[lock.office]] += 1
        locked_speakers[pool_of[lock.office]] += lock.candidate in speakers
    return {
        pool.id: _Desk(
            pool,
            locked[pool.id],
            locked_speakers[pool.id],
            instance.holds_reserve(pool),
            threshold=_threshold(pool, level),
        )
        for pool in instance.pools
    }


def _threshold(pool: Pool, level: Mapping[Score | None, Ask]) -> Ask | float:
    """The smallest ask that is not under the pool's bid price: one above all asks with the next lower score."""
    if pool.bid_price is None:
        return 0
    lower = [ask for score, ask in level.items() if score is not None and score < pool.bid_price]
    return max(lower, default=0) + 1


def _defer(
    people: list[Candidate], desks: Mapping[str, _Desk], instance: Instance, level: Mapping[Score | None, Ask]
) -> list[str]:
    """Let everybody ask until nobody is left who can; the office that took each person last."""
    desk_of = {office.id: desks[office.pool] for office in instance.offices}
    declined = instance.declined_offices()
    wishes = [
        iter(
            _offices_to_ask(person, declined.get(person.id))
            if declined or person.ineligible or person.waits_for is not None
            else person.ranks
        )
        for person in people
    ]
    asked = [""] * len(people)
    for newcomer in range(len(people)):
        asking: int | None = newcomer
        while asking is not None:
            number, person, asking = asking, people[asking], None
            scores, score, speaks_spanish = person.scores, person.score, person.speaks_spanish
            for office in wishes[number]:  # goes on where this person was when she last found a place
                desk = desk_of[office]
                ask = level[scores.get(office, score)] - number
                if ask < desk.bar:
                    continue
                refused = desk.consider(ask, speaks_spanish)
                if refused != ask:
                    asked[number] = office
                    asking = None if refused is None else -refused % len(people)  # who has to leave for her
                    break
    return asked


def _offices_to_ask(person: Candidate, declined: frozenset[str] | None) -> Sequence[str]:
    """Where this person may ask, in the order of the ranks, thresholds aside."""
    offices = person.ranks
    if person.waits_for is not None:
        offices = offices[: offices.index(person.waits_for) + 1]
    if person.ineligible or declined:
        struck = person.ineligible | (declined or frozenset())
        offices = tuple([office for office in offices if office not in struck])
    return offices


def _seats_held(desks: Mapping[str, _Desk], people: int) -> dict[int, Seat]:
    """The kind of seat that each placed number holds."""
    held: dict[int, Seat] = {}
    for desk in desks.values():
        held.update((-ask % people, "spanish") for ask in desk.reserved)
        held.update((-ask % people, "open") for ask in desk.open)
    return held


def _locked_assignments(instance: Instance) -> list[Assignment]:
    ids = {lock.candidate for lock in instance.locked}
    ranks = {person.id: person.ranks for person in instance.candidates if person.id in ids}
    assignments = []
    for lock in instance.locked:
        own = ranks.get(lock.candidate, ())
        rank = own.index(lock.office) + 1 if lock.office in own else None
        assignments.append(Assignment(lock.candidate, lock.office, rank, "locked"))
    return assignments


def _pool_outcomes(
    instance: Instance,
    desks: Mapping[str, _Desk],
    people: list[Candidate],
    asked: list[str],
    lotteries: Mapping[str, int],
) -> tuple[PoolOutcome, ...]:
    offices: dict[str, list[str]] = {}
    for office in instance.offices:
        offices.setdefault(office.pool, []).append(office.id)
    return tuple(
        _pool_outcome(desks[pool], tuple(sorted(offices.get(pool, ()))), people, asked, lotteries)
        for pool in sorted(desks)
    )


def _pool_outcome(
    desk: _Desk, offices: tuple[str, ...], people: list[Candidate], asked: list[str], lotteries: Mapping[str, int]
) -> PoolOutcome:
    cutoff = None
    if desk.open and len(desk.open) == desk.open_seats:
        number = -desk.open[0] % len(people)
        last = people[number]
        cutoff = Cutoff(last.score_at(asked[number]), lotteries[last.id], last.id)
    return PoolOutcome(
        id=desk.pool.id,
        offices=offices,
        seats=desk.pool.seats,
        bid_price=desk.pool.bid_price,
        locked=desk.locked,
        filled=desk.locked + len(desk.reserved) + len(desk.open),
        spanish_filled=len(desk.reserved) + min(desk.locked_speakers, desk.pool.spanish_minimum),
        reserved_taken=len(desk.reserved),
        reserved_held=desk.minimum - len(desk.reserved) if desk.holds_reserve else 0,
        open_seats=desk.open_seats,
        cutoff=cutoff,
    )
