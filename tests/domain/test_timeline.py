"""The applicant's timeline and what we promised."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.pipeline import Gate, Step
from app.domain.timeline import promised_by, renewed_promise, steps_on_the_way

START = datetime(2026, 11, 3, 15, tzinfo=UTC)
ALL = tuple(Gate)


@dataclass(frozen=True)
class Moved:
    from_state: str | None
    to_state: str
    at: datetime


def history(*states: str) -> list[Moved]:
    """One move a day."""
    before = [None, *states]
    return [Moved(old, new, START + timedelta(days=day)) for day, (old, new) in enumerate(zip(before, states))]  # noqa: B905


def progress(*states: str, gates: tuple[Gate, ...] = ALL) -> list[tuple[str, str]]:
    return [(step.step.value, step.progress) for step in steps_on_the_way(gates, history(*states), states[-1])]


def test_what_is_done_now_and_next():
    assert progress("draft", "answers_in_review", "resume_in_review", "recording_due") == [
        ("apply", "done"),
        ("reading", "done"),
        ("recorded", "now"),
        ("final", "next"),
        ("office", "next"),
        ("decision", "next"),
    ]


def test_a_done_step_has_the_day_on_which_it_was_left():
    steps = steps_on_the_way(ALL, history("draft", "answers_in_review", "recording_due"), "recording_due")
    dates = {step.step: step.at for step in steps}
    assert dates[Step.APPLY] == START + timedelta(days=1)
    assert dates[Step.READING] == START + timedelta(days=2)
    assert dates[Step.RECORDED] == START + timedelta(days=2)


def test_the_office_step_begins_with_the_release_to_it():
    way = ("draft", "in_routing", "placement_in_review", "in_routing", "placement_in_review", "placement_approved")
    began = {}
    for length in (2, 3, 4, 6):
        step = steps_on_the_way(ALL, history(*way[:length]), way[length - 1])[-2]
        assert (step.step, step.progress) == (Step.OFFICE, "now")
        began[length] = step.at
    assert began == {2: None, 3: START + timedelta(days=2), 4: None, 6: START + timedelta(days=4)}


def test_a_step_that_the_opening_lacks_is_not_shown():
    gates = (Gate.ANSWERS, Gate.RESUME, Gate.PLACEMENT)
    assert progress("draft", "answers_in_review", gates=gates) == [
        ("apply", "done"),
        ("reading", "now"),
        ("office", "next"),
        ("decision", "next"),
    ]


def test_after_an_end_only_what_was_passed_stays():
    assert progress("draft", "answers_in_review", "withdrawn") == [("apply", "done")]
    assert progress("draft", "withdrawn") == []
    ended = progress(
        "draft", "answers_in_review", "reading_decision", "recording_due", "recording_decision", "not_selected"
    )
    assert ended == [("apply", "done"), ("reading", "done")]


def test_a_placement_finishes_every_step():
    way = (
        "draft",
        "answers_in_review",
        "in_routing",
        "placement_in_review",
        "placement_approved",
        "offer_sent",
        "placed",
    )
    assert {state for _step, state in progress(*way)} == {"done"}


def test_a_promise_counts_from_the_first_state_that_it_covers():
    promises = {"read_application": 14, "office_decision": 10}
    way = history("draft", "answers_in_review", "resume_in_review", "reading_decision")
    assert promised_by("reading_decision", way, promises) == START + timedelta(days=1 + 14)


def test_nothing_is_promised_where_it_is_the_applicants_turn_or_the_opening_says_nothing():
    assert promised_by("recording_due", history("draft", "recording_due"), {"read_application": 14}) is None
    assert promised_by("in_routing", history("draft", "in_routing"), {"propose_office": None}) is None


def test_a_promise_begins_anew_after_an_office_declined():
    way = history("draft", "in_routing", "placement_in_review", "in_routing")
    assert promised_by("in_routing", way, {"propose_office": 5}) == START + timedelta(days=3 + 5)


NOVEMBER_17 = datetime(2026, 11, 17, 21, 0, tzinfo=UTC)


def test_a_promise_that_is_not_over_stays():
    assert renewed_promise(NOVEMBER_17, NOVEMBER_17 - timedelta(days=3)) == NOVEMBER_17
    assert renewed_promise(NOVEMBER_17, NOVEMBER_17) == NOVEMBER_17


@pytest.mark.parametrize(
    ("late", "weeks"),
    [
        (timedelta(seconds=1), 1),
        (timedelta(days=3), 1),
        (timedelta(days=7), 1),
        (timedelta(days=7, seconds=1), 2),
        (timedelta(days=30), 5),
        (timedelta(days=728), 104),
    ],
)
def test_a_broken_promise_gets_a_date_that_stays_for_a_week(late: timedelta, weeks: int):
    assert renewed_promise(NOVEMBER_17, NOVEMBER_17 + late) == NOVEMBER_17 + timedelta(weeks=weeks)


def test_the_new_date_is_the_same_weekday_and_hour_after_the_clocks_changed():
    midnight = datetime(2026, 10, 28, 0, 30, tzinfo=ZoneInfo("America/Chicago"))
    new = renewed_promise(midnight.astimezone(UTC), midnight.astimezone(UTC) + timedelta(days=6))
    assert new.astimezone(ZoneInfo("America/Chicago")) == datetime(
        2026, 11, 4, 0, 30, tzinfo=ZoneInfo("America/Chicago")
    )


def test_the_new_date_is_always_to_come_and_within_a_week():
    for hour in range(0, 24 * 40):
        now = NOVEMBER_17 + timedelta(hours=hour, minutes=1)
        new = renewed_promise(NOVEMBER_17, now)
        assert now <= new <= now + timedelta(days=7, hours=1)


def test_after_an_interview_the_promise_counts_from_its_end():
    ended, promises = START + timedelta(days=2), {"decide_after_final": 7}
    for way in (history("draft", "final_interview_booked"), history("draft", "final_decision")):
        state = way[-1].to_state
        assert promised_by(state, way, promises, interview_ended_at=ended) == ended + timedelta(days=7)
        assert promised_by(state, way, {}, interview_ended_at=ended) is None
    booked = history("draft", "final_interview_booked")
    assert promised_by("final_interview_booked", booked, promises) is None
    routed = history("draft", "in_routing")
    assert promised_by("in_routing", routed, promises, interview_ended_at=ended) is None
