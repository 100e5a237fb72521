"""Recorded interviews: the answers of one, what waits for whom, and what a worker has to prepare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.domain.interview_rules import RECORDED_FORMATS, retakes_left
from app.domain.recordings import SLICE_SECONDS
from app.extensions import db
from app.models.application import Answer, Application
from app.models.opening import Question
from app.models.recording import (
    RecordedInterview,
    RecordedSegment,
    RecordedSlice,
    RecordedTake,
    RecordingReview,
    RecordingScore,
)
from app.models.system import AuditEvent
from app.queries.openings import questions_of


@dataclass(frozen=True, slots=True)
class AnswerState:
    """One question and where its answer is: todo, recording, finished (to keep or not), kept, failed."""

    question: Question
    position: int
    status: str
    take: RecordedTake | None
    retakes_left: int
    next_number: int
    arrived_seconds: int

    @property
    def answered(self) -> bool:
        """Whether the interview may be sent with this: also while its upload is under way."""
        return self.status in ("kept", "finished") or (self.status == "recording" and self.arrived_seconds > 0)


def interview_of(application_id: UUID) -> RecordedInterview | None:
    """Return the application's recorded interview, if it was ever invited to one."""
    return db.session.scalar(select(RecordedInterview).where(RecordedInterview.application_id == application_id))


def answer_states(interview: RecordedInterview) -> list[AnswerState]:
    """Return every question of the interview with the state of its answer, in order."""
    opening = interview.application.opening
    takes = list(
        db.session.scalars(
            select(RecordedTake).where(RecordedTake.interview_id == interview.id).order_by(RecordedTake.number)
        )
    )
    arrived = _slices_by_take(interview.id)
    allowed = int(opening.recording_settings.get("retakes", 0))
    states = []
    for position, question in enumerate(questions_of(opening, "recorded"), start=1):
        own = [take for take in takes if take.question_id == question.id]
        used = sum(take.state == "discarded" and counts_as_take(take) for take in own)
        current = next((take for take in reversed(own) if take.state != "discarded"), None)
        seconds = arrived.get(current.id, 0) * SLICE_SECONDS if current else 0
        number = current.number if current and current.state == "recording" else len(own) + 1
        states.append(
            AnswerState(question, position, _status(current), current, retakes_left(allowed, used), number, seconds)
        )
    return states


def counts_as_take(take: RecordedTake) -> bool:
    """Tell whether discarding this take uses up a retake: it was recorded to its end and can be played."""
    return take.format in ("video", "audio") and take.finished_at is not None and take.media_state != "failed"


def _status(take: RecordedTake | None) -> str:
    if take is None:
        return "todo"
    return "failed" if take.media_state == "failed" else take.state


def _slices_by_take(interview_id: UUID) -> dict[UUID, int]:
    rows = db.session.execute(
        select(RecordedSegment.take_id, func.count(RecordedSlice.id))
        .join(RecordedSlice, RecordedSlice.segment_id == RecordedSegment.id)
        .join(RecordedTake, RecordedTake.id == RecordedSegment.take_id)
        .where(RecordedTake.interview_id == interview_id)
        .group_by(RecordedSegment.take_id)
    )
    return {take_id: count for take_id, count in rows}


def current_take(interview_id: UUID, question_id: UUID) -> RecordedTake | None:
    """Return the newest take of a question that was not discarded."""
    return db.session.scalar(
        select(RecordedTake)
        .where(
            RecordedTake.interview_id == interview_id,
            RecordedTake.question_id == question_id,
            RecordedTake.state != "discarded",
        )
        .order_by(RecordedTake.number.desc())
        .limit(1)
    )


def takes_made(interview_id: UUID, question_id: UUID) -> list[RecordedTake]:
    """Return every take of a question, discarded ones too, in order."""
    return list(
        db.session.scalars(
            select(RecordedTake)
            .where(RecordedTake.interview_id == interview_id, RecordedTake.question_id == question_id)
            .order_by(RecordedTake.number)
        )
    )


def bytes_of_take(take_id: UUID) -> int:
    """Return how much of a take has arrived."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(RecordedSlice.size), 0))
            .join(RecordedSegment, RecordedSegment.id == RecordedSlice.segment_id)
            .where(RecordedSegment.take_id == take_id)
        )
        or 0
    )


def slice_at(segment_id: UUID, position: int) -> RecordedSlice | None:
    """Return one slice, if it has arrived."""
    return db.session.scalar(
        select(RecordedSlice).where(RecordedSlice.segment_id == segment_id, RecordedSlice.position == position)
    )


def positions_of(segment_id: UUID) -> list[int]:
    """Return which slices of a segment have arrived."""
    return list(db.session.scalars(select(RecordedSlice.position).where(RecordedSlice.segment_id == segment_id)))


def answer_asked_about(application_id: UUID, question: Question) -> Answer | None:
    """Return the person's own short answer that a recorded question is about."""
    if question.about_answer is None:
        return None
    return db.session.scalar(
        select(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.application_id == application_id, Question.slug == question.about_answer)
        .order_by(Answer.saved_at.desc())
        .limit(1)
    )


def kept_takes(interview_id: UUID) -> dict[UUID, RecordedTake]:
    """Return the answers that were kept, by question."""
    rows = db.session.scalars(
        select(RecordedTake).where(RecordedTake.interview_id == interview_id, RecordedTake.state == "kept")
    )
    return {take.question_id: take for take in rows}


# ---- what a worker prepares ----------------------------------------------------------------------


