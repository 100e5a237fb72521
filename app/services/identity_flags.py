"""A manager looks at an answer that a reader flagged: readers see it without a passage, or as it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.blanking import blanked_text, blanking_problem
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Answer, Application
from app.queries.identity_flags import open_flags
from app.services.audit import record


def blank_for_readers(answer: Answer, text: str, *, by: UUID, now: datetime) -> None:
    """Let readers who come see this text, from which passages were taken out. Raises Refusal for any other change."""
    _while_it_is_read(answer)
    kept = blanked_text(text)
    problem = blanking_problem(answer.text, kept)
    if problem is not None:
        raise Refusal(problem, status=422, field="text")
    answer.readers_text = kept
    _looked_at(answer, now)
    record("answer:blank", "answer", answer.id, by=by, now=now)


def nothing_identifies(answer: Answer, *, by: UUID, now: datetime) -> None:
    """Readers who come see the answer as it is."""
    _while_it_is_read(answer)
    _looked_at(answer, now)
    record("answer:show", "answer", answer.id, by=by, now=now)


def _while_it_is_read(answer: Answer) -> None:
    # A reader may save the last score, or flag it again, at the same moment.
    state = db.session.scalar(
        select(Application.state).where(Application.id == answer.application_id).with_for_update()
    )
    if state != "answers_in_review":
        raise Refusal(N_("The reading of this application is complete. Nobody reads this answer blind any more."))


def _looked_at(answer: Answer, now: datetime) -> None:
    for flag in open_flags(answer.id):
        flag.resolved_at = now
    db.session.flush()
