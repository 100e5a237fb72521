"""Asking for something to be changed: the accommodation coordinator sees it, nobody who scores does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.queries.applications import adjustments_of
from app.services.locks import lock_application
from app.services.notices import owe_notice

ADJUSTMENTS = {
    "more_time": N_("More time to prepare or to answer"),
    "captions": N_("Captions"),
    "phone": N_("A phone call instead of video"),
    "written": N_("Written answers instead of speaking"),
    "interpreter": N_("An interpreter, for sign language or another language"),
    "other": N_("Something else"),
}
DAYS_TO_ANSWER = 2


def ask_for_adjustment(
    application: Application, wishes: Iterable[str], body: str, *, by: UUID, now: datetime
) -> HelpRequest:
    """Put a request before the coordinator; the same request twice (a double click) is one."""
    lock_application(application)
    chosen = [wish for wish in ADJUSTMENTS if wish in set(wishes)]
    days = int(application.opening.promises.get("answer_question") or DAYS_TO_ANSWER)
    for earlier in adjustments_of(application.id):
        if earlier.answered_at is None and earlier.body == body and earlier.details.get("wishes") == chosen:
            return earlier
    request = HelpRequest(
        kind="adjustment",
        email=application.person.email,
        person_id=application.person_id,
        opening_id=application.opening_id,
        application_id=application.id,
        body=body,
        details={"wishes": chosen},
        created_at=now,
        due_at=now + timedelta(days=days),
    )
    db.session.add(request)
    db.session.flush()
    owe_notice(
        "help_received",
        subject_id=request.id,
        recipient=application.person,
        application=application,
        context={"kind": "adjustment", "days": days, "opening_id": str(application.opening_id)},
        now=now,
    )
    return request
