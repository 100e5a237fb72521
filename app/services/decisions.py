"""A program manager decides about a person; before that, the mails that would leave can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.decisions import GO_ON, STOP, decisions_in
from app.domain.pipeline import IllegalMove
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.emails.messages import Message, kinds_with_words, message_of
from app.extensions import db
from app.models.application import Application, Change
from app.models.notice import Notice
from app.services.gates import advance_by_decision, decline_candidate
from app.services.offers import close_not_approved, close_without_seat

CHANGED = N_("A colleague changed this application while you had it open. Look at it again before you decide.")


def decide(application: Application, decision: str, *, reason: str, row_version: int, by: UUID, now: datetime) -> None:
    """Carry out a decision with its reason; the same one twice is one.

    Raises IllegalMove or Refusal where somebody else was faster.
    """
    # Not locked here: each service takes its locks in the one order, and `move` judges the state again.
    db.session.refresh(application)
    offered = {each.name for each in decisions_in(application.state, application.opening.gates)}
    if decision in offered and application.row_version == row_version:
        _CARRY_OUT[decision](application, by=by, now=now, reason=reason)
    elif not _is_done(application, reason, by):
        raise Refusal(CHANGED) if decision in offered else IllegalMove(decision, application.state)


def _is_done(application: Application, reason: str, by: UUID) -> bool:
    """The other half of a double click: the last thing that happened is this very decision."""
    last = db.session.scalars(
        select(Change).where(Change.application_id == application.id).order_by(Change.seq.desc()).limit(1)
    ).first()
    return last is not None and last.by_person_id == by and last.reason == reason


_CARRY_OUT: Mapping[str, Callable[..., None]] = {
    GO_ON: advance_by_decision,
    STOP: decline_candidate,
    "close_not_approved": close_not_approved,
    "close_without_seat": close_without_seat,
}


def mails_of_decision(
    application: Application, decision: str, *, reason: str, row_version: int, by: UUID, now: datetime
) -> list[tuple[str, Message]]:
    """Return (address, message) of every mail that this decision would owe; nothing of it happens."""
    attempt = db.session.begin_nested()
    try:
        decide(application, decision, reason=reason, row_version=row_version, by=by, now=now)
        db.session.flush()
        owed = db.session.scalars(
            select(Notice).where(Notice.application_id == application.id, Notice.created_at == now)
        ).all()
        known = kinds_with_words()
        return [(notice.recipient_email, message_of(notice)) for notice in owed if notice.kind in known]
    finally:
        attempt.rollback()
