"""Maya's way through the demo: who acts next, where, and what to do, told from her application alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.words import N_


@dataclass(frozen=True, slots=True)
class Pending:
    """One thing that waits for one person: a reading, a review, a booking, a proposal or an offer."""

    id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Situation:
    """Where Maya's application stands. Fields are empty where nothing of the kind waits."""

    application_id: UUID
    applicant_id: UUID
    manager_id: UUID
    state: str
    readings: tuple[Pending, ...] = ()
    resume: Pending | None = None
    review: Pending | None = None
    booking: Pending | None = None
    interview_begins: datetime | None = None
    proposal: Pending | None = None
    office: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What happens next. `shortcut` names what the demo can do in the person's stead; "" where it cannot.

    `text` and `shortcut_label` are marked for translation; `details` fill their places.
    """

    key: str
    person_id: UUID
    endpoint: str
    values: Mapping[str, UUID] = field(default_factory=dict)
    text: str = ""
    shortcut_label: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    # The clock has to stand here before the act makes sense.
    not_before: datetime | None = None

    @property
    def shortcut(self) -> str:
        """What the demo does in the person's stead."""
        return self.key if self.shortcut_label else ""


def _maya(key: str, endpoint: str, text: str, shortcut_label: str = "") -> Callable[[Situation, datetime], Act]:
    def build(situation: Situation, _now: datetime) -> Act:
        values = {"application_id": situation.application_id}
        return Act(key, situation.applicant_id, endpoint, values, text, shortcut_label)

    return build


def _manager(key: str, endpoint: str, text: str, shortcut_label: str = "") -> Callable[[Situation, datetime], Act]:
    def build(situation: Situation, _now: datetime) -> Act:
        values = {"application_id": situation.application_id}
        return Act(key, situation.manager_id, endpoint, values, text, shortcut_label)

    return build


def _answers(situation: Situation, now: datetime) -> Act:
    if not situation.readings:
        return _manager("readers", "manage.candidates.show", N_("Maya’s answers wait for readers."))(situation, now)
    first = situation.readings[0]
    own = [reading for reading in situation.readings if reading.person_id == first.person_id]
    return Act(
        "answers",
        first.person_id,
        "staff.reading.score",
        {"reading_id": first.id},
        N_("Maya’s answers are being read, without her name. This reader has %(count)d of hers to score."),
        N_("Score this reader’s answers for me"),
        {"count": len(own)},
    )


def _resume(situation: Situation, now: datetime) -> Act:
    if situation.resume is None:
        return _manager("readers", "manage.candidates.show", N_("Maya’s résumé waits for a reader."))(situation, now)
    return Act(
        "resume",
        situation.resume.person_id,
        "staff.resumes.score",
        {"reading_id": situation.resume.id},
        N_("The answers are scored. One person now reads Maya’s résumé."),
        N_("Score the résumé for me"),
    )


def _review(situation: Situation, now: datetime) -> Act:
    if situation.review is None:
        return _manager("readers", "manage.candidates.show", N_("Maya’s recording waits for a reviewer."))(
            situation, now
        )
    return Act(
        "review",
        situation.review.person_id,
        "staff.recordings.score",
        {"review_id": situation.review.id},
        N_("Watch Maya’s recorded interview and score it."),
        N_("Score the recording for me"),
    )


def _interview(situation: Situation, now: datetime) -> Act:
    assert situation.booking is not None
    begins = situation.interview_begins
    ahead = begins is not None and begins > now
    return Act(
        "scorecard",
        situation.booking.person_id,
        "staff.scorecards.edit",
        {"booking_id": situation.booking.id},
        N_("The final interview is held: fill in the scorecard while you talk with Maya, then send it."),
        N_("Fill in the scorecard for me"),
        # Five minutes into the talk; the demo's clock is moved there.
        not_before=begins + timedelta(minutes=5) if ahead and begins is not None else None,
    )


def _routing(situation: Situation, now: datetime) -> Act:
    if situation.proposal is None:
        text = N_("Maya passed the interviews. Run the routing and see why it proposes which office.")
        return _manager("routing", "manage.routing.index", text, N_("Run the routing for me"))(situation, now)
    return Act(
        "release",
        situation.manager_id,
        "manage.routing.index",
        {},
        N_("The routing proposes %(office)s for Maya. Read why, then release the proposal to the office."),
        N_("Release the proposal for me"),
        {"office": situation.office},
    )


def _office(situation: Situation, now: datetime) -> Act:
    assert situation.proposal is not None
    return Act(
        "office",
        situation.proposal.person_id,
        "defender.placements.show",
        {"proposal_id": situation.proposal.id},
        N_("The office in %(office)s meets Maya: record the meeting, then approve the placement."),
        N_("Record a meeting and approve for me"),
        {"office": situation.office},
    )


ACTS: Mapping[str, Callable[[Situation, datetime], Act]] = {
    "draft": _maya(
        "send", "applicant.review.show", N_("Maya’s application is finished. Check it and send it."),
        N_("Send the application for me"),
    ),
    "answers_in_review": _answers,
    "resume_in_review": _resume,
    "reading_decision": _manager(
        "decide", "manage.candidates.show", N_("The scores are below the threshold, so a person decides about Maya."),
        N_("Let her go on"),
    ),
    "recording_due": _maya(
        "record", "applicant.recordings.show",
        N_("It is Maya’s turn to record three answers: with a camera, as a file, or in writing."),
        N_("Use a prepared recording"),
    ),
    "recording_in_review": _review,
    "recording_decision": _manager(
        "decide", "manage.candidates.show", N_("The scores are below the threshold, so a person decides about Maya."),
        N_("Let her go on"),
    ),
    "booking_due": _maya(
        "book", "applicant.bookings.show", N_("Maya chooses a time for her final interview."),
        N_("Book the first time for me"),
    ),
    "final_interview_booked": _interview,
    "final_decision": _manager(
        "decide", "manage.candidates.show",
        N_("The scorecard is in. Read it and decide whether Maya goes on to the offices."), N_("Let her go on"),
    ),
    "in_routing": _routing,
    "placement_in_review": _office,
    "placement_approved": _manager(
        "offer", "manage.candidates.show",
        N_("The office approved Maya. The offer leaves by itself after 24 hours; the manager may send it now."),
        N_("Send the offer for me"),
    ),
    "offer_sent": _maya(
        "accept", "applicant.offers.show", N_("Maya has an offer. She reads it and accepts."),
        N_("Accept the offer for me"),
    ),
}  # fmt: skip


def next_act(situation: Situation, now: datetime) -> Act | None:
    """Return what happens next with Maya's application; None where the story is over."""
    build = ACTS.get(situation.state)
    return None if build is None else build(situation, now)
