"""The routing rule, one sentence of its meaning at a time."""

from app.domain.instance import Candidate, Instance, Lock, Office, Pool
from app.domain.matching import Assignment, Cutoff, solve


def routed(pools, candidates, offices=None, **rest):
    offices = offices or {pool.id: pool.id for pool in pools}
    return solve(
        Instance(
            season="2027",
            seed="seed",
            pools=tuple(pools),
            offices=tuple(Office(office, pool) for office, pool in offices.items()),
            candidates=tuple(candidates),
            **rest,
        )
    )


def person(name, ranks, score=10, **rest):
    return Candidate(name, tuple(ranks.split()), score, **{"lottery": int(name[1:]), **rest})


def seats(outcome):
    return {a.candidate: (a.office, a.seat) for a in outcome.assignments}


def test_higher_score_takes_the_seat():
    outcome = routed([Pool("rolla", 1)], [person("c1", "rolla", 13), person("c2", "rolla", 14)])
    assert outcome.assignments == (Assignment("c2", "rolla", 1, "open"),)
    assert outcome.unplaced == ("c1",)
    assert outcome.pools[0].cutoff == Cutoff(14, 2, "c2")


def test_lower_lottery_breaks_a_tie():
    people = [person("c1", "rolla", lottery=9), person("c2", "rolla", lottery=3)]
    assert seats(routed([Pool("rolla", 1)], people)) == {"c2": ("rolla", "open")}


def test_smaller_id_breaks_a_tie_of_lotteries_by_code_point():
    people = [person("c10", "rolla", lottery=5), person("c9", "rolla", lottery=5)]
    assert seats(routed([Pool("rolla", 1)], people)) == {"c10": ("rolla", "open")}


def test_lottery_comes_from_the_seed_where_none_is_given():
    people = [person(f"c{i}", "rolla", lottery=None) for i in range(8)]
    outcome = routed([Pool("rolla", 1)], people)
    assert list(seats(outcome)) == [min(outcome.lotteries, key=outcome.lotteries.get)]


def test_refused_person_asks_at_the_next_office():
    outcome = routed(
        [Pool("rolla", 1), Pool("nevada", 1)],
        [person("c1", "rolla nevada", 12), person("c2", "rolla nevada", 14)],
    )
    assert outcome.assignments == (
        Assignment("c1", "nevada", 2, "open"),
        Assignment("c2", "rolla", 1, "open"),
    )


def test_later_ask_with_a_higher_score_moves_the_holder_on():
    outcome = routed(
        [Pool("rolla", 1), Pool("nevada", 1)],
        [person("c1", "rolla nevada", 12), person("c2", "nevada rolla", 14), person("c3", "nevada", 15)],
    )
    assert seats(outcome) == {"c2": ("rolla", "open"), "c3": ("nevada", "open")}


def test_cutoff_is_none_while_an_open_seat_is_free():
    outcome = routed([Pool("rolla", 2)], [person("c1", "rolla")])
    assert (outcome.pools[0].filled, outcome.pools[0].cutoff) == (1, None)


def test_score_per_office_goes_before_the_general_one():
    people = [person("c1", "rolla", 10, scores={"rolla": 15}), person("c2", "rolla", 14)]
    assert seats(routed([Pool("rolla", 1)], people)) == {"c1": ("rolla", "open")}


def test_offices_of_one_pool_share_its_seats():
    outcome = routed(
        [Pool("southwest", 1)],
        [person("c1", "monett", 11), person("c2", "ava", 12)],
        {"monett": "southwest", "ava": "southwest"},
    )
    assert seats(outcome) == {"c2": ("ava", "open")}
    assert outcome.pools[0].offices == ("ava", "monett")


def test_refused_person_may_ask_at_another_office_of_the_pool_with_that_score():
    outcome = routed(
        [Pool("southwest", 1)],
        [person("c1", "monett ava", 10, scores={"ava": 15}), person("c2", "ava", 12)],
        {"monett": "southwest", "ava": "southwest"},
    )
    assert seats(outcome) == {"c1": ("ava", "open")}
    assert outcome.pools[0].cutoff == Cutoff(15, 1, "c1")


def test_best_speaker_takes_the_reserved_seat_and_the_next_competes():
    people = [
        person("c1", "rolla", 9, speaks_spanish=True),
        person("c2", "rolla", 8, speaks_spanish=True),
        person("c3", "rolla", 12),
    ]
    outcome = routed([Pool("rolla", 2, spanish_minimum=1)], people)
    assert seats(outcome) == {"c1": ("rolla", "spanish"), "c3": ("rolla", "open")}
    assert (outcome.pools[0].spanish_filled, outcome.pools[0].cutoff.candidate) == (1, "c3")


