"""What the routing rule promises, on random small instances, against brute force."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.instance import Candidate, Instance, Office, Pool, instance_bytes
from app.domain.instance_reading import read_instance
from app.domain.matching import Outcome, solve
from tests.domain.routing_oracle import Oracle, instances


def placed(outcome: Outcome) -> dict[str, str]:
    return {a.candidate: a.office for a in outcome.assignments if a.seat != "locked"}


def place_of(candidate: Candidate, office: str | None) -> int:
    """The place of an office in somebody's ranks; below all of them without one."""
    return len(candidate.ranks) if office is None else candidate.ranks.index(office)


@settings(max_examples=150, deadline=None)
@given(instances(people=7))
def test_outcome_is_stable_and_admissible(instance):
    outcome, oracle = solve(instance), Oracle(instance)
    assert list(oracle.blocking(placed(outcome))) == []
    assert all(office in oracle.admissible(person) for person, office in placed(outcome).items())


@settings(max_examples=150, deadline=None)
@given(instances(people=7))
def test_every_pool_reports_what_it_chose(instance):
    outcome, oracle = solve(instance), Oracle(instance)
    kinds = {a.candidate: a.seat for a in outcome.assignments}
    for pool in outcome.pools:
        held = oracle.holders(placed(outcome), pool.id)
        reserved, others, open_seats = oracle.choice(pool.id, held)
        assert {*reserved, *others} == held
        assert {kinds[person] for person, _ in reserved} <= {"spanish"}
        assert {kinds[person] for person, _ in others} <= {"open"}
        locked, speakers = oracle.locks_of(pool.id), oracle.locked_speakers(pool.id)
        assert pool.filled == len(locked) + len(held)
        assert pool.filled <= max(pool.seats, len(locked))
        assert pool.spanish_filled == len(reserved) + min(speakers, oracle.pools[pool.id].spanish_minimum)
        last = others[-1] if others and len(others) == open_seats else None
        expected = (oracle.score(last), oracle.lottery(last[0]), last[0]) if last else None
        found = pool.cutoff and (pool.cutoff.score, pool.cutoff.lottery, pool.cutoff.candidate)
        assert found == expected


@settings(max_examples=150, deadline=None)
@given(instances(people=4))
def test_no_candidate_does_better_in_any_stable_outcome(instance):
    outcome, oracle = placed(solve(instance)), Oracle(instance)
    stable = oracle.stable_outcomes()
    assert outcome in stable
    for other in stable:
        for person in oracle.people.values():
            assert place_of(person, outcome.get(person.id)) <= place_of(person, other.get(person.id))


@settings(max_examples=100, deadline=None)
@given(instances(plain=True, people=5))
def test_plain_pools_fill_the_same_seats_in_every_stable_outcome(instance):
    oracle = Oracle(instance)
    filled = {tuple(len(oracle.holders(other, pool)) for pool in oracle.pools) for other in oracle.stable_outcomes()}
    assert filled == {tuple(len(oracle.holders(placed(solve(instance)), pool)) for pool in oracle.pools)}


@settings(max_examples=100, deadline=None)
@given(instances(people=7), st.randoms(use_true_random=False))
def test_order_of_the_input_never_matters(instance, random):
    def shuffled(items):
        return tuple(random.sample(items, len(items)))

    other = replace(
        instance,
        pools=shuffled(instance.pools),
        offices=shuffled(instance.offices),
        candidates=shuffled(instance.candidates),
        locked=shuffled(instance.locked),
    )
    assert solve(other) == solve(instance) == solve(instance)


@settings(max_examples=100, deadline=None)
@given(instances(people=6))
def test_locks_never_move(instance):
    outcome = solve(instance)
    locks = {(a.candidate, a.office) for a in outcome.assignments if a.seat == "locked"}
    assert locks == {(lock.candidate, lock.office) for lock in instance.locked}
    assert not {lock.candidate for lock in instance.locked} & {*placed(outcome), *outcome.unplaced}


@settings(max_examples=60, deadline=None)
@given(instances(shared=False, people=5))
def test_nobody_gains_by_another_ranking(instance):
    honest, oracle = placed(solve(instance)), Oracle(instance)
    for i, person in enumerate(instance.candidates):
        admissible = oracle.admissible(person.id)
        truth = place_of(person, honest.get(person.id))
        for ranks in other_rankings([office.id for office in instance.offices]):
            # Waiting for an office is a wish of its own: who does not rank it cannot wait for it.
            liar = replace(person, ranks=ranks, waits_for=person.waits_for if person.waits_for in ranks else None)
            office = placed(solve(with_candidate(instance, i, liar))).get(person.id)
            if office in admissible:
                assert truth <= place_of(person, office)


def other_rankings(offices: list[str]) -> list[tuple[str, ...]]:
    return [ranks for length in range(len(offices) + 1) for ranks in permutations(offices, length)]


def with_candidate(instance: Instance, i: int, candidate: Candidate) -> Instance:
    people = instance.candidates
    return replace(instance, candidates=(*people[:i], candidate, *people[i + 1 :]))


@settings(max_examples=60, deadline=None)
@given(instances(plain=True, people=6))
def test_one_more_person_never_helps_the_others(instance):
    fewer = replace(instance, candidates=instance.candidates[:-1])
    before, after = placed(solve(fewer)), placed(solve(instance))
    for person in fewer.candidates:
        assert place_of(person, before.get(person.id)) <= place_of(person, after.get(person.id))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=6), instances(people=7))
def test_arrivals_and_withdrawals_equal_a_run_from_the_start(events, instance):
    everybody, waiting = instance.candidates, set(range(0, len(instance.candidates), 2))
    for arrives, number in events:
        number %= len(everybody)
        waiting = waiting | {number} if arrives else waiting - {number}
        now = with_people(instance, [everybody[i] for i in sorted(waiting, reverse=arrives)])
        outcome = solve(now)
        assert outcome == solve(read_instance(instance_bytes(now)))
        assert list(Oracle(now).blocking(placed(outcome))) == []


def with_people(instance: Instance, people: list[Candidate]) -> Instance:
    """The same season with these people only; whoever is not here has no declines."""
    ids = {person.id for person in people}
    declined = frozenset(pair for pair in instance.declined if pair[0] in ids)
    return replace(instance, candidates=tuple(people), declined=declined)


@settings(max_examples=60, deadline=None)
@given(instances(people=6))
def test_same_seed_gives_the_same_lottery_whoever_else_is_there(instance):
    alone = with_people(instance, list(instance.candidates[:1]))
    first = instance.candidates[0].id
    assert solve(alone).lotteries[first] == solve(instance).lotteries[first] == Oracle(instance).lottery(first)


def test_another_seed_draws_other_lots():
    people = tuple(Candidate(f"c{i}", ("o",), 10) for i in range(30))
    first = Instance("2027", "one seed", (Pool("p", 1),), (Office("o", "p"),), people)
    winners = {solve(replace(first, seed=f"seed {i}")).assignments for i in range(20)}
    assert solve(first) == solve(replace(first))
    assert len(winners) > 10
