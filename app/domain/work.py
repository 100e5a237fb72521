"""What each application waits for: one next step, one owner and one due date, whatever its state.

`next_work` is the one rule behind the manager's work list, the candidates' table and a candidate's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.pipeline import STATES, Party
from app.domain.words import N_

# Where neither the opening nor a row says until when.
DRAFT_DAYS = 30
BOOKING_DAYS = 7
SCORECARD_AFTER = timedelta(days=1)
OFFER_LEAVES_AFTER = timedelta(hours=24)
# A proposal that waits for its release holds a seat that others wait for.
RELEASE_WITHIN = timedelta(days=2)
NEW_FOR = timedelta(hours=24)

_PROMISES: Mapping[str, tuple[str, int]] = {
    "answers_in_review": ("read_application", 14),
    "resume_in_review": ("read_application", 14),
    "reading_decision": ("read_application", 14),
    "recording_in_review": ("review_recording", 10),
    "recording_decision": ("review_recording", 10),
    "final_decision": ("decide_after_final", 7),
    "in_routing": ("propose_office", 21),
    "placement_in_review": ("office_decision", 10),
    "offer_sent": ("answer_offer", 7),
}


class Urgency(StrEnum):
    """The headings of the work list, in order. A row stands under the first that fits."""

    LATE = "late"
    TODAY = "today"
    ESCALATED = "escalated"
    DECIDE = "decide"
    NEW = "new"
    READERS = "readers"
    OFFICE = "office"
    APPLICANT = "applicant"


URGENCY_LABELS: Mapping[Urgency, str] = {
    Urgency.LATE: N_("Late"),
    Urgency.TODAY: N_("Due today"),
    Urgency.ESCALATED: N_("Offices to call"),
    Urgency.DECIDE: N_("For you to decide"),
    Urgency.NEW: N_("New"),
    Urgency.READERS: N_("Waiting on readers and interviewers"),
    Urgency.OFFICE: N_("Waiting on offices and routing"),
    Urgency.APPLICANT: N_("Waiting on applicants"),
}

PARTY_LABELS: Mapping[Party, str] = {
    Party.APPLICANT: N_("Applicant"),
    Party.READERS: N_("Readers"),
    Party.REVIEWER: N_("Reviewer"),
    Party.INTERVIEWER: N_("Interviewer"),
    Party.MANAGER: N_("Program manager"),
    Party.ROUTING: N_("Routing"),
    Party.OFFICE: N_("Office"),
    Party.NOBODY: N_("Nobody"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one application stands: what the rule needs to know. Moments that do not apply are None."""

    state: str
    state_since: datetime
    submitted_at: datetime | None = None
    promises: Mapping[str, int | None] = field(default_factory=dict)
    closes_at: datetime | None = None
    # Readings: how many are open, how many more the policy asks for, and who has the open ones.
    open_readings: int = 0
    missing_readings: int = 0
    readers: tuple[str, ...] = ()
    recording_due_at: datetime | None = None
    # Until when we promised to call, where the person asked for a phone call instead of recording.
    recording_call_by: datetime | None = None
    recording_sent_at: datetime | None = None
    reviewers: tuple[str, ...] = ()
    days_to_book: int | None = None
    interview_at: datetime | None = None
    interview_ends_at: datetime | None = None
    interviewer: str | None = None
    proposed_at: datetime | None = None
    # One person has asked for the release; another one confirms it.
    waits_for_second: bool = False
    office: str | None = None
    office_asked_at: datetime | None = None
    # By the opening's reminders (`app.domain.reminders.escalates_after`).
    office_escalates_after: timedelta | None = None
    office_due_at: datetime | None = None
    offer_answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The next step of one application. An ended one has no owner and is due never."""

    owner: Party
    # The people or the office by name, where they are known.
    names: tuple[str, ...]
    step: str
    due_at: datetime | None
    urgency: Urgency | None
    # Since when an office's silence is the manager's matter. The office's own date does not change by it.
    escalated_at: datetime | None = None
    # Whether it is done at its due date, by the clock, and not until it.
    by_the_clock: bool = False


def next_work(standing: Standing, now: datetime, zone: str = "America/Chicago") -> Work:
    """Return whose turn it is, what they do next, and until when."""
    state = STATES[standing.state]
    if state.ended:
        return Work(Party.NOBODY, (), N_("Nothing more to do"), None, None)
    owner, names, step = _turn(standing, now)
    talk_at = _talk_at(standing, now)
    due_at, escalated_at = talk_at or due_of(standing), _escalated_at(standing, now)
    urgency = _urgency(standing, owner, due_at, now, zone)
    return Work(owner, names, step, due_at, urgency, escalated_at, by_the_clock=talk_at is not None)


def _talk_at(standing: Standing, now: datetime) -> datetime | None:
    """Return when the booked interview begins, while it goes on when it ends; None where there is none to hold."""
    begins, ends = standing.interview_at, standing.interview_ends_at
    if standing.state != "final_interview_booked" or begins is None or ends is None or ends <= now:
        return None
    return begins if now < begins else ends


def _escalated_at(standing: Standing, now: datetime) -> datetime | None:
    """Return since when an office's silence is the manager's matter, or None while it is not."""
    asked_at, after = standing.office_asked_at, standing.office_escalates_after
    if standing.state != "placement_in_review" or asked_at is None or after is None:
        return None
    escalated_at = asked_at + after
    return escalated_at if escalated_at <= now else None


def due_of(standing: Standing) -> datetime:
    """Return until when the present step of a live application is to be done."""
    since, state = standing.state_since, standing.state
    if state == "draft":
        return standing.closes_at or since + timedelta(days=DRAFT_DAYS)
    if state == "booking_due":
        return since + timedelta(days=standing.days_to_book or BOOKING_DAYS)
    if state == "placement_approved":
        return since + OFFER_LEAVES_AFTER
    set_day = {
        "recording_due": standing.recording_call_by or standing.recording_due_at,
        "final_interview_booked": standing.interview_ends_at and standing.interview_ends_at + SCORECARD_AFTER,
        "in_routing": standing.proposed_at and standing.proposed_at + RELEASE_WITHIN,
        "placement_in_review": standing.office_due_at,
        "offer_sent": standing.offer_answer_by,
    }.get(state)
    return set_day or _promised(standing)


def _promised(standing: Standing) -> datetime:
    """Count what we promised from the moment that it became our turn, over all states of one gate."""
    key, usual = _PROMISES.get(standing.state, ("", 7))
    began = standing.state_since
    if key == "read_application":
        began = standing.submitted_at or began
    elif key == "review_recording":
        began = standing.recording_sent_at or began
    elif key == "decide_after_final":
        # The applicant was promised an answer from the interview on, not from its scorecard.
        began = standing.interview_ends_at or began
    return began + timedelta(days=int(standing.promises.get(key) or usual))


def _turn(standing: Standing, now: datetime) -> tuple[Party, tuple[str, ...], str]:
    state = STATES[standing.state]
    if standing.state in ("answers_in_review", "resume_in_review"):
        return _reading_turn(standing)
    if standing.state == "recording_due" and standing.recording_call_by is not None:
        return Party.REVIEWER, standing.reviewers, N_("Call and write the answers down")
    if standing.state == "recording_in_review":
        return Party.REVIEWER, standing.reviewers, N_("Watch and score the recording")
    if standing.state == "final_interview_booked":
        names = (standing.interviewer,) if standing.interviewer else ()
        held = standing.interview_ends_at is not None and standing.interview_ends_at <= now
        return Party.INTERVIEWER, names, N_("Send the scorecard") if held else N_("Hold the interview")
    if standing.state == "in_routing":
        office = (standing.office,) if standing.office else ()
        if standing.proposed_at is not None:
            step = N_("Confirm the release") if standing.waits_for_second else N_("Release the proposal")
            return Party.MANAGER, office, step
        return Party.ROUTING, (), N_("Wait for the next routing run")
    if standing.state == "placement_in_review":
        step = N_("Meet and decide") if _escalated_at(standing, now) is None else N_("Call the office")
        return Party.OFFICE, (standing.office,) if standing.office else (), step
    return state.turn, (), _STEPS[standing.state]


def _reading_turn(standing: Standing) -> tuple[Party, tuple[str, ...], str]:
    if standing.missing_readings > 0 or standing.open_readings == 0:
        return Party.MANAGER, (), N_("Assign readers")
    step = N_("Score the answers") if standing.state == "answers_in_review" else N_("Score the résumé")
    return Party.READERS, standing.readers, step


_STEPS: Mapping[str, str] = {
    "draft": N_("Finish and send the application"),
    "reading_decision": N_("Decide after the reading"),
    "recording_due": N_("Record the interview"),
    "recording_decision": N_("Decide after the recording"),
    "booking_due": N_("Choose an interview time"),
    "final_decision": N_("Decide after the final interview"),
    "placement_approved": N_("Send the offer"),
    "offer_sent": N_("Answer the offer"),
}

_WAITING: Mapping[Party, Urgency] = {
    Party.MANAGER: Urgency.DECIDE,
    Party.READERS: Urgency.READERS,
    Party.REVIEWER: Urgency.READERS,
    Party.INTERVIEWER: Urgency.READERS,
    Party.ROUTING: Urgency.OFFICE,
    Party.OFFICE: Urgency.OFFICE,
    Party.APPLICANT: Urgency.APPLICANT,
}


def _urgency(standing: Standing, owner: Party, due_at: datetime, now: datetime, zone: str) -> Urgency:
    if late_by(due_at, now) > timedelta(0):
        return Urgency.LATE
    if due_at.astimezone(ZoneInfo(zone)).date() == now.astimezone(ZoneInfo(zone)).date():
        return Urgency.TODAY
    if _escalated_at(standing, now) is not None:
        return Urgency.ESCALATED
    sent = standing.submitted_at
    if standing.state == "answers_in_review" and sent is not None and now - sent < NEW_FOR and owner != Party.MANAGER:
        return Urgency.NEW
    return _WAITING[owner]


def late_by(due_at: datetime | None, now: datetime) -> timedelta:
    """Return for how long something has been late; zero where it is not."""
    return max(now - due_at, timedelta(0)) if due_at is not None else timedelta(0)


def days_in(since: datetime, now: datetime) -> int:
    """Return the whole days that have passed."""
    return max(0, (now - since).days)


def missing_readings(state: str, *, answers: int, readings: int, readers_each: int, resume_readings: int) -> int:
    """Return how many readings the policy asks for that nobody has; `readings` are those open or done."""
    if state == "answers_in_review":
        return max(0, answers * readers_each - readings)
    if state == "resume_in_review":
        return max(0, 1 - resume_readings)
    return 0
