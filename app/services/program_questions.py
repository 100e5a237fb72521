"""Questions and rubrics of a program file become rows; a changed text is a new row, the old one retires.

What somebody answered or scored stays beside the words that it was an answer to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.program import Opening as OpeningValues
from app.domain.program_gates import Competence, Dimension
from app.extensions import db
from app.models.opening import Opening, Question, Rubric
from app.services.program_values import plain

# Positions are unique among the present questions: they step aside before they are numbered anew.
_ASIDE = 10_000


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: str
    position: int
    slug: str
    text: dict[str, str]
    hint: dict[str, str] | None
    about_answer: str | None
    substance: Dimension


@dataclass(frozen=True, slots=True)
class _Scored:
    gate: str
    question_id: UUID | None
    slug: str
    position: int
    title: dict[str, str]
    guidance: dict[str, str] | None
    anchors: list[dict[str, str]]
    preferred: bool = False
    prompts: list[dict[str, Any]] = field(default_factory=list)


def load_questions(opening: Opening, values: OpeningValues, *, now: datetime) -> list[str]:
    """Bring the opening's questions and rubrics up to the file; return what changed, a line each."""
    said: list[str] = []
    asked = _asked(values)
    questions = _load_asked(opening, asked, now, said)
    _load_scored(opening, list(_scored(values, asked, questions)), now, said)
    return said


def _asked(values: OpeningValues) -> list[_Asked]:
    short = values.short_answers.questions if values.short_answers else ()
    recorded = values.recorded_interview.questions if values.recorded_interview else ()
    return [
        _Asked("short_answer", number, item.slug, item.text, item.hint, None, item.substance)
        for number, item in enumerate(short, 1)
    ] + [
        _Asked("recorded", number, item.slug, item.text, item.hint, item.about_answer, item.substance)
        for number, item in enumerate(recorded, 1)
    ]


def _load_asked(
    opening: Opening, asked: list[_Asked], now: datetime, said: list[str]
) -> dict[tuple[str, str], Question]:
    present = {
        (row.kind, row.slug): row
        for row in db.session.scalars(
            select(Question).where(Question.opening_id == opening.id, Question.retired_at.is_(None))
        )
    }
    wanted = {(item.kind, item.slug): item for item in asked}
    moved = False
    for key, row in present.items():
        item = wanted.get(key)
        if item is None or (row.text, row.about_answer) != (item.text, item.about_answer):
            row.retired_at = now
            said.append(f"question {key[1]}: {'taken out' if item is None else 'new text, the old one is kept'}")
        elif row.position != item.position:
            row.position += _ASIDE
            moved = True
    db.session.flush()
    rows: dict[tuple[str, str], Question] = {}
    for key, item in wanted.items():
        kept = present.get(key)
        if kept is None or kept.retired_at is not None:
            if kept is None:
                said.append(f"question {item.slug}: new")
            kept = Question(opening_id=opening.id, kind=item.kind, slug=item.slug, text=item.text, position=_ASIDE)
            kept.about_answer = item.about_answer
            db.session.add(kept)
        if kept.hint != item.hint:
            kept.hint = item.hint
        kept.position = item.position
        rows[key] = kept
    db.session.flush()
    if moved:
        said.append("questions: new order")
    return rows


def _scored(
    values: OpeningValues, asked: list[_Asked], questions: dict[tuple[str, str], Question]
) -> Iterable[_Scored]:
    gates = {"short_answer": "answers", "recorded": "recorded"}
    for item in asked:
        question = questions[(item.kind, item.slug)]
        yield _dimension(gates[item.kind], item.position, item.substance, question.id)
    if values.short_answers:
        yield _dimension("answers", 100, values.short_answers.writing)
    if values.recorded_interview:
        yield _dimension("recorded", 100, values.recorded_interview.clarity)
    for number, dimension in enumerate(values.resume_rubric, 1):
        yield _dimension("resume", number, dimension)
    for number, competence in enumerate(values.final_interview.competences if values.final_interview else (), 1):
        yield _competence(number, competence)


def _dimension(gate: str, position: int, values: Dimension, question_id: UUID | None = None) -> _Scored:
    anchors = plain(values.anchors)
    return _Scored(gate, question_id, values.slug, position, values.title, values.guidance, anchors, values.preferred)


def _competence(position: int, values: Competence) -> _Scored:
    prompts = [{"kind": "question", "text": text} for text in values.questions]
    prompts += [{"kind": "look_for", "text": text} for text in values.look_fors]
    anchors = plain(values.anchors)
    return _Scored("final", None, values.slug, position, values.title, values.guidance, anchors, False, prompts)


def _load_scored(opening: Opening, scored: list[_Scored], now: datetime, said: list[str]) -> None:
    present = {
        (row.gate, row.question_id, row.slug): row
        for row in db.session.scalars(
            select(Rubric).where(Rubric.opening_id == opening.id, Rubric.retired_at.is_(None))
        )
    }
    wanted = {(item.gate, item.question_id, item.slug): item for item in scored}
    for key, row in present.items():
        item = wanted.get(key)
        if item is None or _words(row) != _words(item):
            row.retired_at = now
            said.append(
                f"rubric {key[0]}/{key[2]}: {'taken out' if item is None else 'new words, the old ones are kept'}"
            )
    for key, item in wanted.items():
        kept = present.get(key)
        if kept is not None and kept.retired_at is None:
            kept.position = item.position
            continue
        if kept is None:
            said.append(f"rubric {item.gate}/{item.slug}: new")
        db.session.add(
            Rubric(
                opening_id=opening.id,
                gate=item.gate,
                question_id=item.question_id,
                slug=item.slug,
                position=item.position,
                title=item.title,
                guidance=item.guidance,
                anchors=item.anchors,
                prompts=item.prompts,
                preferred=item.preferred,
            )
        )
    db.session.flush()


def _words(rubric: Rubric | _Scored) -> tuple[Any, ...]:
    return (rubric.title, rubric.guidance, list(rubric.anchors), list(rubric.prompts), rubric.preferred)
