"""A person answers what somebody asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.models.person import Person
from app.services.audit import record
from app.services.notices import owe_notice


def answer_help(request: HelpRequest, answer: str, *, prepare: str = "", by: UUID, now: datetime) -> None:
    """Keep the answer and owe it to whoever asked. Refusal where a colleague has answered meanwhile.

    `prepare`: what whoever interviews or meets the person is to prepare, where the request is for an adjustment.
    """
    db.session.refresh(request, with_for_update=True)
    if request.answered_at is not None:
        raise Refusal(N_("A colleague has answered this request meanwhile."))
    request.answer, request.answered_at, request.answered_by_id = answer, now, by
    if request.kind == "adjustment":
        request.prepare = prepare or None
    application = db.session.get(Application, request.application_id) if request.application_id else None
    owe_notice(
        "help_answered",
        subject_id=request.id,
        recipient=db.session.get(Person, request.person_id) if request.person_id else None,
        email=request.email,
        application=application,
        now=now,
        context={
            "kind": request.kind,
            "answer": answer,
            "prepare": request.prepare or "",
            # An adjustment's words stay between the person and the coordinator: the mail does not repeat them.
            "question": "" if request.kind == "adjustment" else request.body,
            "opening_id": str(request.opening_id) if request.opening_id else None,
        },
    )
    record("help:answer", "help_request", request.id, by=by, now=now, kind=request.kind)


def change_preparation(request: HelpRequest, prepare: str, *, by: UUID, now: datetime) -> None:
    """Say anew what is to be prepared after an adjustment was answered; empty: nothing any more."""
    db.session.refresh(request, with_for_update=True)
    if request.kind != "adjustment" or request.answered_at is None:
        raise Refusal(N_("Answer the request first."))
    request.prepare = prepare or None
    record("help:answer", "help_request", request.id, by=by, now=now, kind=request.kind)
