"""When whom is reminded."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.reminders import SCORECARD_DUE, Due, Recipient, due, reading_digest

START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def kinds(state: str, deadline: datetime | None = None, **after: float) -> list[tuple[str, str]]:
    found = due(state, START, START + timedelta(**after), deadline=deadline)
    return [(one.kind, one.occurrence.rpartition(" ")[0]) for one in found]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1.99, []),
        (2, [("draft_reminder", "2 days")]),
        (6.99, [("draft_reminder", "2 days")]),
        (7, [("draft_reminder", "7 days")]),
        (29.9, [("draft_reminder", "7 days")]),
        (30, []),
    ],
)
def test_a_draft_is_reminded_twice_and_not_for_ever(days: float, expected: list[tuple[str, str]]) -> None:
    assert kinds("draft", days=days) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (10.9, []),
        (11, ["3 days before"]),
        (13, ["1 day before"]),
        (14, ["overdue"]),
        (27.9, ["overdue"]),
        (28, []),
    ],
)
def test_a_recording_is_reminded_before_its_date_and_after(days: float, expected: list[str]) -> None:
    found = kinds("recording_due", START + timedelta(days=14), days=days)
    assert found == [("recording_reminder", name) for name in expected]


def test_more_time_means_a_new_occasion() -> None:
    first, second = START + timedelta(days=14), START + timedelta(days=21)
    before = due("recording_due", START, first - timedelta(days=2), deadline=first)
    after = due("recording_due", START, second - timedelta(days=2), deadline=second)
    assert [one.kind for one in before + after] == ["recording_reminder"] * 2
    assert before[0].occurrence != after[0].occurrence


def test_an_interview_booked_three_hours_ahead_has_no_reminder_a_day_before() -> None:
    starts_at = START + timedelta(hours=3)
    assert kinds("final_interview_booked", starts_at, hours=0.5) == []
    assert kinds("final_interview_booked", starts_at, hours=2) == [("interview_reminder", "1 hour before")]
    assert kinds("final_interview_booked", starts_at, hours=3) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1.9, []), (2, ["2 hours"]), (23.9, ["2 hours"]), (24, ["24 hours"]), (167, ["24 hours"]), (168, [])],
)
def test_a_talk_without_its_scorecard_is_told_to_the_interviewer_twice(hours: float, expected: list[str]) -> None:
    found = due(SCORECARD_DUE, START, START + timedelta(hours=hours))
    assert [(one.occurrence.rpartition(" ")[0], one.recipient) for one in found] == [
        (name, Recipient.INTERVIEWER) for name in expected
    ]


def test_an_office_is_reminded_and_then_its_silence_goes_to_the_manager() -> None:
    found = {days: due("placement_in_review", START, START + timedelta(days=days)) for days in (2, 3, 5, 7, 31)}
    assert {days: [(one.kind, one.recipient) for one in ones] for days, ones in found.items()} == {
        2: [],
        3: [("office_overdue", Recipient.SUPERVISORS)],
        5: [("office_overdue", Recipient.SUPERVISORS)],
        7: [("office_escalated", Recipient.MANAGERS)],
        31: [],
    }


def test_an_offer_is_reminded_two_days_before_its_date_and_on_it() -> None:
    answer_by = START + timedelta(days=5)
    assert kinds("offer_sent", answer_by, days=2.9) == []
    assert kinds("offer_sent", answer_by, days=3) == [("offer_reminder", "2 days before")]
    assert kinds("offer_sent", answer_by, days=5) == [("offer_reminder", "answer date")]


def test_a_state_that_waits_for_nobody_outside_has_no_reminder() -> None:
    assert kinds("in_routing", days=40) == []


def test_a_reader_gets_one_digest_for_each_day_of_their_own_calendar() -> None:
    late_evening = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)  # 11:30 p.m. Central on the 20th
    assert reading_digest(late_evening + timedelta(seconds=1), late_evening, "America/Chicago") is None
    assert reading_digest(START, late_evening, "America/Chicago") == Due(
        "reading_overdue", "2026-11-20", Recipient.READER, datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    )
