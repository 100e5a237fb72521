"""Reminders leave by day, a few each day, by the clock of whoever gets them, also when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.courtesy import (
    COUNTED,
    DAILY,
    LEAST_LEFT,
    REMINDERS,
    Held,
    Manners,
    is_quiet,
    morning_after,
    start_of_day,
    wait_of,
)
from app.domain.delivery import SECRET_KINDS

CENTRAL = "America/Chicago"
ZONES = st.sampled_from([CENTRAL, "America/New_York", "UTC", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe"])
# Around both changes of 2026 and 2027, and anywhere.
CHANGES = [
    datetime(2026, 11, 1, 7, tzinfo=UTC),
    datetime(2027, 3, 14, 8, tzinfo=UTC),
    datetime(2026, 9, 26, 14, tzinfo=UTC),
]
MOMENTS = st.one_of(
    st.builds(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), st.integers(0, 1_500_000)),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-1500, 1500)
    ),
)
QUARTERS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
MANNERS = st.one_of(st.just(Manners()), st.builds(Manners, QUARTERS, QUARTERS, st.integers(0, 4)))


def wait(kind: str = "draft_reminder", **more: object):  # type: ignore[no-untyped-def]
    given_ = {
        "urgent": False, "now": at(12), "zone": CENTRAL, "left_today": 0, "void_after": None, "manners": Manners(),
    }  # fmt: skip
    return wait_of(kind, **{**given_, **more})  # type: ignore[arg-type]


def at(hour: int, minute: int = 0, day: int = 20, month: int = 11) -> datetime:
    """A moment of the Central zone in 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(CENTRAL)).astimezone(UTC)


def test_a_reminder_of_the_night_waits_for_the_morning() -> None:
    assert wait(now=at(22)) == (at(8, day=21), Held.QUIET)
    assert wait(now=at(3)) == (at(8), Held.QUIET)
    assert [wait(now=at(8)), wait(now=at(20, 59))] == [None, None]
    assert wait(now=at(22), zone="America/Los_Angeles") is None  # 8 p.m. there


def test_what_somebody_waits_for_never_waits() -> None:
    kinds = [*SECRET_KINDS, "offer_sent", "interview_booked", "not_selected", "application_received", "help_answered"]
    assert [wait(kind, now=at(2), left_today=9) for kind in kinds] == [None] * len(kinds)
    assert wait(now=at(2), urgent=True) is None


def test_a_reminder_whose_time_would_run_out_does_not_wait() -> None:
    assert wait("interview_reminder", now=at(6), void_after=at(8, 59)) is None
    assert wait("interview_reminder", now=at(6), void_after=at(9)) == (at(8), Held.QUIET)


def test_the_fourth_of_a_day_becomes_part_of_tomorrows_digest() -> None:
    assert [wait(left_today=count) for count in (0, 2)] == [None, None]
    assert wait(left_today=3) == (at(8, day=21), Held.DIGEST)
    assert wait(left_today=3, in_digest=True) is None
    assert wait(left_today=3, manners=Manners(a_day=0)) is None
    assert wait("offer_reminder", left_today=30) is None
    assert wait(now=at(12, day=31, month=10), left_today=3) == (at(8, day=1, month=11), Held.DIGEST)


@pytest.mark.parametrize(("day", "month"), [(1, 11), (8, 3)])
def test_the_night_of_a_change_ends_at_the_same_hour_of_the_clock(day: int, month: int) -> None:
    assert wait(now=at(0, 30, day, month)) == (at(8, 0, day, month), Held.QUIET)


@given(MOMENTS, ZONES, MANNERS)
def test_every_night_ends_once_and_it_is_day_then(moment: datetime, zone: str, manners: Manners) -> None:
    morning = morning_after(moment, zone, manners)
    assert moment < morning <= moment + timedelta(hours=25)
    if manners.quiet_from != manners.quiet_until:
        assert not is_quiet(morning, zone, manners)
    assert start_of_day(moment, zone) <= moment < start_of_day(moment, zone) + timedelta(hours=25)


@given(
    st.sampled_from(sorted(REMINDERS)), MOMENTS, ZONES, MANNERS, st.integers(0, 6),
    st.one_of(st.none(), st.integers(1, 4000)),
)  # fmt: skip
def test_whatever_waits_leaves_by_day_in_time_and_within_two_days(
    kind: str, moment: datetime, zone: str, manners: Manners, left: int, minutes: int | None
) -> None:
    void_after = None if minutes is None else moment + timedelta(minutes=minutes)
    found = wait_of(kind, urgent=False, now=moment, zone=zone, left_today=left, void_after=void_after, manners=manners)
    if found is None:
        return
    assert moment < found.until <= moment + timedelta(hours=50)
    daily = kind in DAILY and found.held_for is Held.QUIET
    assert daily or void_after is None or found.until + LEAST_LEFT <= void_after
    assert manners.quiet_from == manners.quiet_until or not is_quiet(found.until, zone, manners)
    assert (found.held_for is Held.DIGEST) == (not is_quiet(moment, zone, manners))
    assert found.held_for is Held.QUIET or kind in COUNTED
    # When its time has come it does not wait for a second night.
    again = wait_of(
        kind, urgent=False, now=found.until, zone=zone, left_today=0, void_after=void_after, manners=manners
    )
    assert again is None
