"""Openings (postings) and all that belongs to one: rules, questions, rubrics, documents, seats."""

from __future__ import annotations

import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.pipeline import Gate
from app.extensions import Base
from app.models.base import Day, Json, JsonList, Key, Localized, Moment, Money, Points, Words, one_of
from app.models.office import Office
from app.models.person import HostOrganization, Organization, Region


class Season(Base):
    """One round of placements. The lottery's seed is secret until its end; its hash is public."""

    __tablename__ = "season"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)
    id: Mapped[Key]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[Words]
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
    seed: Mapped[str] = mapped_column(String(128))
    seed_hash: Mapped[str] = mapped_column(String(64))


class Opening(Base):
    __tablename__ = "opening"
    __table_args__ = (
        one_of("kind", ["fellowship", "staff"]),
        one_of("status", ["draft", "open", "closed"]),
        CheckConstraint("term_months IS NULL OR term_months > 0", name="term_positive"),
        CheckConstraint("salary_from IS NULL OR salary_to IS NULL OR salary_from <= salary_to", name="salary_range"),
    )
    id: Mapped[Key]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    host_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("host_organization.id"))
    region_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("region.id"))
    season_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("season.id"))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    title: Mapped[Localized]
    summary: Mapped[Localized]
    # Sections of the public page (what you do, who we look for, benefits, ...): the program file's own keys.
    content: Mapped[Json]
    aliases: Mapped[JsonList]
    employment_type: Mapped[Words]
    job_type: Mapped[Words | None]
    location: Mapped[Words]
    published_on: Mapped[Day | None]
    closes_at: Mapped[Moment | None]
    time_zone: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[Day | None]
    term_months: Mapped[int | None]
    # Both figures are stored, hourly and annual: neither is derived from the other.
    year1_hourly: Mapped[Money | None]
    year1_annual: Mapped[Money | None]
    year2_hourly: Mapped[Money | None]
    year2_annual: Mapped[Money | None]
    salary_from: Mapped[Money | None]
    salary_to: Mapped[Money | None]
    has_recorded_interview: Mapped[bool] = mapped_column(default=True)
    has_final_interview: Mapped[bool] = mapped_column(default=True)
    meeting_required: Mapped[bool] = mapped_column(default=True)
    # A proposal leaves only when a second person has confirmed its release. Overrides always need two.
    two_release: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Thresholds on the rubric's own scale, 1 to 4.
    reading_threshold: Mapped[Points]
    recording_threshold: Mapped[Points]
    final_threshold: Mapped[Points]
    routing_weights: Mapped[Json]
    reading_policy: Mapped[Json]
    recording_settings: Mapped[Json]
    # Length, days to book, until when a time may be moved; and the words that open and close the talk.
    final_settings: Mapped[Json]
    # The levels of Spanish with their descriptors, and from which level a person counts as a speaker.
    spanish_scale: Mapped[Json]
    # Promised waiting times in days, by step.
    promises: Mapped[Json]
    updated_at: Mapped[Moment]
    row_version: Mapped[int] = mapped_column()
    organization: Mapped[Organization] = relationship()
    host_organization: Mapped[HostOrganization | None] = relationship()
    region: Mapped[Region] = relationship()
    season: Mapped[Season] = relationship()
    questions: Mapped[list[Question]] = relationship(order_by="Question.position", back_populates="opening")
    rubrics: Mapped[list[Rubric]] = relationship(order_by="Rubric.position")
    document_kinds: Mapped[list[DocumentKind]] = relationship(order_by="DocumentKind.position")
    pools: Mapped[list[SeatPool]] = relationship(order_by="SeatPool.slug", back_populates="opening")
    offices: Mapped[list[OpeningOffice]] = relationship(order_by="OpeningOffice.position")
    rules: Mapped[list[EligibilityRules]] = relationship(order_by="EligibilityRules.version")
    __mapper_args__ = {"version_id_col": row_version}

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates that this opening has, in order."""
        off = set()
        if not self.has_recorded_interview:
            off.add(Gate.RECORDED)
        if not self.has_final_interview:
            off.add(Gate.FINAL)
        return tuple(gate for gate in Gate if gate not in off)


class EligibilityRules(Base):
    """One version of an opening's rules. A draft keeps the version that it was checked against."""

    __tablename__ = "eligibility_rules"
    __table_args__ = (UniqueConstraint("opening_id", "version"),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    version: Mapped[int]
    rules: Mapped[JsonList]
    created_at: Mapped[Moment]


class Question(Base):
    """A short-answer or recorded-interview question. A changed text is a new row; the old one retires."""

    __tablename__ = "question"
    __table_args__ = (
        one_of("kind", ["short_answer", "recorded"]),
        Index(
            "uq_question_position", "opening_id", "kind", "position", unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(80))
    text: Mapped[Localized]
    hint: Mapped[Localized | None]
    # A recorded question may be about the person's own answer to the short-answer question of this slug.
    about_answer: Mapped[str | None] = mapped_column(String(80))
    retired_at: Mapped[Moment | None]
    opening: Mapped[Opening] = relationship(back_populates="questions")


class Rubric(Base):
    """One dimension on a scale of 1 to 4 with anchors in words; `question_id` is empty where it serves all."""

    __tablename__ = "rubric"
    __table_args__ = (one_of("gate", ["answers", "resume", "recorded", "final"]),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"), index=True)
    gate: Mapped[str] = mapped_column(String(16))
    question_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("question.id"))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    title: Mapped[Localized]
    guidance: Mapped[Localized | None]
    # Four anchors, from 1 to 4, each {"en": ...}.
    anchors: Mapped[JsonList]
    # What an interviewer asks and looks for (final interview kit only).
    prompts: Mapped[JsonList]
    # A preferred dimension can raise a result and never lower it.
    preferred: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[Moment | None]


class DocumentKind(Base):
    __tablename__ = "document_kind"
    __table_args__ = (UniqueConstraint("opening_id", "slug"),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    slug: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    title: Mapped[Localized]
    hint: Mapped[Localized | None]
    required: Mapped[bool]
    # An optional paper must not sway a reader: they never see whether it is there.
    hidden_from_readers: Mapped[bool] = mapped_column(default=False)
    count: Mapped[int] = mapped_column(default=1)


class SeatPool(Base):
    """Seats that one or more offices share. Taken seats are counted under this row's lock, never stored."""

    __tablename__ = "seat_pool"
    __table_args__ = (
        UniqueConstraint("opening_id", "slug"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
        CheckConstraint("spanish_minimum >= 0 AND spanish_minimum <= seats", name="spanish_within_seats"),
    )
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[Words]
    seats: Mapped[int]
    spanish_minimum: Mapped[int] = mapped_column(default=0)
    bid_price: Mapped[Decimal | None] = mapped_column()
    release_reserve_on: Mapped[Day | None]
    confirmed_at: Mapped[Moment | None]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_reason: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    opening: Mapped[Opening] = relationship(back_populates="pools")
    __mapper_args__ = {"version_id_col": row_version}


class OpeningOffice(Base):
    """An office in an opening, with the pool that its seats come from."""

    __tablename__ = "opening_office"
    __table_args__ = (UniqueConstraint("opening_id", "office_id"),)
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"), index=True)
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat_pool.id"), index=True)
    position: Mapped[int]
    is_open: Mapped[bool] = mapped_column(default=True)
    office: Mapped[Office] = relationship(lazy="joined")
    pool: Mapped[SeatPool] = relationship()
