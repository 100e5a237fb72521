"""Which days an office may enter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.placements import again_problem, meeting_problem, start_problem

TODAY = date(2026, 11, 24)
ASKED = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("held_on", "words"),
    [
        (ASKED, None),
        (TODAY, None),
        (TODAY + timedelta(days=1), "when it has taken place"),
        (ASKED - timedelta(days=1), "before your office was asked"),
        (date(1, 1, 1), "before your office was asked"),
    ],
)
def test_a_meeting_lies_between_the_question_and_today(held_on: date, words: str | None) -> None:
    problem = meeting_problem(held_on, asked_on=ASKED, today=TODAY)
    assert problem is None if words is None else words in str(problem)


@pytest.mark.parametrize(
    ("starts_on", "words"),
    [
        (TODAY, None),
        (date(2027, 8, 2), None),
        (date(2028, 11, 24), None),
        (TODAY - timedelta(days=1), "has passed"),
        (date(2028, 11, 26), "more than two years"),
        (date(9999, 12, 31), "more than two years"),
    ],
)
def test_a_start_is_to_come_and_within_two_years(starts_on: date, words: str | None) -> None:
    problem = start_problem(starts_on, today=TODAY)
    assert problem is None if words is None else words in str(problem)


@pytest.mark.parametrize(
    ("not_before", "words"),
    [
        (TODAY + timedelta(days=1), None),
        (TODAY, "still to come"),
        (date(2099, 1, 1), "Not for our office"),
    ],
)
def test_not_now_ends_on_a_day_to_come(not_before: date, words: str | None) -> None:
    problem = again_problem(not_before, today=TODAY)
    assert problem is None if words is None else words in str(problem)
