"""A reader's date lies before the date that the applicant was promised, and leaves time for the next step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.reading_dates import reading_due

SENT = datetime(2026, 11, 16, 18, tzinfo=UTC)
ZONE = "America/Chicago"


def test_the_steps_of_a_reading_share_what_is_left_of_the_promise() -> None:
    promised = SENT + timedelta(days=14)
    answers = reading_due("answer", sent_at=SENT, days=14, now=SENT, zone=ZONE)
    third = reading_due("answer", sent_at=SENT, days=14, now=answers, zone=ZONE)
    resume = reading_due("resume", sent_at=SENT, days=14, now=third, zone=ZONE)
    assert [(moment - SENT) / timedelta(days=1) for moment in (answers, third, resume)] == [7, 10.5, 13.125]
    assert resume < promised


def test_a_reading_after_a_broken_promise_is_due_before_the_new_date() -> None:
    late = SENT + timedelta(days=15)
    due = reading_due("resume", sent_at=SENT, days=14, now=late, zone=ZONE)
    assert late < due < SENT + timedelta(days=21)
    assert reading_due("answer", sent_at=SENT, days=None, now=SENT, zone=ZONE) == SENT + timedelta(days=7)
