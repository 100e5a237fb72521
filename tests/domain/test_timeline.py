"""The applicant's timeline and what we promised."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.pipeline import Gate, Step
from app.domain.timeline import promised_by, steps_on_the_way

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
