"""When a booked interview can be moved, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.final_interview_rules import booking_phase, movable_until

STARTS = datetime(2026, 11, 20, 15, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=45)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (STARTS - timedelta(days=3), "ahead"),
        (STARTS - timedelta(hours=12), "ahead"),
        (STARTS - timedelta(hours=12) + timedelta(seconds=1), "close"),
        (STARTS, "close"),
        (ENDS - timedelta(seconds=1), "close"),
        (ENDS, "over"),
        (ENDS + timedelta(days=3), "over"),
    ],
)
def test_an_interview_is_ahead_close_or_over(now: datetime, phase: str):
    assert booking_phase(STARTS, ENDS, now) == phase


def test_the_opening_says_how_late_it_may_be_moved():
    assert movable_until(STARTS, 48) == STARTS - timedelta(days=2)
    assert booking_phase(STARTS, ENDS, STARTS - timedelta(hours=47), hours=48) == "close"
    assert booking_phase(STARTS, ENDS, STARTS, hours=0) == "ahead"
