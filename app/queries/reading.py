"""Reading: whose turn it is to read what, and what was scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.extensions import db
from app.models.application import Answer, Application
from app.models.opening import Opening, Question, Rubric
from app.models.reading import ReadingAssignment
from app.queries.identity_flags import held_back_from


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """One question of one opening, across the applications that this reader has."""

    opening: Opening
    question: Question
    open: int
    done: int
    due_at: datetime | None
    minutes: int


def reading_cards(reader_id: UUID) -> list[ReadingCard]:
    """Return the reader's questions, those with something to read first, then by due date."""
    is_open = and_(ReadingAssignment.state == "open", ~held_back_from(reader_id))
    rows = db.session.execute(
        select(
            Question,
            Opening,
            func.count().filter(is_open),
            func.count().filter(ReadingAssignment.state == "done"),
            func.min(case((is_open, ReadingAssignment.due_at))),
        )
        .join(Answer, Answer.id == ReadingAssignment.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Opening, Opening.id == Question.opening_id)
        .where(ReadingAssignment.reader_id == reader_id, ReadingAssignment.kind == "answer")
        .group_by(Question.id, Opening.id)
        .order_by(Opening.slug, Question.position)
    )
    cards = []
    for question, opening, waiting, done, due_at in rows:
        minutes = float(opening.reading_policy.get("minutes_per_answer", 2))
        cards.append(ReadingCard(opening, question, waiting, done, due_at, max(1, round(waiting * minutes))))
    return sorted(cards, key=lambda card: (card.open == 0,))


def next_reading(reader_id: UUID, question_id: UUID) -> ReadingAssignment | None:
    """Return the next answer to one question: in an order that differs for each reader, skipped ones last.

    What another reader flagged as naming its writer waits until a manager has looked.
    """
    return db.session.scalar(
        select(ReadingAssignment)
        .join(Answer, Answer.id == ReadingAssignment.answer_id)
        .where(
            ReadingAssignment.reader_id == reader_id,
            ReadingAssignment.state == "open",
            Answer.question_id == question_id,
            ~held_back_from(reader_id),
        )
        # Ids are random, so their order is a shuffle that stays the same for one reader.
        .order_by(ReadingAssignment.skipped_at.asc().nulls_first(), ReadingAssignment.id)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reader is with one question."""

    done: int
    total: int


def open_readings_of_question(reader_id: UUID, question_id: UUID) -> list[ReadingAssignment]:
    """Return the answers to one question that this reader still has to score."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .join(Answer, Answer.id == ReadingAssignment.answer_id)
            .where(
                ReadingAssignment.reader_id == reader_id,
                ReadingAssignment.state == "open",
                Answer.question_id == question_id,
            )
            .order_by(ReadingAssignment.application_id, ReadingAssignment.id)
        )
    )


def who_reads_instead(reading: ReadingAssignment) -> UUID | None:
    """Return who has the reading that took the place of this one, if anybody."""
    return db.session.scalar(
        select(ReadingAssignment.reader_id).where(
            ReadingAssignment.application_id == reading.application_id,
            ReadingAssignment.kind == reading.kind,
            ReadingAssignment.answer_id.is_not_distinct_from(reading.answer_id),
            ReadingAssignment.ordinal == reading.ordinal,
            ReadingAssignment.state == "open",
        )
    )


def reading_progress(reader_id: UUID, question_id: UUID) -> Progress:
    """Return how many answers to a question this reader has read, of how many."""
    done, total = db.session.execute(
        select(
            func.count().filter(ReadingAssignment.state == "done"),
            func.count().filter(ReadingAssignment.state.in_(("open", "done"))),
        )
        .join(Answer, Answer.id == ReadingAssignment.answer_id)
        .where(ReadingAssignment.reader_id == reader_id, Answer.question_id == question_id)
    ).one()
    return Progress(done, total)


def open_resume_readings(reader_id: UUID) -> list[ReadingAssignment]:
    """Return the résumés that this reader has to read, the oldest due date first."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .where(
                ReadingAssignment.reader_id == reader_id,
                ReadingAssignment.kind == "resume",
                ReadingAssignment.state == "open",
            )
            .order_by(ReadingAssignment.due_at, ReadingAssignment.id)
        )
    )


def my_recent_readings(reader_id: UUID, limit: int = 50) -> list[ReadingAssignment]:
    """Return what this reader scored last, answers only."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .where(
                ReadingAssignment.reader_id == reader_id,
                ReadingAssignment.kind == "answer",
                ReadingAssignment.state == "done",
            )
            .order_by(ReadingAssignment.done_at.desc())
            .limit(limit)
        )
    )


def rubrics_for_answer(question: Question) -> list[Rubric]:
    """Return the dimensions of a short answer: its own substance, then writing for all."""
    return _rubrics(question.opening_id, "answers", question.id)


def rubrics_for_resume(opening_id: UUID) -> list[Rubric]:
    """Return the dimensions of the résumé."""
    return _rubrics(opening_id, "resume", None)


def rubrics_for_recorded(question: Question) -> list[Rubric]:
    """Return the dimensions of a recorded answer."""
    return _rubrics(question.opening_id, "recorded", question.id)


def rubrics_for_final(opening_id: UUID) -> list[Rubric]:
    """Return the competences of the final interview."""
    return _rubrics(opening_id, "final", None)


def _rubrics(opening_id: UUID, gate: str, question_id: UUID | None) -> list[Rubric]:
    own: ColumnElement[bool] = Rubric.question_id.is_(None)
    if question_id is not None:
        own = or_(own, Rubric.question_id == question_id)
    return list(
        db.session.scalars(
            select(Rubric)
            .where(Rubric.opening_id == opening_id, Rubric.gate == gate, Rubric.retired_at.is_(None), own)
            .order_by(Rubric.question_id.is_(None), Rubric.position)
        )
    )


def readings_of_answers(application_id: UUID) -> list[ReadingAssignment]:
    """Return every answer reading of an application that counts (open or done)."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .where(
                ReadingAssignment.application_id == application_id,
                ReadingAssignment.kind == "answer",
                ReadingAssignment.state.in_(("open", "done")),
            )
            .order_by(ReadingAssignment.answer_id, ReadingAssignment.ordinal)
        )
    )


def given_answers(application_id: UUID) -> list[tuple[UUID, UUID, int, str]]:
    """Return (answer, reader, ordinal, state) of every reading of the answers that was not cancelled."""
    rows = db.session.execute(
        select(
            ReadingAssignment.answer_id,
            ReadingAssignment.reader_id,
            ReadingAssignment.ordinal,
            ReadingAssignment.state,
        ).where(
            ReadingAssignment.application_id == application_id,
            ReadingAssignment.kind == "answer",
            ReadingAssignment.state != "cancelled",
        )
    )
    return [
        (answer_id, reader_id, ordinal, state) for answer_id, reader_id, ordinal, state in rows if answer_id is not None
    ]


def open_loads(reader_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many readings each of these people owes."""
    ids = list(reader_ids)
    counts = dict.fromkeys(ids, 0)
    rows = db.session.execute(
        select(ReadingAssignment.reader_id, func.count())
        .where(ReadingAssignment.reader_id.in_(ids), ReadingAssignment.state == "open")
        .group_by(ReadingAssignment.reader_id)
    )
    counts.update({reader_id: count for reader_id, count in rows})
    return counts


def applications_being_read() -> list[Application]:
    """Return the applications whose answers or résumé are being read, the oldest first."""
    return list(
        db.session.scalars(
            select(Application)
            .where(Application.state.in_(("answers_in_review", "resume_in_review")))
            .order_by(Application.state_since)
        )
    )
