"""Answers of which a reader said that they tell who wrote them, until a manager has looked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from app.extensions import db
from app.models.application import Answer, Application
from app.models.opening import Question
from app.models.reading import IdentityFlag


@dataclass(frozen=True, slots=True)
class Flagged:
    """One answer to look at, and since when."""

    answer: Answer
    application: Application
    question: Question
    since: datetime


def flagged_answers(opening_ids: Collection[UUID], *, hidden: Collection[UUID]) -> list[Flagged]:
    """Return what managers have to look at while the answers are being read, the oldest first."""
    since = func.min(IdentityFlag.flagged_at)
    rows = db.session.execute(
        select(Answer, Application, Question, since)
        .join(IdentityFlag, IdentityFlag.answer_id == Answer.id)
        .join(Application, Application.id == Answer.application_id)
        .join(Question, Question.id == Answer.question_id)
        .options(joinedload(Application.person))
        .where(
            IdentityFlag.resolved_at.is_(None),
            Application.opening_id.in_(opening_ids),
            Application.state == "answers_in_review",
            Application.id.not_in(hidden),
        )
        .group_by(Answer.id, Application.id, Question.id)
        .order_by(since, Answer.id)
    )
    return [Flagged(*row) for row in rows]


def open_flags(answer_id: UUID) -> list[IdentityFlag]:
    """Return the flags of one answer that nobody has looked at."""
    return list(
        db.session.scalars(
            select(IdentityFlag).where(IdentityFlag.answer_id == answer_id, IdentityFlag.resolved_at.is_(None))
        )
    )


def held_back_from(reader_id: UUID) -> ColumnElement[bool]:
    """The condition that the joined `Answer` is kept from this reader: flagged, not looked at, and not by them."""
    flag, own = aliased(IdentityFlag), aliased(IdentityFlag)
    return and_(
        exists().where(flag.answer_id == Answer.id, flag.resolved_at.is_(None)),
        ~exists().where(own.answer_id == Answer.id, own.flagged_by_id == reader_id),
    )


def is_held_back(answer_id: UUID, *, reader_id: UUID) -> bool:
    """Tell whether an answer is kept from this reader until a manager has looked at it."""
    return db.session.scalar(select(Answer.id).where(Answer.id == answer_id, held_back_from(reader_id))) is not None
