from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.pipeline import ENDED_STATES, LIVE_STATES, Party
from app.domain.work import Standing, Urgency, Work, days_in, due_of, late_by, missing_readings, next_work

NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def standing(state: str, **facts: object) -> Standing:
    since = facts.pop("since", NOW - DAY)
    return Standing(state=state, state_since=since, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", sorted(LIVE_STATES))
def test_every_live_state_has_an_owner_a_step_and_a_due_date(state: str) -> None:
    work = next_work(standing(state), NOW)
    assert work.owner != Party.NOBODY
    assert work.step
    assert work.due_at is not None and work.due_at > NOW - DAY
    assert work.urgency is not None


@pytest.mark.parametrize("state", sorted(ENDED_STATES))
def test_an_ended_application_waits_for_nobody(state: str) -> None:
    assert next_work(standing(state), NOW) == Work(Party.NOBODY, (), "Nothing more to do", None, None)


def test_reading_is_due_as_promised_from_the_day_it_was_sent() -> None:
    sent = NOW - 5 * DAY
    for state in ("answers_in_review", "resume_in_review", "reading_decision"):
        found = due_of(standing(state, submitted_at=sent, since=NOW, promises={"read_application": 14}))
        assert found == sent + 14 * DAY


def test_a_recording_is_reviewed_as_promised_from_the_day_it_was_sent() -> None:
    sent = NOW - 3 * DAY
    for state in ("recording_in_review", "recording_decision"):
        found = due_of(standing(state, recording_sent_at=sent, since=NOW, promises={"review_recording": 10}))
        assert found == sent + 10 * DAY


def test_rows_with_a_date_of_their_own_are_due_then() -> None:
    own = NOW + 3 * DAY
    assert due_of(standing("recording_due", recording_due_at=own)) == own
    assert due_of(standing("placement_in_review", office_due_at=own)) == own
    assert due_of(standing("offer_sent", offer_answer_by=own)) == own
    assert due_of(standing("draft", closes_at=own)) == own
    assert due_of(standing("booking_due", days_to_book=4)) == NOW + 3 * DAY
    assert due_of(standing("in_routing", proposed_at=NOW)) == NOW + 2 * DAY
    assert due_of(standing("final_interview_booked", interview_ends_at=NOW)) == NOW + DAY
    held = standing("final_decision", interview_ends_at=NOW - DAY, promises={"decide_after_final": 5})
    assert due_of(held) == NOW + 4 * DAY


def test_readers_are_named_and_missing_ones_are_the_managers_business() -> None:
    read = standing("answers_in_review", open_readings=2, readers=("Ana", "Ben"))
    assert next_work(read, NOW).names == ("Ana", "Ben")
    assert next_work(read, NOW).owner == Party.READERS
    missing = next_work(replace(read, missing_readings=1), NOW)
    assert (missing.owner, missing.step, missing.urgency) == (Party.MANAGER, "Assign readers", Urgency.DECIDE)
    # A third reading that nobody could take: everything is read, and nothing is open.
    assert next_work(standing("answers_in_review"), NOW).owner == Party.MANAGER


def test_a_proposal_waits_for_the_manager_then_for_the_office() -> None:
    assert next_work(standing("in_routing"), NOW).owner == Party.ROUTING
    proposed = next_work(standing("in_routing", proposed_at=NOW, office="Rolla"), NOW)
    assert (proposed.owner, proposed.names, proposed.step) == (Party.MANAGER, ("Rolla",), "Release the proposal")
    reviewed = next_work(standing("placement_in_review", office="Rolla"), NOW)
    assert (reviewed.owner, reviewed.names, reviewed.urgency) == (Party.OFFICE, ("Rolla",), Urgency.OFFICE)


def test_an_interview_is_held_then_scored() -> None:
    begins, ends = NOW + 2 * DAY - timedelta(hours=1), NOW + 2 * DAY
    booked = standing("final_interview_booked", interviewer="Ines", interview_at=begins, interview_ends_at=ends)
    before, during, after = [next_work(booked, moment) for moment in (NOW, begins, ends)]
    assert (before.step, before.due_at, before.by_the_clock) == ("Hold the interview", begins, True)
    assert (during.step, during.due_at, during.urgency) == ("Hold the interview", ends, Urgency.TODAY)
    assert (after.step, after.due_at, after.by_the_clock) == ("Send the scorecard", ends + DAY, False)
    assert next_work(booked, NOW + 4 * DAY).urgency is Urgency.LATE


def test_urgency_goes_by_the_due_date_first() -> None:
    decision = standing("reading_decision", submitted_at=NOW - 14 * DAY - timedelta(minutes=1))
    assert next_work(decision, NOW).urgency is Urgency.LATE
    today = replace(decision, submitted_at=NOW - 14 * DAY + timedelta(hours=2))
    assert next_work(today, NOW).urgency is Urgency.TODAY
    later = replace(decision, submitted_at=NOW - 10 * DAY)
    assert next_work(later, NOW).urgency is Urgency.DECIDE


def test_due_today_means_the_day_where_the_opening_is() -> None:
    # 11 p.m. in Missouri, when it is tomorrow in UTC.
    moment = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
    due = standing("recording_due", recording_due_at=datetime(2026, 12, 2, 5, 59, tzinfo=UTC))
    assert next_work(due, moment).urgency is Urgency.TODAY
    assert next_work(due, moment, "UTC").urgency is Urgency.TODAY
    assert next_work(due, moment - timedelta(hours=6)).urgency is Urgency.TODAY
    assert next_work(due, moment - timedelta(hours=6), "UTC").urgency is Urgency.APPLICANT


def test_what_was_sent_within_a_day_is_new() -> None:
    fresh = standing("answers_in_review", submitted_at=NOW - timedelta(hours=3), open_readings=10)
    assert next_work(fresh, NOW).urgency is Urgency.NEW
    assert next_work(fresh, NOW + DAY).urgency is Urgency.READERS


def test_late_by_counts_from_the_due_date() -> None:
    assert late_by(NOW - DAY, NOW) == DAY
    assert late_by(NOW, NOW) == timedelta(0)
    assert late_by(NOW + DAY, NOW) == timedelta(0)
    assert late_by(None, NOW) == timedelta(0)


def test_days_in_a_stage_are_whole_days() -> None:
    assert days_in(NOW - timedelta(hours=47), NOW) == 1
    assert days_in(NOW + DAY, NOW) == 0


def test_missing_readings_are_what_the_policy_asks_for_less_what_is_held() -> None:
    counts = {"answers": 5, "readers_each": 2, "resume_readings": 0}
    assert missing_readings("answers_in_review", readings=7, **counts) == 3
    assert missing_readings("answers_in_review", readings=10, **counts) == 0
    assert missing_readings("resume_in_review", readings=10, **counts) == 1
    assert missing_readings("in_routing", readings=0, **counts) == 0


def test_an_office_whose_silence_is_escalated_keeps_its_own_date() -> None:
    asked = NOW - 6 * DAY
    silent = standing(
        "placement_in_review", office="Rolla", office_asked_at=asked, office_due_at=NOW + 3 * DAY,
        office_escalates_after=6 * DAY,
    )  # fmt: skip
    work = next_work(silent, NOW)
    assert (work.owner, work.names, work.step) == (Party.OFFICE, ("Rolla",), "Call the office")
    assert (work.urgency, work.due_at, work.escalated_at) == (Urgency.ESCALATED, NOW + 3 * DAY, NOW)
    assert next_work(silent, NOW + 3 * DAY).urgency is Urgency.TODAY
    after = next_work(silent, NOW + 4 * DAY)
    assert (after.urgency, after.step) == (Urgency.LATE, "Call the office")
    never = next_work(replace(silent, office_escalates_after=None), NOW)
    assert (never.urgency, never.step, never.escalated_at) == (Urgency.OFFICE, "Meet and decide", None)
    before = next_work(silent, NOW - timedelta(minutes=1))
    assert (before.urgency, before.due_at, before.step) == (Urgency.OFFICE, NOW + 3 * DAY, "Meet and decide")
