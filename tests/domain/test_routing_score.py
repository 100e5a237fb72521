from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing_score import DEFAULT_WEIGHTS, routing_score, scaled_result

GATES = ("short_answers", "resume", "recorded_interview", "final_interview")


def results(*values):
    return dict(zip(GATES, values, strict=True))


def test_scale_runs_from_0_to_20():
    assert [scaled_result(Fraction(n)) for n in (1, 2, 4)] == [0, Fraction(20, 3), 20]


def test_default_weights_are_those_of_the_rule():
    assert routing_score(results(4, 1, 1, 1)) == 6
    assert routing_score(results(1, 4, 1, 1)) == 2
    assert routing_score(results(1, 1, 4, 1)) == 5
    assert routing_score(results(1, 1, 1, 4)) == 7


def test_fractions_are_kept():
    assert routing_score(results(Fraction(10, 3), 3, Fraction(5, 2), 2)) == Fraction(65, 6)


def test_missing_gate_gives_its_weight_to_the_others_in_proportion():
    without = routing_score(results(4, 1, 1, None))
    assert without == Fraction(20) * Fraction(30, 65)
    assert without == routing_score({"short_answers": 4, "resume": 1, "recorded_interview": 1})


def test_gate_without_weight_counts_nothing():
    weights = {"short_answers": Fraction(1), "resume": Fraction(0)}
    assert routing_score({"short_answers": Fraction(4), "resume": Fraction(1)}, weights) == 20


@pytest.mark.parametrize(
    ("found", "weights"),
    [
        ({}, DEFAULT_WEIGHTS),
        (results(None, None, None, None), DEFAULT_WEIGHTS),
        ({"resume": Fraction(2)}, {"resume": Fraction(0)}),
        ({"charm": Fraction(2)}, DEFAULT_WEIGHTS),
        ({"resume": Fraction(5)}, DEFAULT_WEIGHTS),
        ({"resume": Fraction(0)}, DEFAULT_WEIGHTS),
        ({"resume": Fraction(2)}, {"resume": Fraction(2), "short_answers": Fraction(-1)}),
    ],
)
def test_nonsense_is_refused(found, weights):
    with pytest.raises(ValueError):
        routing_score(found, weights)


@given(st.lists(st.fractions(1, 4, max_denominator=12), min_size=4, max_size=4))
def test_score_stays_between_the_lowest_and_the_highest_gate(values):
    scaled = [scaled_result(value) for value in values]
    assert min(scaled) <= routing_score(results(*values)) <= max(scaled)
