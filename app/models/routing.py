"""Routing runs with their stored instance, and the proposals that they make."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kept_result import whole_result
from app.domain.packing import Damaged, unpack_json, unpack_text
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

# Why an override is over: the office answered, the person left, or a manager took it back.
PIN_ENDS = ("answered", "left", "taken_back")


class RoutingRun(Base):
    """One run: what went in, word for word, and what came out. Nobody changes a row."""

    __tablename__ = "routing_run"
    __table_args__ = (
        Index("ix_routing_run_opening", "opening_id", "run_at"),
        CheckConstraint("(instance IS NULL) <> (packed_instance IS NULL)", name="instance_kept"),
        CheckConstraint("(result IS NULL) <> (packed_result IS NULL)", name="result_kept"),
    )
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    run_at: Mapped[Moment]
    # What called for the run: a worker's night run or an event.
    occasion: Mapped[str] = mapped_column(String(48))
    by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    input_sha256: Mapped[str] = mapped_column(String(64))
    packed_instance: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    packed_result: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # Runs from before these were packed.
    plain_instance: Mapped[Words | None] = mapped_column("instance", deferred=True)
    plain_result: Mapped[Json | None] = mapped_column("result", deferred=True)
    opening: Mapped[Opening] = relationship()

    @property
    def instance(self) -> str:
        """The instance's exact text: input_sha256 is over its UTF-8 bytes."""
        if self.packed_instance is not None:
            return unpack_text(self.packed_instance).decode()
        assert self.plain_instance is not None
        return self.plain_instance

    @cached_property
    def result(self) -> dict[str, Any]:
        """The documented result and what its sentences name. Nobody changes a run, so it is unpacked once.

        Raises Damaged, as `instance` does, where the stored bytes are not what a run wrote.
        """
        if self.packed_result is not None:
            try:
                return whole_result(unpack_json(self.packed_result))
            except (KeyError, IndexError, TypeError, ValueError) as fault:
                raise Damaged(str(fault)) from fault
        assert self.plain_result is not None
        return self.plain_result


class Scenario(Base):
    """A what-if: a run on changed seats, minimums, thresholds or pins. It proposes nothing. Nobody changes a row."""

    __tablename__ = "routing_scenario"
    __table_args__ = (Index("ix_routing_scenario_opening", "opening_id", "made_at"),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    made_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[Moment]
    title: Mapped[Words]
    # What was changed against the records: {"pools": {slug: {...}}, "pins": [[application, office], ...]}.
    changes: Mapped[Json]
    # The changed instance's exact text; `base_sha256` is of the unchanged one.
    instance: Mapped[Words]
    input_sha256: Mapped[str] = mapped_column(String(64))
    base_sha256: Mapped[str] = mapped_column(String(64))
    result: Mapped[Json]
    opening: Mapped[Opening] = relationship()
    made_by: Mapped[Person] = relationship()


class Pin(Base):
    """A manager's override: propose this person to this office, whatever the rule says. Always with a reason."""

    __tablename__ = "routing_pin"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="end_is_whole"),
        one_of("ended_because", PIN_ENDS),
        Index("uq_routing_pin_live", "application_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    reason: Mapped[Words]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[Moment]
    # An override ends when its proposal has been answered, when the person leaves, or when a manager takes it back.
    ended_at: Mapped[Moment | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_because: Mapped[str | None] = mapped_column(String(16))
    application: Mapped[Application] = relationship()
    office: Mapped[Office] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


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
        # Where two people release, they are two; and whoever overrides the rule never releases alone.
        CheckConstraint("(asked_release_at IS NULL) = (asked_release_by_id IS NULL)", name="release_asked_by_somebody"),
        CheckConstraint("released_by_id <> asked_release_by_id", name="released_by_another"),
        CheckConstraint(
            "pin_id IS NULL OR released_by_id IS NULL OR asked_release_by_id IS NOT NULL", name="override_by_two"
        ),
        CheckConstraint("rank IS NOT NULL OR pin_id IS NOT NULL", name="only_override_unranked"),
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
    # Empty only where a person was placed by an override at an office that they did not rank.
    rank: Mapped[int | None]
    seat: Mapped[str] = mapped_column(String(8))
    routing_score: Mapped[Points]
    # Why not the offices ranked above: a list of {office, code, text}, from the run.
    passed_over: Mapped[JsonList]
    state: Mapped[str] = mapped_column(String(12), default="proposed")
    proposed_at: Mapped[Moment]
    # The override that this proposal carries out; it stays marked with its reason for good.
    pin_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("routing_pin.id"), index=True)
    # The first of the two people who release together.
    asked_release_at: Mapped[Moment | None]
    asked_release_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[Moment | None]
    released_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    run: Mapped[RoutingRun] = relationship()
    application: Mapped[Application] = relationship()
    office: Mapped[Office] = relationship()
    pool: Mapped[SeatPool] = relationship()
    pin: Mapped[Pin | None] = relationship()
    asked_release_by: Mapped[Person | None] = relationship(foreign_keys=[asked_release_by_id])
    released_by: Mapped[Person | None] = relationship(foreign_keys=[released_by_id])
    __mapper_args__ = {"version_id_col": row_version}
