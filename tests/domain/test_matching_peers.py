"""Other people's engines as oracles: on plain instances everybody has to find the same outcome."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.instance import Instance
from app.domain.matching import solve
from bench.engines import PEERS, Engine, placewell
from bench.instances import Market, market
from tests.domain.routing_oracle import Oracle, instances


def plain_market(instance: Instance) -> Market:
    """A plain instance for engines that want a seat in every office and numbers that never tie."""
    oracle = Oracle(instance)
    seats = {pool.id.replace("p", "o"): pool.seats for pool in instance.pools if pool.seats}
    ranks = {person.id: tuple(office for office in person.ranks if office in seats) for person in instance.candidates}
    in_line = sorted(ranks, key=lambda person: (oracle.lottery(person), person))
    return Market(
        ranks=ranks,
        scores={person: {office: oracle.score((person, office)) for office in own} for person, own in ranks.items()},
        lottery={person: number for number, person in enumerate(in_line)},
        seats=seats,
        spanish_minimum=dict.fromkeys(seats, 0),
        speakers=frozenset(),
    )


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
@settings(max_examples=100, deadline=None)
@given(instance=instances(plain=True, people=9))
def test_peers_find_the_same_outcome_on_small_plain_instances(peer: Engine, instance: Instance) -> None:
    ours = {each.candidate: each.office for each in solve(instance).assignments}
    assert peer(plain_market(instance)) == ours


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_peers_find_the_same_outcome_for_200_people(peer: Engine, seed: int) -> None:
    data = market("XS", seed, plain=True)
    assert peer(data) == placewell(data)
