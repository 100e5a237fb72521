"""The office's meeting and decision, the offer, and the placement."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Day, Key, Moment, Money, Words, one_of
from app.models.office import Office
from app.models.person import Person
from app.models.routing import Proposal

DECLINE_REASONS = ("conflict", "fit", "needs", "timing", "other")


class Meeting(Base):
    """The office met the person: recorded before it approves."""

    __tablename__ = "meeting"
    id: Mapped[Key]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposal.id"), unique=True)
    held_on: Mapped[Day]
    format: Mapped[str] = mapped_column(String(16))
    notes: Mapped[Words] = mapped_column(default="")
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[Moment]
    proposal: Mapped[Proposal] = relationship()


class PlacementDecision(Base):
    """What the office (or, for "passed on", the manager) decided. Always a person, always a date."""

    __tablename__ = "placement_decision"
    __table_args__ = (
        one_of("kind", ["approve", "decline", "not_now", "passed_on"]),
        CheckConstraint("kind <> 'decline' OR reason_code IS NOT NULL", name="decline_has_reason"),
        CheckConstraint("(kind = 'not_now') = (not_before IS NOT NULL)", name="not_now_has_date"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        CheckConstraint("kind = 'approve' OR (undone_at IS NULL AND ended_at IS NULL)", name="only_approval_ends"),
        # One approved placement per application; a seat is taken by exactly such a row.
        Index(
            "uq_placement_decision_approved", "application_id", unique=True,
            postgresql_where=text("kind = 'approve' AND undone_at IS NULL AND ended_at IS NULL"),
        ),
        Index(
            "ix_placement_decision_taken", "pool_id",
            postgresql_where=text("kind = 'approve' AND undone_at IS NULL AND ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposal.id"), index=True)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat_pool.id"))
    kind: Mapped[str] = mapped_column(String(12))
    reason_code: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[Words | None]
    conditions: Mapped[Words | None]
    not_before: Mapped[Day | None]
    starts_on: Mapped[Day | None]
    decided_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]
    undone_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    # An approval ends when the offer is declined, the person withdraws or the placement ends: the seat is free.
    ended_at: Mapped[Moment | None]
    proposal: Mapped[Proposal] = relationship()
    application: Mapped[Application] = relationship()
    office: Mapped[Office] = relationship()
    decided_by: Mapped[Person] = relationship(foreign_keys=[decided_by_id])


class Offer(Base):
    __tablename__ = "offer"
    __table_args__ = (
        one_of("answer", ["accepted", "declined"]),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_date"),
    )
    id: Mapped[Key]
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("placement_decision.id"), unique=True)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    sent_at: Mapped[Moment]
    # Empty where the worker sent it at the end of the undo time.
    sent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answer_by: Mapped[Moment]
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
    conditions: Mapped[Words | None]
    year1_hourly: Mapped[Money]
    year1_annual: Mapped[Money]
    year2_hourly: Mapped[Money | None]
    year2_annual: Mapped[Money | None]
    spanish_increase_hourly: Mapped[Money | None]
    answer: Mapped[str | None] = mapped_column(String(12))
    answered_at: Mapped[Moment | None]
    decline_reason: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    decision: Mapped[PlacementDecision] = relationship()
    application: Mapped[Application] = relationship()
    office: Mapped[Office] = relationship()
    __mapper_args__ = {"version_id_col": row_version}


class Placement(Base):
    """The fellow's placement: office, dates, pay of both years. Year 2 is possible, not promised."""

    __tablename__ = "placement"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),)
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), unique=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offer.id"), unique=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"), index=True)
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
    year1_hourly: Mapped[Money]
    year1_annual: Mapped[Money]
    year2_hourly: Mapped[Money | None]
    year2_annual: Mapped[Money | None]
    year2_approved_at: Mapped[Moment | None]
    year2_approved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    year2_reason: Mapped[Words | None]
    spanish_increase_hourly: Mapped[Money | None]
    created_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    application: Mapped[Application] = relationship()
    offer: Mapped[Offer] = relationship()
    office: Mapped[Office] = relationship()
    __mapper_args__ = {"version_id_col": row_version}
