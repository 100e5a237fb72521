"""Routing runs with their stored instance, and the proposals that they make."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Json, JsonList, Key, Moment, Points, Words, one_of
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.person import Person

PROPOSAL_STATES = (
    "proposed",
    "released",
    "approved",
    "declined",
    "deferred",
    "passed_on",
    "superseded",
    "withdrawn",
)


class RoutingRun(Base):
    """One run: what went in, word for word, and what came out. Nobody changes a row."""

    __tablename__ = "routing_run"
    __table_args__ = (Index("ix_routing_run_opening", "opening_id", "run_at"),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    run_at: Mapped[Moment]
    # What called for the run: a worker's night run or an event.
    occasion: Mapped[str] = mapped_column(String(48))
    by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    # The instance's exact text: input_sha256 is over its UTF-8 bytes.
    instance: Mapped[Words]
    input_sha256: Mapped[str] = mapped_column(String(64))
    result: Mapped[Json]
    opening: Mapped[Opening] = relationship()


class Proposal(Base):
    """One person for one office, proposed by a run; a manager releases it, the office answers."""

    __tablename__ = "proposal"
    __table_args__ = (
        one_of("state", PROPOSAL_STATES),
        one_of("seat", ["open", "spanish"]),
        CheckConstraint(
            "state IN ('proposed', 'superseded', 'withdrawn')"
            " OR (released_at IS NOT NULL AND released_by_id IS NOT NULL)",
            name="released_by_somebody",
        ),
        Index(
            "uq_proposal_open", "application_id", unique=True,
            postgresql_where=text("state IN ('proposed', 'released', 'approved')"),
        ),
        Index("ix_proposal_office_state", "office_id", "state"),
    )  # fmt: skip
    id: Mapped[Key]
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("routing_run.id"), index=True)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat_pool.id"), index=True)
    rank: Mapped[int]
    seat: Mapped[str] = mapped_column(String(8))
    routing_score: Mapped[Points]
    # Why not the offices ranked above: a list of {office, code, text}, from the run.
    passed_over: Mapped[JsonList]
    state: Mapped[str] = mapped_column(String(12), default="proposed")
    proposed_at: Mapped[Moment]
    released_at: Mapped[Moment | None]
    released_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    run: Mapped[RoutingRun] = relationship()
    application: Mapped[Application] = relationship()
    office: Mapped[Office] = relationship()
    pool: Mapped[SeatPool] = relationship()
    released_by: Mapped[Person | None] = relationship()
    __mapper_args__ = {"version_id_col": row_version}
