"""The application: the one honest record from the first draft on, and its history."""

from __future__ import annotations

import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.pipeline import STATES
from app.extensions import Base
from app.models.base import Day, Json, JsonList, Key, Moment, Points, Words, one_of
from app.models.office import Office
from app.models.opening import Opening, Question
from app.models.person import Person

SPANISH_LEVELS = ("none", "basic", "conversational", "professional", "native")


class Application(Base):
    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("person_id", "opening_id", "season_id"),
        one_of("state", STATES),
        CheckConstraint(
            "state IN ('draft', 'withdrawn', 'placed_elsewhere') OR submitted_at IS NOT NULL", name="sent_has_date"
        ),
        CheckConstraint(
            "spanish_verified IS NULL OR (spanish_verified_by_id IS NOT NULL AND spanish_verified_at IS NOT NULL)",
            name="verified_has_person",
        ),
        Index("ix_application_opening_state", "opening_id", "state", "state_since", "id"),
        Index("ix_application_remind", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
    )
    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    season_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("season.id"))
    state: Mapped[str] = mapped_column(String(40))
    state_since: Mapped[Moment]
    # When to look for a reminder, at the latest. A change of what is waited for says "at once" (triggers, 0018).
    remind_at: Mapped[Moment | None] = mapped_column(server_default=text("'1970-01-01 00:00:00+00'::timestamptz"))
    created_at: Mapped[Moment]
    submitted_at: Mapped[Moment | None]
    eligibility_rules_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("eligibility_rules.id"))
    eligibility_answers: Mapped[Json]
    attestations: Mapped[Json]
    contact_finished: Mapped[bool] = mapped_column(default=False)
    background_finished: Mapped[bool] = mapped_column(default=False)
    spanish_reported: Mapped[str | None] = mapped_column(String(16))
    spanish_verified: Mapped[str | None] = mapped_column(String(16))
    spanish_verified_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    spanish_verified_at: Mapped[Moment | None]
    lived_experience: Mapped[Words | None]
    # Who may read the statement: any of "interviewer", "manager", "office". The writer chooses.
    lived_experience_readers: Mapped[JsonList]
    wait_for_office_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("office.id"))
    wait_until: Mapped[Day | None]
    # The gates' results on the rubric's scale of 1 to 4, written when the gate is complete.
    answers_result: Mapped[Points | None]
    resume_result: Mapped[Points | None]
    recorded_result: Mapped[Points | None]
    final_result: Mapped[Points | None]
    # When the retention rule took away everything that told whose it was; the counts stay.
    erased_at: Mapped[Moment | None]
    row_version: Mapped[int] = mapped_column()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    opening: Mapped[Opening] = relationship()
    answers: Mapped[list[Answer]] = relationship(back_populates="application")
    documents: Mapped[list[Document]] = relationship(order_by="Document.uploaded_at", back_populates="application")
    choices: Mapped[list[OfficeChoice]] = relationship(order_by="OfficeChoice.rank", back_populates="application")
    changes: Mapped[list[Change]] = relationship(order_by="Change.seq", back_populates="application")
    __mapper_args__ = {"version_id_col": row_version}

    @property
    def spanish_level(self) -> str:
        """The level that routing and pay use: verified if somebody verified it, else self-reported."""
        return self.spanish_verified or self.spanish_reported or "none"

    @property
    def results(self) -> dict[str, Decimal | None]:
        """The gates' results by gate name."""
        return {
            "answers": self.answers_result,
            "resume": self.resume_result,
            "recorded": self.recorded_result,
            "final": self.final_result,
        }


class Answer(Base):
    """The current text of one short answer; every earlier text is an AnswerVersion."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("application_id", "question_id"),)
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("question.id"), index=True)
    text: Mapped[Words] = mapped_column(default="")
    # What blind readers see instead, where a passage tells who wrote it; everybody else sees the text.
    readers_text: Mapped[Words | None]
    sentences: Mapped[int] = mapped_column(default=0)
    finished: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[Moment]
    row_version: Mapped[int] = mapped_column()
    application: Mapped[Application] = relationship(back_populates="answers")
    question: Mapped[Question] = relationship()
    __mapper_args__ = {"version_id_col": row_version}


class AnswerVersion(Base):
    __tablename__ = "answer_version"
    __table_args__ = (UniqueConstraint("answer_id", "number"),)
    id: Mapped[Key]
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"))
    number: Mapped[int]
    text: Mapped[Words]
    saved_at: Mapped[Moment]


class Document(Base):
    """A stored file or pasted text. A replaced document stays on the record."""

    __tablename__ = "document"
    __table_args__ = (
        one_of("source", ["file", "pasted"]),
        CheckConstraint("(source = 'file') = (storage_key IS NOT NULL)", name="file_has_key"),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(8))
    storage_key: Mapped[str | None] = mapped_column(String(200))
    file_name: Mapped[Words | None]
    media_type: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    text: Mapped[Words]
    pages: Mapped[int | None]
    flags: Mapped[JsonList]
    uploaded_at: Mapped[Moment]
    replaced_at: Mapped[Moment | None]
    application: Mapped[Application] = relationship(back_populates="documents")


class OfficeChoice(Base):
    """A ranked office; or one where the person would not work; or, `not_here`, should not be placed (no reason asked).

    An office without a row was left open: not ranked, and not ruled out either.
    """

    __tablename__ = "office_choice"
    __table_args__ = (
        UniqueConstraint("application_id", "office_id"),
        UniqueConstraint("application_id", "rank", deferrable=True, initially="DEFERRED"),
        CheckConstraint("rank IS NULL OR rank >= 1", name="rank_positive"),
        CheckConstraint("NOT (not_here AND rank IS NOT NULL)", name="not_here_is_not_ranked"),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    rank: Mapped[int | None]
    not_here: Mapped[bool] = mapped_column(default=False)
    application: Mapped[Application] = relationship(back_populates="choices")
    office: Mapped[Office] = relationship(lazy="joined")


class Change(Base):
    """One move of an application. Only `app.services.history.move` writes here; nobody may change a row."""

    __tablename__ = "change"
    __table_args__ = (
        UniqueConstraint("application_id", "seq"),
        CheckConstraint("(by_person_id IS NULL) <> (by_worker IS NULL)", name="by_somebody"),
        Index("ix_change_at", "at"),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"))
    seq: Mapped[int]
    event: Mapped[str] = mapped_column(String(48))
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str] = mapped_column(String(40))
    by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    by_worker: Mapped[str | None] = mapped_column(String(48))
    at: Mapped[Moment]
    reason: Mapped[Words | None]
    details: Mapped[Json]
    application: Mapped[Application] = relationship(back_populates="changes")
    by_person: Mapped[Person | None] = relationship()


class HelpRequest(Base):
    """A question, a request for an adjustment or more time, or "please look at my case"."""

    __tablename__ = "help_request"
    __table_args__ = (
        one_of("kind", ["question", "eligibility", "adjustment", "more_time"]),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answer_has_person"),
        Index("ix_help_request_open", "created_at", postgresql_where=text("answered_at IS NULL")),
    )
    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    opening_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("opening.id"))
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("application.id"), index=True)
    body: Mapped[Words]
    details: Mapped[Json]
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[Words | None]
    # What is to be prepared for the person, for whoever interviews or meets them; never why.
    prepare: Mapped[Words | None]
