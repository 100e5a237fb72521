"""The office's meeting and decision, the offer, and the placement."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Day, Key, Moment, Money, Words, one_of
from app.models.office import Office
from app.models.person import Person
from app.models.routing import Proposal

DECLINE_REASONS = ("conflict", "fit", "needs", "timing", "other")
MEETING_OUTCOMES = ("held", "not_held")


class MeetingInvitation(Base):
    """Three times for the meeting, offered by one side; the other side takes one, or offers its own.

    At most one is live for a proposal: the offer that waits for an answer, or the time that both sides took.
    """

    __tablename__ = "meeting_invitation"
    __table_args__ = (
        one_of("offered_by_side", ["office", "applicant"]),
        one_of("state", ["open", "accepted", "replaced", "canceled"]),
        one_of("format", ["video", "phone", "in_person"]),
        CheckConstraint("minutes BETWEEN 10 AND 240", name="minutes_sensible"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answer_ends_it"),
        Index(
            "uq_meeting_invitation_live", "proposal_id", unique=True,
            postgresql_where=text("state IN ('open', 'accepted')"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposal.id"), index=True)
    offered_by_side: Mapped[str] = mapped_column(String(12))
    offered_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[Moment]
    format: Mapped[str] = mapped_column(String(16))
    # A street address, a video address or a phone number, as the office writes it.
    place: Mapped[Words] = mapped_column(default="")
    minutes: Mapped[int]
    message: Mapped[Words] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="open")
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    row_version: Mapped[int] = mapped_column()
    proposal: Mapped[Proposal] = relationship()
    offered_by: Mapped[Person] = relationship(foreign_keys=[offered_by_id])
    times: Mapped[list[MeetingTime]] = relationship(order_by="MeetingTime.starts_at", back_populates="invitation")
    __mapper_args__ = {"version_id_col": row_version}


class MeetingTime(Base):
    """One of the times that were offered; `chosen` is the one that both sides took."""

    __tablename__ = "meeting_time"
    __table_args__ = (
        UniqueConstraint("invitation_id", "starts_at"),
        Index("uq_meeting_time_chosen", "invitation_id", unique=True, postgresql_where=text("chosen")),
    )
    id: Mapped[Key]
    invitation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting_invitation.id"))
    starts_at: Mapped[Moment]
    chosen: Mapped[bool] = mapped_column(default=False)
    invitation: Mapped[MeetingInvitation] = relationship(back_populates="times")


class Meeting(Base):
    """Whether the office met the person: recorded before it approves."""

    __tablename__ = "meeting"
    __table_args__ = (one_of("outcome", MEETING_OUTCOMES),)
    id: Mapped[Key]
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposal.id"), unique=True)
    held_on: Mapped[Day]
    format: Mapped[str] = mapped_column(String(16))
    notes: Mapped[Words] = mapped_column(default="")
    # Only a meeting that was held opens the way to an approval.
    outcome: Mapped[str] = mapped_column(String(12), default="held", server_default="held")
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
        CheckConstraint("more_time_given >= 0", name="more_time_counted"),
    )
    id: Mapped[Key]
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("placement_decision.id"), unique=True)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    sent_at: Mapped[Moment]
    # Empty where the worker sent it at the end of the undo time.
    sent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answer_by: Mapped[Moment]
    # How often the date was moved: the first time the applicant gets it at once, later a manager decides.
    more_time_given: Mapped[int] = mapped_column(default=0, server_default=text("0"))
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
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        one_of("year2_outcome", ["approved", "not_approved"]),
        CheckConstraint(
            "(year2_outcome IS NULL) = (year2_approved_at IS NULL)"
            " AND (year2_outcome IS NULL) = (year2_approved_by_id IS NULL)"
            " AND (year2_outcome IS NULL) = (year2_reason IS NULL)",
            name="year2_decision_is_whole",
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL) AND (ended_at IS NULL) = (last_day IS NULL)"
            " AND (ended_at IS NULL) = (end_reason IS NULL)",
            name="end_is_whole",
        ),
    )
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
    # "Possible", says the post: a decision of a person, with a reason, either way. Two columns keep the names from
    # the time when only an approval was known: a rename would break the web that still runs during a deploy.
    year2_outcome: Mapped[str | None] = mapped_column(String(16))
    year2_decided_at: Mapped[Moment | None] = mapped_column("year2_approved_at")
    year2_decided_by_id: Mapped[uuid.UUID | None] = mapped_column("year2_approved_by_id", ForeignKey("person.id"))
    year2_reason: Mapped[Words | None]
    spanish_increase_hourly: Mapped[Money | None]
    created_at: Mapped[Moment]
    # When the end was recorded, by whom and why; `last_day` is the last day of work.
    ended_at: Mapped[Moment | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    last_day: Mapped[Day | None]
    end_reason: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    application: Mapped[Application] = relationship()
    offer: Mapped[Offer] = relationship()
    office: Mapped[Office] = relationship()
    year2_decided_by: Mapped[Person | None] = relationship(foreign_keys=[year2_decided_by_id])
    ended_by: Mapped[Person | None] = relationship(foreign_keys=[ended_by_id])
    __mapper_args__ = {"version_id_col": row_version}
