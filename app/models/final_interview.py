"""The final interview: published times, bookings, scorecards."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Key, Moment, Words, one_of
from app.models.opening import Opening, Rubric
from app.models.person import Person


class InterviewSlot(Base):
    """A time that an interviewer offers. One person cannot offer two that overlap."""

    __tablename__ = "interview_slot"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        ExcludeConstraint(
            ("interviewer_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("withdrawn_at IS NULL"),
            using="gist",
            name="interview_slot_no_overlap",
        ),
        Index("ix_interview_slot_opening_starts", "opening_id", "starts_at"),
    )
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    interviewer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    # Where the talk happens: a link or a number that the interviewer gives.
    place: Mapped[Words]
    published_at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]
    opening: Mapped[Opening] = relationship()
    interviewer: Mapped[Person] = relationship()


class Booking(Base):
    __tablename__ = "booking"
    __table_args__ = (
        one_of("format", ["video", "phone"]),
        Index("uq_booking_slot", "slot_id", unique=True, postgresql_where=text("cancelled_at IS NULL")),
        Index("uq_booking_application", "application_id", unique=True, postgresql_where=text("cancelled_at IS NULL")),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name="cancelled_by_somebody"),
    )
    id: Mapped[Key]
    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("interview_slot.id"))
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    format: Mapped[str] = mapped_column(String(8), default="video")
    # What the person needs for the talk (an interpreter, captions), never why.
    needs: Mapped[Words | None]
    booked_at: Mapped[Moment]
    booked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[Moment | None]
    cancelled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[Words | None]
    no_show: Mapped[bool] = mapped_column(default=False)
    slot: Mapped[InterviewSlot] = relationship()
    application: Mapped[Application] = relationship()


class Scorecard(Base):
    __tablename__ = "scorecard"
    __table_args__ = (
        one_of("state", ["draft", "submitted"]),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_has_date"),
    )
    id: Mapped[Key]
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id"), unique=True)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    interviewer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    # Notes stay inside PFJ; the strengths are what the office later reads.
    notes: Mapped[Words] = mapped_column(default="")
    strengths: Mapped[Words] = mapped_column(default="")
    # The level that the interviewer, who speaks it, verified; empty where it was not checked.
    spanish_level: Mapped[str | None] = mapped_column(String(16))
    speaks_spanish: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    booking: Mapped[Booking] = relationship()
    application: Mapped[Application] = relationship()
    interviewer: Mapped[Person] = relationship()
    entries: Mapped[list[ScorecardEntry]] = relationship(back_populates="scorecard")
    __mapper_args__ = {"version_id_col": row_version}


class ScorecardEntry(Base):
    """A score of 1 to 4 on one competence, with its evidence; empty while it is a draft."""

    __tablename__ = "scorecard_entry"
    __table_args__ = (
        UniqueConstraint("scorecard_id", "rubric_id"),
        CheckConstraint("value BETWEEN 1 AND 4", name="value_range"),
    )
    id: Mapped[Key]
    scorecard_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scorecard.id"))
    rubric_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rubric.id"))
    value: Mapped[int | None]
    evidence: Mapped[Words] = mapped_column(default="")
    scorecard: Mapped[Scorecard] = relationship(back_populates="entries")
    rubric: Mapped[Rubric] = relationship()
