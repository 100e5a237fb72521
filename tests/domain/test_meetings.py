"""Which times may be offered for a meeting, and where the arrangement stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.local_time import NO_SUCH_TIME, NoSuchTime, TwiceThatNight
from app.domain.meetings import (
    SAME_TWICE,
    TOO_FAR,
    TOO_SOON,
    moment_in,
    stage_of,
    stored_outcome,
    times_problem,
)

NOW = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)
ZONE = "America/Chicago"


def test_times_problem_names_the_first_time_that_cannot_be() -> None:
    good = [NOW + timedelta(days=one) for one in (1, 2, 3)]
    assert times_problem(good, now=NOW) is None
    assert times_problem([NOW + timedelta(hours=2)], now=NOW) is None
    assert times_problem([good[0], NOW + timedelta(hours=1, minutes=59)], now=NOW) == (1, TOO_SOON)
    assert times_problem([NOW - timedelta(days=1)], now=NOW) == (0, TOO_SOON)
    assert times_problem([NOW + timedelta(days=60, minutes=1)], now=NOW) == (0, TOO_FAR)
    assert times_problem([good[0], good[1], good[0]], now=NOW) == (2, SAME_TWICE)


def test_moment_in_asks_which_hour_in_the_night_that_has_two() -> None:
    night = date(2026, 11, 1)
    with pytest.raises(TwiceThatNight):
        moment_in(night, time(1, 30), ZONE, now=NOW)
    first = moment_in(night, time(1, 30), ZONE, now=NOW, which="first")
    second = moment_in(night, time(1, 30), ZONE, now=NOW, which="second")
    assert (first.hour, second.hour) == (6, 7)
    assert moment_in(night, time(14, 0), ZONE, now=NOW, which="second").hour == 20


def test_moment_in_refuses_the_hour_that_does_not_exist() -> None:
    spring = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
    with pytest.raises(NoSuchTime, match="does not exist") as refused:
        moment_in(date(2027, 3, 14), time(2, 30), ZONE, now=spring, which="first")
    assert str(refused.value) == NO_SUCH_TIME


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2026, 10, 19), date(2027, 1, 30), date(9999, 12, 31)])
def test_moment_in_refuses_a_day_out_of_reach(day: date) -> None:
    with pytest.raises(ValueError, match="Choose a time"):
        moment_in(day, time(9, 0), ZONE, now=NOW)


def test_stage_of_follows_the_clock() -> None:
    at = NOW + timedelta(days=1)
    assert stage_of(None, [], 30, now=NOW) == "none"
    assert stage_of("replaced", [at], 30, now=NOW) == "none"
    assert stage_of("open", [NOW, at], 30, now=NOW) == "answer"
    assert stage_of("open", [NOW, at], 30, now=at) == "stale"
    assert stage_of("accepted", [at], 30, now=at - timedelta(hours=2)) == "agreed"
    assert stage_of("accepted", [at], 30, now=at - timedelta(hours=1)) == "close"
    assert stage_of("accepted", [at], 30, now=at + timedelta(minutes=29)) == "close"
    assert stage_of("accepted", [at], 30, now=at + timedelta(minutes=30)) == "over"


def test_only_yes_is_held() -> None:
    assert [stored_outcome(word) for word in ("held", "absent", "canceled", "")] == ["held"] + ["not_held"] * 3
