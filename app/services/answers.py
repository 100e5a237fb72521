"""Short answers: saved first, judged later; two windows never silently overwrite each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.answers import count_sentences
from app.domain.drafting import MAX_ANSWER_CHARACTERS, keeps_version, overwrites
from app.extensions import db
from app.models.application import Answer, AnswerVersion, Application
from app.models.opening import Question
from app.queries.applications import answer_to
from app.services.drafts import open_draft, remember_save


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """What came of a save. `other_text` is set where another window had saved a text that this one never saw;
    the text typed here is then kept as a version, and the person chooses."""

    answer: Answer
    other_text: str | None = None


def save_answer(
    application: Application,
    question: Question,
    text: str,
    *,
    by: UUID,
    now: datetime,
    row_version: int | None = None,
    finished: bool | None = None,
) -> SavedAnswer:
    """Keep the text of one answer, whatever its length, and count its sentences.

    `row_version` is what the page showed (None: do not ask). `finished` None is a save by the page
    itself and leaves the mark as it is.
    """
    open_draft(application, now=now)
    answer = answer_to(application.id, question.id)
    if answer is None:
        answer = Answer(application_id=application.id, question_id=question.id, text="", saved_at=now)
        db.session.add(answer)
        db.session.flush()
    elif row_version is not None and row_version != answer.row_version and overwrites(answer.text, text):
        if text:
            _keep_version(answer, text, now)
        return SavedAnswer(answer, other_text=answer.text)
    _replace_text(answer, text, asked=finished is not None, now=now)
    if finished is not None:
        answer.finished = finished
    if not text or len(text) > MAX_ANSWER_CHARACTERS:
        answer.finished = False
    answer.saved_at = now
    db.session.flush()
    remember_save(application, now=now)
    return SavedAnswer(answer)


def _replace_text(answer: Answer, text: str, *, asked: bool, now: datetime) -> None:
    last = db.session.scalar(select(func.max(AnswerVersion.saved_at)).where(AnswerVersion.answer_id == answer.id))
    since_last = None if last is None else now - last
    if keeps_version(answer.text, text, asked=asked, since_last=since_last):
        _keep_version(answer, answer.text, answer.saved_at)
    answer.text = text
    answer.sentences = count_sentences(text)


def _keep_version(answer: Answer, text: str, saved_at: datetime) -> None:
    number = db.session.scalar(select(func.max(AnswerVersion.number)).where(AnswerVersion.answer_id == answer.id))
    db.session.add(AnswerVersion(answer_id=answer.id, number=(number or 0) + 1, text=text, saved_at=saved_at))
