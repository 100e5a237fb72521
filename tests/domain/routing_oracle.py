"""Routing done the slow way, straight from the documented meaning, and random small instances to try it on.

Nothing here uses `app.domain.matching`: the choice of a pool is written out with sorted lists, and stable outcomes
are found by trying every assignment.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import strategies as st

from app.domain.instance import Candidate, Instance, Lock, Office, Pool
from app.domain.lottery import lottery_number

Ask = tuple[str, str]  # (candidate, office)


class Oracle:
    """One instance, seen through the written rule."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.people = {candidate.id: candidate for candidate in instance.candidates}
        self.pools = {pool.id: pool for pool in instance.pools}
        self.pool_of = {office.id: office.pool for office in instance.offices}
        self.locked = {lock.candidate: lock.office for lock in instance.locked}

    def lottery(self, candidate: str) -> int:
        own = self.people[candidate].lottery
        return lottery_number(self.instance.seed, candidate) if own is None else own

    def score(self, ask: Ask) -> float:
        person = self.people[ask[0]]
        return person.scores.get(ask[1], person.score)

    def priority(self, ask: Ask) -> tuple[float, int, str]:
        """Sorts the highest priority first."""
        return (-self.score(ask), self.lottery(ask[0]), ask[0])

    def locks_of(self, pool: str) -> list[str]:
        return [person for person, office in self.locked.items() if self.pool_of[office] == pool]

    def locked_speakers(self, pool: str) -> int:
        return sum(person in self.people and self.people[person].speaks_spanish for person in self.locks_of(pool))

    def free(self, pool: str) -> int:
        return max(0, self.pools[pool].seats - len(self.locks_of(pool)))

    def minimum(self, pool: str) -> int:
        return min(self.free(pool), max(0, self.pools[pool].spanish_minimum - self.locked_speakers(pool)))

    def holds(self, pool: str) -> bool:
        own = self.pools[pool].release_spanish_reserve
        return not (self.instance.release_spanish_reserve if own is None else own)

    def choice(self, pool: str, asks: set[Ask]) -> tuple[list[Ask], list[Ask], int]:
        """(reserved seats taken, open seats taken, number of open seats)."""
        order = sorted(asks, key=lambda ask: (*self.priority(ask), ask[1]))
        speakers = [ask for ask in order if self.people[ask[0]].speaks_spanish]
        reserved = speakers[: self.minimum(pool)]
        rest = [ask for ask in order if ask not in reserved]
        open_seats = self.free(pool) - (self.minimum(pool) if self.holds(pool) else len(reserved))
        return reserved, rest[:open_seats], open_seats

    def admissible(self, candidate: str) -> list[str]:
        person = self.people[candidate]
        if candidate in self.locked:
            return []
        offices = list(person.ranks)
        if person.waits_for is not None:
            offices = offices[: offices.index(person.waits_for) + 1]
        return [
            office
            for office in offices
            if office not in person.ineligible
            and (candidate, office) not in self.instance.declined
            and not self._under_price(candidate, office)
        ]

    def _under_price(self, candidate: str, office: str) -> bool:
        price = self.pools[self.pool_of[office]].bid_price
        return price is not None and self.score((candidate, office)) < price

    def holders(self, placed: Mapping[str, str], pool: str) -> set[Ask]:
        return {(person, office) for person, office in placed.items() if self.pool_of[office] == pool}

    def is_stable(self, placed: Mapping[str, str]) -> bool:
        """Every pool keeps whom it has, and no admissible pair blocks."""
        for pool in self.pools:
            held = self.holders(placed, pool)
            reserved, others, _ = self.choice(pool, held)
            if {*reserved, *others} != held:
                return False
        return not any(True for _ in self.blocking(placed))

    def blocking(self, placed: Mapping[str, str]) -> Iterator[Ask]:
        for person in self.people:
            for office in self.admissible(person):
                if office == placed.get(person):
                    break
                pool = self.pool_of[office]
                reserved, others, _ = self.choice(pool, self.holders(placed, pool) | {(person, office)})
                if (person, office) in reserved or (person, office) in others:
                    yield person, office

    def stable_outcomes(self) -> list[dict[str, str]]:
        people = sorted(self.people)
        options = [[None, *self.admissible(person)] for person in people]
        outcomes = []
        for offices in product(*options):
            placed = {p: o for p, o in zip(people, offices, strict=True) if o is not None}
            if self.is_stable(placed):
                outcomes.append(placed)
        return outcomes


@st.composite
def instances(draw: st.DrawFn, plain: bool = False, people: int = 5, shared: bool = True) -> Instance:
    """Small instances full of ties. Plain: one office per pool, no reserve, no locks, nothing struck.

    Without `shared` every pool has one office, but everything else may occur.
    """
    pools = [f"p{i}" for i in range(draw(st.integers(1, 3)))]
    offices = {f"o{i}": pool for i, pool in enumerate(pools)}
    if shared and not plain:
        offices["o3"] = draw(st.sampled_from(pools))
    ids = [f"c{i}" for i in range(draw(st.integers(1, people)))]
    locked = [] if plain else draw(st.lists(st.sampled_from([*ids[:2], "x1", "x2"]), unique=True, max_size=2))
    locks = tuple(Lock(person, draw(st.sampled_from(sorted(offices)))) for person in locked)
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(sorted(offices)))
    declined = frozenset() if plain else draw(st.frozensets(pairs, max_size=3))
    return Instance(
        season="2027",
        seed=draw(st.sampled_from(["a", "b"])),
        pools=tuple(draw(_pool(pool, plain)) for pool in pools),
        offices=tuple(Office(office, pool) for office, pool in offices.items()),
        candidates=tuple(draw(_candidate(person, sorted(offices), plain)) for person in ids),
        locked=locks,
        declined=declined - {(lock.candidate, lock.office) for lock in locks},
        release_spanish_reserve=draw(st.booleans()),
    )


@st.composite
def _pool(draw: st.DrawFn, pool: str, plain: bool) -> Pool:
    seats = draw(st.integers(0, 3))
    if plain:
        return Pool(pool, seats)
    return Pool(
        pool,
        seats,
        spanish_minimum=draw(st.integers(0, seats)),
        bid_price=draw(st.sampled_from([None, None, None, 1, 1.5])),
        release_spanish_reserve=draw(st.sampled_from([None, True, False])),
    )


@st.composite
def _candidate(draw: st.DrawFn, person: str, offices: list[str], plain: bool) -> Candidate:
    ranks = draw(st.permutations(offices))[: draw(st.integers(0, len(offices)))]
    score = st.sampled_from([0, 1, 1.5, 2, 3])
    scores = draw(st.dictionaries(st.sampled_from(offices), score, max_size=3))
    lottery = draw(st.one_of(st.none(), st.integers(0, 2)))
    if plain:
        return Candidate(person, tuple(ranks), draw(score), scores, lottery=lottery)
    return Candidate(
        person,
        tuple(ranks),
        draw(score),
        scores,
        speaks_spanish=draw(st.booleans()),
        ineligible=draw(st.frozensets(st.sampled_from(offices), max_size=1)),
        waits_for=draw(st.sampled_from([None, None, *ranks])),
        lottery=lottery,
    )
