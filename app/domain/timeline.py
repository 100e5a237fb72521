"""Where an application stands, for the person who wrote it: steps with dates, and what we promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from app.domain.pipeline import STATES, Gate, Step, public_steps

Progress = Literal["done", "now", "next"]


class Moved(Protocol):
    """One row of the history."""

    @property
    def from_state(self) -> str | None: ...
    @property
    def to_state(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class StepOnTheWay:
    """A step of the timeline. `at` is when it was finished; for the present step, when it began."""

    step: Step
    progress: Progress
    at: datetime | None = None


def steps_on_the_way(gates: Iterable[Gate], changes: Sequence[Moved], state: str) -> list[StepOnTheWay]:
    """Return the applicant's steps in order, with what is done, what is now and what comes.

    After an end the steps that were reached stay, the others go, and the last one is the decision.
    """
    steps = public_steps(gates)
    ended = STATES[state].ended
    reached = _step_before_end(changes) if ended else STATES[state].step
    if reached not in steps:
        reached = Step.APPLY
    found = []
    for step in steps:
        before = steps.index(step) < steps.index(reached)
        if before:
            found.append(StepOnTheWay(step, "done", _left_at(step, steps, changes)))
        elif ended and step is reached and state == "placed":
            found.append(StepOnTheWay(step, "done", changes[-1].at if changes else None))
        elif not ended and step is reached:
            found.append(StepOnTheWay(step, "now", _began_at(step, changes, state)))
        elif not ended:
            found.append(StepOnTheWay(step, "next"))
    return found


def _step_before_end(changes: Sequence[Moved]) -> Step:
    source = changes[-1].from_state if changes else None
    return STATES[source].step if source is not None else Step.APPLY


def _left_at(step: Step, steps: Sequence[Step], changes: Sequence[Moved]) -> datetime | None:
    """When the application last went from this step, or an earlier one, to a later one."""
    place = steps.index(step)
    moments = [
        change.at
        for change in changes
        if change.from_state is not None
        and STATES[change.from_state].step in steps
        and STATES[change.to_state].step in steps
        and steps.index(STATES[change.from_state].step) <= place < steps.index(STATES[change.to_state].step)
    ]
    return moments[-1] if moments else None


def _entered_at(step: Step, changes: Sequence[Moved]) -> datetime | None:
    """When the application last came into this step from another one."""
    moments = [
        change.at
        for change in changes
        if STATES[change.to_state].step is step
        and (change.from_state is None or STATES[change.from_state].step is not step)
    ]
    return moments[-1] if moments else None


def _began_at(step: Step, changes: Sequence[Moved], state: str) -> datetime | None:
    """When the present step began: the office's with the release to it; while we look for one, not yet."""
    if step is not Step.OFFICE:
        return _entered_at(step, changes)
    released = [change.at for change in changes if change.from_state == "in_routing"]
    return released[-1] if released and state != "in_routing" else None


# State -> (key of the opening's promises, events of ours count from the step's beginning).
PROMISE_OF_STATE: Mapping[str, str] = {
    "answers_in_review": "read_application",
    "resume_in_review": "read_application",
    "reading_decision": "read_application",
    "recording_in_review": "review_recording",
    "recording_decision": "review_recording",
    "final_decision": "decide_after_final",
    "in_routing": "propose_office",
    "placement_in_review": "office_decision",
}
PROMISE_OF_STEP: Mapping[Step, str] = {
    Step.READING: "read_application",
    Step.RECORDED: "review_recording",
    Step.FINAL: "decide_after_final",
    Step.OFFICE: "office_decision",
}
# What one promise covers: its clock starts when the application came into the first of these states.
_COVERED: Mapping[str, frozenset[str]] = {
    key: frozenset(state for state, of_state in PROMISE_OF_STATE.items() if of_state == key)
    for key in set(PROMISE_OF_STATE.values())
}


# After a final interview the promise counts from its end, whenever the interviewer's notes come in.
AFTER_INTERVIEW = frozenset({"final_interview_booked", "final_decision"})


def promised_by(
    state: str,
    changes: Sequence[Moved],
    promises: Mapping[str, int | None],
    *,
    interview_ended_at: datetime | None = None,
) -> datetime | None:
    """Return the moment until which we promised to answer in this state; None where it is not our turn.

    `interview_ended_at`: the end of the final interview, where one was held.
    """
    if interview_ended_at is not None and state in AFTER_INTERVIEW:
        wait = promises.get("decide_after_final")
        return interview_ended_at + timedelta(days=wait) if wait else None
    key = PROMISE_OF_STATE.get(state)
    days = promises.get(key) if key else None
    if key is None or not days:
        return None
    began = None
    for change in changes:
        if change.to_state in _COVERED[key] and change.from_state not in _COVERED[key]:
            began = change.at
    return began + timedelta(days=int(days)) if began else None


def covered_states(key: str) -> frozenset[str]:
    """Return the states that one of an opening's promises covers: its clock runs through all of them."""
    return _COVERED.get(key, frozenset())


# A promise that was broken is renewed by whole weeks: long enough to be kept, and the same date for days.
RENEWED_BY = timedelta(days=7)


def renewed_promise(promised: datetime, now: datetime, zone: str = "America/Chicago") -> datetime:
    """Return until when we promise an answer now: the promised moment, or where it is over, whole weeks later.

    It is the first such moment that is still to come, on the same weekday and at the same hour in `zone`.
    """
    if now <= promised:
        return promised
    local = promised.astimezone(ZoneInfo(zone))
    weeks = (now - promised) // RENEWED_BY
    # The clocks may have changed in between, so the nearest week is looked for and not reckoned.
    moments = ((local + RENEWED_BY * more).astimezone(UTC) for more in range(weeks, weeks + 3))
    return next(moment for moment in moments if moment >= now)


def broken_date(promised: datetime, now: datetime, zone: str = "America/Chicago") -> datetime:
    """Return the date of ours that passed last: the promise, or the latest renewed one before the present one."""
    renewed = renewed_promise(promised, now, zone).astimezone(ZoneInfo(zone))
    return max(promised, (renewed - RENEWED_BY).astimezone(UTC))