def takes_to_assemble(limit: int) -> list[RecordedTake]:
    """Return the takes whose file has to be made, the oldest first."""
    return list(
        db.session.scalars(
            select(RecordedTake)
            .where(RecordedTake.media_state == "pending")
            .options(selectinload(RecordedTake.segments).selectinload(RecordedSegment.slices))
            .order_by(RecordedTake.finished_at)
            .limit(limit)
        )
    )


def uploads_given_up(quiet_since: datetime) -> list[RecordedTake]:
    """Return sent answers whose upload never ended and of which nothing has come for a while."""
    newest = (
        select(func.max(RecordedSlice.received_at))
        .join(RecordedSegment, RecordedSegment.id == RecordedSlice.segment_id)
        .where(RecordedSegment.take_id == RecordedTake.id)
        .scalar_subquery()
    )
    return list(
        db.session.scalars(
            select(RecordedTake).where(
                RecordedTake.state == "kept",
                RecordedTake.media_state == "none",
                RecordedTake.format.in_(RECORDED_FORMATS),
                newest < quiet_since,
            )
        )
    )


# ---- reviews -------------------------------------------------------------------------------------


def open_reviews(reviewer_id: UUID) -> list[RecordingReview]:
    """Return the interviews that this person has to watch, the earliest due date first."""
    return _reviews(reviewer_id, [Application.state == "recording_in_review"])


def calls_to_make(reviewer_id: UUID) -> list[RecordingReview]:
    """Return the interviews that were asked for by phone and wait for this person's call."""
    return _reviews(reviewer_id, [Application.state == "recording_due", RecordedInterview.format == "phone"])


def _reviews(reviewer_id: UUID, conditions: Iterable[Any]) -> list[RecordingReview]:
    return list(
        db.session.scalars(
            select(RecordingReview)
            .join(RecordedInterview, RecordedInterview.id == RecordingReview.interview_id)
            .join(Application, Application.id == RecordedInterview.application_id)
            .where(RecordingReview.reviewer_id == reviewer_id, RecordingReview.state == "open", *conditions)
            .order_by(RecordingReview.due_at, RecordingReview.id)
        )
    )


def formats_of(interview_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the formats of each interview's kept answers, each once, in the order of the alphabet."""
    rows = db.session.execute(
        select(RecordedTake.interview_id, RecordedTake.format)
        .where(RecordedTake.interview_id.in_(interview_ids), RecordedTake.state == "kept")
        .distinct()
        .order_by(RecordedTake.format)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for interview_id, kind in rows:
        found[interview_id] = (*found.get(interview_id, ()), kind)
    return found


def begun_reviews(review_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these reviews in which something is scored already."""
    scored = select(RecordingScore.review_id).where(RecordingScore.review_id.in_(review_ids)).distinct()
    return set(db.session.scalars(scored))


def done_reviews(reviewer_id: UUID, limit: int = 20) -> list[RecordingReview]:
    """Return what this person reviewed last."""
    return list(
        db.session.scalars(
            select(RecordingReview)
            .where(RecordingReview.reviewer_id == reviewer_id, RecordingReview.state == "done")
            .order_by(RecordingReview.done_at.desc())
            .limit(limit)
        )
    )


def open_review_of(interview_id: UUID) -> RecordingReview | None:
    """Return the review that is open or done; there is at most one."""
    return db.session.scalar(
        select(RecordingReview).where(
            RecordingReview.interview_id == interview_id, RecordingReview.state.in_(("open", "done"))
        )
    )


def reviewers_who_had(interview_id: UUID) -> set[UUID]:
    """Return everyone who ever had this interview, recusals included."""
    return set(
        db.session.scalars(
            select(RecordingReview.reviewer_id).where(
                RecordingReview.interview_id == interview_id, RecordingReview.state != "cancelled"
            )
        )
    )


def review_loads(reviewer_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many interviews each of these people still has to watch."""
    counts = dict.fromkeys(reviewer_ids, 0)
    rows = db.session.execute(
        select(RecordingReview.reviewer_id, func.count())
        .where(RecordingReview.reviewer_id.in_(list(reviewer_ids)), RecordingReview.state == "open")
        .group_by(RecordingReview.reviewer_id)
    )
    counts.update({reviewer_id: count for reviewer_id, count in rows})
    return counts


def interviews_without_reviewer() -> list[RecordedInterview]:
    """Return interviews that wait for a reviewer or for a call, and have nobody."""
    taken = select(RecordingReview.interview_id).where(RecordingReview.state.in_(("open", "done")))
    return list(
        db.session.scalars(
            select(RecordedInterview)
            .join(Application, Application.id == RecordedInterview.application_id)
            .where(
                (Application.state == "recording_in_review")
                | ((Application.state == "recording_due") & (RecordedInterview.format == "phone")),
                RecordedInterview.id.not_in(taken),
            )
            .order_by(RecordedInterview.submitted_at)
        )
    )


def scores_of_review(review_id: UUID) -> dict[tuple[UUID, UUID], RecordingScore]:
    """Return what was scored so far, by question and rubric."""
    rows = db.session.scalars(select(RecordingScore).where(RecordingScore.review_id == review_id))
    return {(score.question_id, score.rubric_id): score for score in rows}


def watched_since(take_id: UUID, person_id: UUID, since: datetime) -> bool:
    """Tell whether this person's watching of this take is already on the record since then."""
    return (
        db.session.scalar(
            select(AuditEvent.id)
            .where(
                AuditEvent.object_type == "recording",
                AuditEvent.object_id == str(take_id),
                AuditEvent.action == "recording:watch",
                AuditEvent.actor_id == person_id,
                AuditEvent.at >= since,
            )
            .limit(1)
        )
        is not None
    )