def test_better_speaker_who_comes_later_pushes_the_first_to_an_open_seat():
    people = [
        person("c1", "rolla", 13, speaks_spanish=True),
        person("c2", "nevada rolla", 15, speaks_spanish=True),
        person("c3", "rolla", 12),
        person("c4", "nevada", 16),
    ]
    outcome = routed([Pool("rolla", 2, spanish_minimum=1), Pool("nevada", 1)], people)
    assert seats(outcome) == {
        "c1": ("rolla", "open"),
        "c2": ("rolla", "spanish"),
        "c4": ("nevada", "open"),
    }


def test_held_reserve_stays_empty_without_a_speaker():
    outcome = routed([Pool("rolla", 1, spanish_minimum=1)], [person("c1", "rolla")])
    assert outcome.unplaced == ("c1",)
    assert (outcome.pools[0].reserved_held, outcome.pools[0].open_seats, outcome.pools[0].cutoff) == (1, 0, None)


def test_released_reserve_becomes_an_open_seat():
    outcome = routed([Pool("rolla", 1, 1, release_spanish_reserve=True)], [person("c1", "rolla")])
    assert seats(outcome) == {"c1": ("rolla", "open")}
    assert outcome.pools[0].spanish_filled == 0


def test_speaker_takes_a_released_seat_back_from_the_open_competition():
    people = [person("c1", "rolla", 15), person("c2", "rolla", 14), person("c3", "rolla", 5, speaks_spanish=True)]
    outcome = routed([Pool("rolla", 2, spanish_minimum=1)], people, release_spanish_reserve=True)
    assert seats(outcome) == {"c1": ("rolla", "open"), "c3": ("rolla", "spanish")}


def test_pool_setting_on_release_goes_before_the_file():
    pools = [Pool("rolla", 1, 1, release_spanish_reserve=False)]
    assert routed(pools, [person("c1", "rolla")], release_spanish_reserve=True).unplaced == ("c1",)


def test_locked_pair_takes_a_seat_and_its_person_no_further_part():
    outcome = routed(
        [Pool("rolla", 1), Pool("nevada", 1)],
        [person("c1", "nevada rolla", 5), person("c2", "rolla", 20)],
        locked=(Lock("c1", "rolla"),),
    )
    assert outcome.assignments == (Assignment("c1", "rolla", 2, "locked"),)
    assert outcome.unplaced == ("c2",)


def test_locked_person_may_be_unknown_and_the_pool_over_full():
    outcome = routed([Pool("rolla", 1)], [], locked=(Lock("x2", "rolla"), Lock("x1", "rolla")))
    assert outcome.assignments == (
        Assignment("x1", "rolla", None, "locked"),
        Assignment("x2", "rolla", None, "locked"),
    )
    assert (outcome.pools[0].seats, outcome.pools[0].filled) == (1, 2)


def test_locked_speaker_meets_the_minimum():
    people = [person("c1", "", speaks_spanish=True), person("c2", "rolla")]
    outcome = routed([Pool("rolla", 2, spanish_minimum=1)], people, locked=(Lock("c1", "rolla"),))
    assert seats(outcome) == {"c1": ("rolla", "locked"), "c2": ("rolla", "open")}
    assert outcome.pools[0].spanish_filled == 1


def test_unknown_locked_person_is_no_speaker():
    outcome = routed([Pool("rolla", 2, spanish_minimum=1)], [person("c1", "rolla")], locked=(Lock("x", "rolla"),))
    assert outcome.unplaced == ("c1",)


def test_ineligible_and_declined_offices_are_not_asked():
    outcome = routed(
        [Pool("rolla", 1), Pool("nevada", 1), Pool("jackson", 1)],
        [person("c1", "rolla nevada jackson", ineligible=frozenset({"rolla"}))],
        declined=frozenset({("c1", "nevada")}),
    )
    assert seats(outcome) == {"c1": ("jackson", "open")}


def test_bid_price_admits_the_same_score_and_refuses_less():
    pools = [Pool("rolla", 2, bid_price=12.5)]
    outcome = routed(pools, [person("c1", "rolla", 12.5), person("c2", "rolla", 12.4)])
    assert (seats(outcome), outcome.unplaced) == ({"c1": ("rolla", "open")}, ("c2",))


def test_who_waits_for_an_office_is_not_asked_for_elsewhere():
    pools = [Pool("rolla", 0), Pool("nevada", 1), Pool("jackson", 0)]
    outcome = routed(pools, [person("c1", "jackson rolla nevada", waits_for="rolla")])
    assert outcome.unplaced == ("c1",)


def test_nobody_and_nothing_makes_an_empty_outcome():
    outcome = routed([], [])
    assert (outcome.assignments, outcome.unplaced, outcome.pools) == ((), (), ())


def test_person_who_ranks_nothing_is_unplaced():
    assert routed([Pool("rolla", 1)], [person("c1", "")]).unplaced == ("c1",)
