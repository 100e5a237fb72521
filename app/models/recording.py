"""The recorded interview: question, take, segment, slice; and its review."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Json, Key, Moment, Words, one_of
from app.models.opening import Question, Rubric
from app.models.person import Person


class RecordedInterview(Base):
    __tablename__ = "recorded_interview"
    __table_args__ = (
        one_of("format", ["video", "audio", "phone", "written"]),
        CheckConstraint("submitted_at IS NULL OR consented_at IS NOT NULL", name="sent_with_consent"),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), unique=True)
    format: Mapped[str] = mapped_column(String(8), default="video")
    invited_at: Mapped[Moment]
    due_at: Mapped[Moment]
    # Time adjustments and extensions that were granted, without any reason.
    adjustments: Mapped[Json]
    consented_at: Mapped[Moment | None]
    consent_version: Mapped[int | None]
    submitted_at: Mapped[Moment | None]
    # The person asked us to delete the recordings, and when that was done.
    deletion_asked_at: Mapped[Moment | None]
    deleted_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    # Mails and pages reach the interview as application.recorded_interview.
    application: Mapped[Application] = relationship(backref=backref("recorded_interview", uselist=False))
    takes: Mapped[list[RecordedTake]] = relationship(order_by="RecordedTake.number", back_populates="interview")
    __mapper_args__ = {"version_id_col": row_version}


class RecordedTake(Base):
    """One try at one question. It counts as a take only once it was finished: a failure never burns one."""

    __tablename__ = "recorded_take"
    __table_args__ = (
        UniqueConstraint("interview_id", "question_id", "number"),
        one_of("format", ["video", "audio", "upload", "written", "phone"]),
        one_of("state", ["recording", "finished", "kept", "discarded"]),
        one_of("media_state", ["none", "pending", "ready", "failed"]),
        CheckConstraint("media_state <> 'ready' OR storage_key IS NOT NULL", name="ready_has_file"),
        Index(
            "uq_recorded_take_kept", "interview_id", "question_id", unique=True,
            postgresql_where=text("state = 'kept'"),
        ),
        Index("ix_recorded_take_pending", "finished_at", postgresql_where=text("media_state = 'pending'")),
    )  # fmt: skip
    id: Mapped[Key]
    interview_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recorded_interview.id"), index=True)
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("question.id"))
    number: Mapped[int]
    format: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12), default="recording")
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]
    seconds: Mapped[int | None]
    written_text: Mapped[Words | None]
    # The assembled file that people watch; made by a worker out of the slices.
    media_state: Mapped[str] = mapped_column(String(8), default="none")
    media_failure: Mapped[Words | None]
    media_attempts: Mapped[int] = mapped_column(default=0)
    storage_key: Mapped[str | None] = mapped_column(String(200))
    media_type: Mapped[str | None] = mapped_column(String(80))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    interview: Mapped[RecordedInterview] = relationship(back_populates="takes")
    question: Mapped[Question] = relationship()
    segments: Mapped[list[RecordedSegment]] = relationship(order_by="RecordedSegment.position", back_populates="take")


class RecordedSegment(Base):
    """What one browser recorded without a break; a reload or another device begins a new one."""

    __tablename__ = "recorded_segment"
    __table_args__ = (UniqueConstraint("take_id", "position"),)
    id: Mapped[Key]
    take_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recorded_take.id"))
    position: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]
    # How many slices the browser said that there are; known when it stops.
    slices_expected: Mapped[int | None]
    take: Mapped[RecordedTake] = relationship(back_populates="segments")
    slices: Mapped[list[RecordedSlice]] = relationship(order_by="RecordedSlice.position", back_populates="segment")


class RecordedSlice(Base):
    __tablename__ = "recorded_slice"
    __table_args__ = (
        UniqueConstraint("segment_id", "position"),
        CheckConstraint("size > 0", name="not_empty"),
    )
    id: Mapped[Key]
    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recorded_segment.id"))
    position: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[Moment]
    segment: Mapped[RecordedSegment] = relationship(back_populates="slices")


class RecordingReview(Base):
    """One staff person's review of one recorded interview."""

    __tablename__ = "recording_review"
    __table_args__ = (
        one_of("state", ["open", "done", "recused", "cancelled"]),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_date"),
        Index("ix_recording_review_due_open", "due_at", postgresql_where=text("state = 'open'")),
        Index(
            "uq_recording_review_reviewer", "interview_id", "reviewer_id", unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    interview_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recorded_interview.id"), index=True)
    reviewer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="open")
    assigned_at: Mapped[Moment]
    due_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    note: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    interview: Mapped[RecordedInterview] = relationship()
    reviewer: Mapped[Person] = relationship()
    scores: Mapped[list[RecordingScore]] = relationship(back_populates="review")
    __mapper_args__ = {"version_id_col": row_version}


class RecordingScore(Base):
    __tablename__ = "recording_score"
    __table_args__ = (
        UniqueConstraint("review_id", "question_id", "rubric_id"),
        CheckConstraint("value BETWEEN 1 AND 4", name="value_range"),
    )
    id: Mapped[Key]
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recording_review.id"))
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("question.id"))
    rubric_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rubric.id"))
    value: Mapped[int]
    note: Mapped[Words | None]
    scored_at: Mapped[Moment]
    review: Mapped[RecordingReview] = relationship(back_populates="scores")
    rubric: Mapped[Rubric] = relationship()
