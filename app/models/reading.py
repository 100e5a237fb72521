"""Reading: who reads which answer, and the scores. One assignment per reader and answer."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Answer, Application
from app.models.base import Key, Moment, Words, one_of
from app.models.opening import Rubric
from app.models.person import Person


class ReadingAssignment(Base):
    """One reading owed or done: of an answer (blind), or of a résumé (`answer_id` is empty, no longer blind)."""

    __tablename__ = "reading_assignment"
    __table_args__ = (
        one_of("kind", ["answer", "resume"]),
        one_of("state", ["open", "done", "recused", "cancelled"]),
        CheckConstraint("(kind = 'answer') = (answer_id IS NOT NULL)", name="answer_reading_has_answer"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_date"),
        CheckConstraint("ordinal BETWEEN 1 AND 3", name="ordinal_range"),
        Index(
            "uq_reading_answer_ordinal", "answer_id", "ordinal", unique=True,
            postgresql_where=text("kind = 'answer' AND state IN ('open', 'done')"),
        ),
        # A reader meets an answer once, also after a recusal.
        Index(
            "uq_reading_answer_reader", "answer_id", "reader_id", unique=True,
            postgresql_where=text("kind = 'answer' AND state <> 'cancelled'"),
        ),
        Index(
            "uq_reading_resume", "application_id", unique=True,
            postgresql_where=text("kind = 'resume' AND state IN ('open', 'done')"),
        ),
        Index("ix_reading_assignment_due_open", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_reading_open", "reader_id", "due_at", postgresql_where=text("state = 'open'")),
    )  # fmt: skip
    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(8))
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    answer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("answer.id"))
    reader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="open")
    assigned_at: Mapped[Moment]
    due_at: Mapped[Moment]
    skipped_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]
    note: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    application: Mapped[Application] = relationship()
    answer: Mapped[Answer | None] = relationship()
    reader: Mapped[Person] = relationship()
    scores: Mapped[list[Score]] = relationship(back_populates="assignment")
    __mapper_args__ = {"version_id_col": row_version}


class Score(Base):
    """One reader's score on one dimension, 1 to 4."""

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("assignment_id", "rubric_id"),
        CheckConstraint("value BETWEEN 1 AND 4", name="value_range"),
    )
    id: Mapped[Key]
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reading_assignment.id"))
    rubric_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rubric.id"))
    value: Mapped[int]
    scored_at: Mapped[Moment]
    assignment: Mapped[ReadingAssignment] = relationship(back_populates="scores")
    rubric: Mapped[Rubric] = relationship()


class IdentityFlag(Base):
    """A reader saw something in an answer that identifies its writer."""

    __tablename__ = "identity_flag"
    __table_args__ = (UniqueConstraint("answer_id", "flagged_by_id"),)
    id: Mapped[Key]
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"))
    flagged_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    flagged_at: Mapped[Moment]
    resolved_at: Mapped[Moment | None]
