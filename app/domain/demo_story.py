"""Maya's way through the demo: who acts next, where, and what to do, told from her application alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.domain.words import N_

# "none": to be offered; "offered": Maya chooses; "countered": she offered other times; "agreed"; "held": recorded.
Meeting = Literal["none", "offered", "countered", "agreed", "held"]


@dataclass(frozen=True, slots=True)
class Pending:
    """One thing that waits for one person: a reading, a review, a booking, a proposal or an offer."""

    id: UUID
    person_id: UUID
    # Of whoever has it, for the words of the act.
    name: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where Maya's application stands. Fields are empty where nothing of the kind waits."""

    application_id: UUID
    applicant_id: UUID
    manager_id: UUID
    state: str
    readings: tuple[Pending, ...] = ()
    # Whom the story follows while the answers are read, and whether any of them is scored by now.
    reader_id: UUID | None = None
    reading_begun: bool = False
    resume: Pending | None = None
    review: Pending | None = None
    booking: Pending | None = None
    interview_begins: datetime | None = None
    proposal: Pending | None = None
    office: str = ""
    # Where the meeting with the office stands, and when the agreed one ends.
    meeting: Meeting = "none"
    meeting_ends: datetime | None = None


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
    # What the person is told on their own page, where `text` says more than they may know; "" where it does not.
    told: str = ""
    # Nobody whom the story follows has a part in it: the demo does it when the visitor goes on.
    by_itself: bool = False
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
    """One reader whom the visitor is; then the others' part at once, so that the story keeps to its people."""
    if not situation.readings:
        return _manager("readers", "manage.candidates.show", N_("Maya’s answers wait for readers."))(situation, now)
    followed = [reading for reading in situation.readings if reading.person_id == situation.reader_id]
    first = followed[0] if followed else situation.readings[0]
    values = {"reading_id": first.id}
    if situation.reading_begun and not followed:
        text = N_("Two people read each answer. The other readers now score their part of Maya’s.")
        label = N_("Let the other readers score theirs")
        return Act("colleagues", first.person_id, "staff.reading.score", values, text, label, by_itself=True)
    own = [reading for reading in situation.readings if reading.person_id == first.person_id]
    return Act(
        "answers",
        first.person_id,
        "staff.reading.score",
        values,
        N_("Two people read each of Maya’s answers without seeing her name. Left for %(name)s to score: %(count)d."),
        N_("Score these answers for me"),
        {"count": len(own), "name": first.name},
        # Whoever reads stays blind: whose answer it is, only the story's page says.
        N_("Short answers are scored here without their writers’ names. Left of one application: %(count)d."),
    )


def _resume(situation: Situation, now: datetime) -> Act:
    if situation.resume is None:
        return _manager("readers", "manage.candidates.show", N_("Maya’s résumé waits for a reader."))(situation, now)
    return Act(
        "resume",
        situation.resume.person_id,
        "staff.resumes.score",
        {"reading_id": situation.resume.id},
        N_("All answers are scored. %(name)s, who has the least to do, now reads Maya’s résumé with her name."),
        N_("Score the résumé for me"),
        {"name": situation.resume.name},
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
        N_("%(name)s watches Maya’s recorded interview and scores it."),
        N_("Score the recording for me"),
        {"name": situation.review.name},
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
        N_(
            "%(name)s talks with Maya for 45 minutes, in Spanish too. The kit has the questions; the scorecard is"
            " filled in beside them and sent."
        ),
        N_("Hold the interview and send the scorecard for me"),
        {"name": situation.booking.name},
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
        N_(
            "The routing proposes %(office)s for Maya. Read why, then release the proposal, so that the office sees it."
        ),
        N_("Release the proposal for me"),
        {"office": situation.office},
    )


def _office(situation: Situation, now: datetime) -> Act:
    """The office offers three times, Maya takes one, they meet, and the office decides."""
    assert situation.proposal is not None
    proposal, office = situation.proposal, {"office": situation.office, "name": situation.proposal.name}
    if situation.meeting == "offered":
        return Act(
            "take_time",
            situation.applicant_id,
            "applicant.meetings.show",
            {"application_id": situation.application_id},
            N_("%(name)s of the office in %(office)s offers three times to meet. Maya chooses one."),
            N_("Choose the first time for me"),
            office,
        )
    if situation.meeting in ("none", "countered"):
        return Act(
            "offer_times",
            proposal.person_id,
            "defender.meetings.show",
            {"proposal_id": proposal.id},
            N_("%(name)s of the office in %(office)s would like to meet Maya and offers her three times.")
            if situation.meeting == "none"
            else N_(
                "Maya offers other times. %(name)s of the office in %(office)s takes one, or offers three new ones."
            ),
            N_("Offer three times for me"),
            office,
        )
    ends = situation.meeting_ends
    return Act(
        "office",
        proposal.person_id,
        "defender.placements.show",
        {"proposal_id": proposal.id},
        N_("%(name)s of the office in %(office)s meets Maya, records the meeting, and decides about the placement."),
        N_("Record the meeting and approve for me"),
        office,
        not_before=ends if ends is not None and ends > now else None,
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
        N_("Book a time with Priya for me"),
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
