"""One person watches each recorded interview and scores it by the opening's rubric."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from app.domain.access import Role
from app.domain.actors import By
from app.domain.interview_rules import RECORDED_FORMATS, promised_call
from app.domain.pipeline import Gate
from app.domain.refusals import Refusal
from app.domain.scoring import checked_score, gate_result, outcome
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.opening import Rubric
from app.models.person import Person
from app.models.recording import RecordedInterview, RecordingReview, RecordingScore
from app.queries.openings import questions_of
from app.queries.people import people_with_role
from app.queries.reading import rubrics_for_recorded
from app.queries.recordings import (
    interviews_without_reviewer,
    kept_takes,
    open_review_of,
    review_loads,
    reviewers_who_had,
    scores_of_review,
)
from app.services.gates import advance
from app.services.history import move
from app.services.notices import owe_notice
from app.services.reading import points
from app.services.recordings.common import lock

# Interviewers watch; readers do where no interviewer can.
REVIEWERS = ((Role.INTERVIEWER,), (Role.READER, Role.READING_LEAD))
CLOSED = N_("The review of this interview is complete, so its scores can no longer be changed.")
NOT_READY = N_("An answer is still being prepared for watching. Your scores are kept; finish when it can be played.")
CHOOSE_ALL = N_("Choose 1 to 4 for every question.")
Scores = Mapping[tuple[UUID, UUID], int]


def assign_reviewer(interview: RecordedInterview, *, now: datetime) -> RecordingReview | None:
    """Name who watches this interview: whoever owes least. None where nobody can; a worker tries again.

    Where the person asked for a phone call instead, the reviewer makes it by the promised day and is told so.
    """
    review = open_review_of(interview.id)
    if review is not None:
        return review
    reviewer = _choose(interview)
    if reviewer is None:
        return None
    days = int(interview.application.opening.promises.get("review_recording", 10))
    due_at = now + timedelta(days=days)
    calls = interview.format == "phone" and interview.submitted_at is None
    if calls:
        due_at = promised_call(interview.due_at, interview.adjustments)
    review = RecordingReview(interview_id=interview.id, reviewer_id=reviewer.id, assigned_at=now, due_at=due_at)
    db.session.add(review)
    db.session.flush()
    if calls:
        owe_notice(
            "call_asked",
            subject_id=review.id,
            recipient=reviewer,
            application=interview.application,
            context={"review_id": str(review.id), "deadline": due_at.isoformat()},
            now=now,
        )
    return review


def assign_missing_reviewers(*, now: datetime) -> int:
    """Name a reviewer where there is none (a worker's task); return how many were named."""
    return sum(assign_reviewer(interview, now=now) is not None for interview in interviews_without_reviewer())


def recuse_review(review: RecordingReview, *, now: datetime) -> None:
    """The reviewer knows the person: somebody else watches."""
    interview = lock(review.interview_id)
    db.session.refresh(review)
    if review.state != "open":
        raise Refusal(N_("This interview is no longer waiting for you."))
    review.state = "recused"
    db.session.flush()
    assign_reviewer(interview, now=now)


def save_review_draft(review: RecordingReview, scores: Scores, *, note: str | None, now: datetime) -> None:
    """Keep what was scored so far; the review stays open."""
    lock(review.interview_id)
    db.session.refresh(review)
    _must_be_open(review)
    _keep(review, scores, now)
    review.note = note
    db.session.flush()


def save_recording_review(
    review: RecordingReview, scores: Scores, *, note: str | None, by: UUID, now: datetime
) -> None:
    """Keep all scores; the person goes on to the next gate, or waits for a manager's decision.

    Raises Refusal: 422 a score is missing, 409 the review is closed or an answer cannot be watched yet.
    """
    interview = lock(review.interview_id)
    db.session.refresh(review)
    _must_be_open(review)
    application = interview.application
    rubrics = wanted_scores(application)
    if set(scores) != set(rubrics):
        raise Refusal(CHOOSE_ALL, status=422)
    for take in kept_takes(interview.id).values():
        if take.format in RECORDED_FORMATS and take.media_state in ("none", "pending"):
            raise Refusal(NOT_READY)
    _keep(review, scores, now)
    review.note = note
    review.state, review.done_at = "done", now
    result = _result(rubrics, scores)
    application.recorded_result = points(result)
    db.session.flush()
    if outcome(result, Fraction(application.opening.recording_threshold)) == "advance":
        advance(application, after=Gate.RECORDED, by=By(person_id=by), now=now)
    else:
        move(application, "hold_after_recording", by=By(person_id=by), now=now)


def wanted_scores(application: Application) -> dict[tuple[UUID, UUID], Rubric]:
    """Return every pair of question and rubric that a review has to score."""
    return {
        (question.id, rubric.id): rubric
        for question in questions_of(application.opening, "recorded")
        for rubric in rubrics_for_recorded(question)
    }


def _result(rubrics: Mapping[tuple[UUID, UUID], Rubric], scores: Scores) -> Fraction:
    by_question: dict[UUID, dict[str, Fraction]] = {}
    for (question_id, rubric_id), value in scores.items():
        by_question.setdefault(question_id, {})[str(rubric_id)] = Fraction(value)
    preferred = {str(rubric.id) for rubric in rubrics.values() if rubric.preferred}
    return gate_result(list(by_question.values()), preferred)


def _must_be_open(review: RecordingReview) -> None:
    if review.state != "open" or review.interview.application.state != "recording_in_review":
        raise Refusal(CLOSED)


def _keep(review: RecordingReview, scores: Scores, now: datetime) -> None:
    known = scores_of_review(review.id)
    for (question_id, rubric_id), value in scores.items():
        score = known.get((question_id, rubric_id))
        if score is None:
            score = RecordingScore(review_id=review.id, question_id=question_id, rubric_id=rubric_id)
            db.session.add(score)
        score.value, score.scored_at = checked_score(value), now


def _choose(interview: RecordedInterview) -> Person | None:
    application = interview.application
    had = reviewers_who_had(interview.id) | {application.person_id}
    for roles in REVIEWERS:
        people = [person for person in people_with_role(application.opening, roles) if person.id not in had]
        if people:
            return _who_owes_least(interview, people)
    return None


def _who_owes_least(interview: RecordedInterview, people: Sequence[Person]) -> Person:
    loads = review_loads([person.id for person in people])

    def order(person: Person) -> tuple[int, str]:
        return loads[person.id], hashlib.sha256(interview.id.bytes + person.id.bytes).hexdigest()

    return min(people, key=order)
