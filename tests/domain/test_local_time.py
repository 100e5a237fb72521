"""A time on the wall in Missouri, and the moment that it names."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.local_time import NO_SUCH_TIME, TWICE, NoSuchTime, cut_into_slots, local_moment

CENTRAL = "America/Chicago"


@pytest.mark.parametrize(
    "day, clock, moment",
    [
        (date(2026, 12, 4), time(9), datetime(2026, 12, 4, 15, tzinfo=UTC)),
        (date(2027, 7, 4), time(9), datetime(2027, 7, 4, 14, tzinfo=UTC)),
        (date(2028, 2, 29), time(0), datetime(2028, 2, 29, 6, tzinfo=UTC)),
    ],
)
def test_a_time_on_the_wall_is_a_moment(day: date, clock: time, moment: datetime) -> None:
    assert local_moment(day, clock, CENTRAL) == moment


def test_an_hour_that_is_skipped_does_not_exist() -> None:
    with pytest.raises(NoSuchTime, match="does not exist") as refused:
        local_moment(date(2027, 3, 14), time(2, 30), CENTRAL)
    assert str(refused.value) == NO_SUCH_TIME


def test_an_hour_that_comes_twice_is_asked_about() -> None:
    with pytest.raises(NoSuchTime) as refused:
        local_moment(date(2026, 11, 1), time(1, 30), CENTRAL)
    assert str(refused.value) == TWICE


@given(st.integers(15, 180), st.integers(0, 120), st.integers(1, 600))
def test_slots_fit_the_block_and_keep_their_distance(minutes: int, buffer: int, length: int) -> None:
    start = datetime(2026, 12, 4, 15, tzinfo=UTC)
    end = start + timedelta(minutes=length)
    try:
        slots = cut_into_slots(start, end, minutes, buffer)
    except NoSuchTime:
        assert length < minutes
        return
    assert slots[0][0] == start
    assert slots[-1][1] <= end
    assert all(finish - begin == timedelta(minutes=minutes) for begin, finish in slots)
    assert all(
        later[0] - earlier[1] == timedelta(minutes=buffer) for earlier, later in zip(slots, slots[1:], strict=False)
    )
