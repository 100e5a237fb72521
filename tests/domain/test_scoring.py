from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scoring import (
    NotAScore,
    ReadingPolicy,
    answer_result,
    checked_score,
    gate_result,
    needs_second_reading,
    needs_third_reader,
    outcome,
    reading_hours,
    weighted_result,
)

HALF = Fraction(1, 2)
ONCE = ReadingPolicy(readers="once")


def scores(substance: int, writing: int) -> dict[str, int]:
    return {"substance": substance, "writing": writing}


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        (scores(3, 3), scores(3, 3), False),
        (scores(3, 3), scores(2, 4), False),
        (scores(4, 3), scores(2, 3), True),
        (scores(3, 1), scores(3, 4), True),
        # Two apart over different dimensions is no disagreement on either.
        (scores(1, 4), scores(2, 3), False),
    ],
)
def test_a_third_reader_is_needed_for_two_or_more_on_one_dimension(first, second, third) -> None:
    assert needs_third_reader(first, second) is third


def test_two_readers_count_by_their_mean() -> None:
    assert answer_result({"a": scores(3, 2), "b": scores(4, 2)}) == {
        "substance": Fraction(7, 2),
        "writing": Fraction(2),
    }


def test_three_readers_count_by_the_median_of_each_dimension() -> None:
    by_reader = {"a": scores(1, 3), "b": scores(4, 3), "c": scores(3, 4)}
    assert answer_result(by_reader) == {"substance": Fraction(3), "writing": Fraction(3)}


def test_a_gate_is_the_mean_over_answers_and_dimensions() -> None:
    answers = [{"substance": Fraction(3), "writing": Fraction(2)}, {"substance": Fraction(4), "writing": HALF * 5}]
    assert gate_result(answers) == Fraction(23, 8)


def test_a_preferred_dimension_lifts_and_never_lowers() -> None:
    needed = {"mission": Fraction(3)}
    assert gate_result([needed | {"experience": Fraction(1)}], preferred=["experience"]) == 3
    assert gate_result([needed | {"experience": Fraction(4)}], preferred=["experience"]) == Fraction(7, 2)


def test_at_the_threshold_an_application_advances_and_below_a_person_decides() -> None:
    assert outcome(Fraction(5, 2), Fraction(5, 2)) == "advance"
    assert outcome(Fraction(249, 100), Fraction(5, 2)) == "manager_decides"


@pytest.mark.parametrize("value", [0, 5, -1, True, 2.0, "3", None, float("nan")])
def test_only_whole_numbers_from_1_to_4_are_scores(value: object) -> None:
    with pytest.raises(NotAScore):
        checked_score(value)


def test_nothing_scored_has_no_result() -> None:
    with pytest.raises(ValueError):
        answer_result({})
    with pytest.raises(ValueError):
        gate_result([])


def test_borderline_applications_are_read_again() -> None:
    for result in (Fraction(9, 4), Fraction(5, 2), Fraction(11, 4)):
        assert needs_second_reading(ONCE, result, Fraction(5, 2), seed=b"s", application_id="x")


def test_the_random_share_is_drawn_the_same_way_every_time_and_is_about_15_percent() -> None:
    def drawn(seed: bytes) -> list[bool]:
        return [
            needs_second_reading(ONCE, Fraction(4), Fraction(5, 2), seed=seed, application_id=str(number))
            for number in range(4000)
        ]

    assert drawn(b"one") == drawn(b"one")
    assert drawn(b"one") != drawn(b"two")
    assert 500 < sum(drawn(b"one")) < 700


def test_everybody_twice_reads_everybody_again() -> None:
    policy = ReadingPolicy(readers="twice")
    assert needs_second_reading(policy, Fraction(4), Fraction(1), seed=b"s", application_id="x")


def test_reading_hours_show_what_each_policy_costs() -> None:
    assert reading_hours(400, 5, Fraction(3, 2), ReadingPolicy()) == 100
    assert reading_hours(400, 5, Fraction(3, 2), ONCE) == 50 * (1 + Fraction(1, 4) + Fraction(3, 4) * Fraction(15, 100))


def test_answers_and_resume_count_by_their_weights() -> None:
    weights = {"short_answers": Fraction(30, 100), "resume": Fraction(10, 100)}
    assert weighted_result({"short_answers": Fraction(3), "resume": Fraction(1)}, weights) == Fraction(5, 2)


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 4), min_size=1, max_size=3))
def test_a_result_stays_on_the_scale(by_reader: dict[str, int]) -> None:
    result = answer_result({reader: {"substance": score} for reader, score in by_reader.items()})
    assert 1 <= gate_result([result]) <= 4
