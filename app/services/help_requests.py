"""Asking a person: a question, another look at who can be placed, or an adjustment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models.application import HelpRequest
from app.models.opening import Opening
from app.queries.people import person_by_email
from app.services.limits import Limit
from app.services.notices import owe_notice

DAYS_TO_ANSWER = 2
# Each request sends a mail to the address that was typed: nobody may flood somebody else with them.
HELP_PER_ADDRESS = (Limit(5, timedelta(hours=1)),)
HELP_PER_CLIENT = (Limit(20, timedelta(hours=1)),)


def ask_for_help(
    kind: str,
    *,
    email: str,
    body: str,
    opening: Opening | None = None,
    by: UUID | None = None,
    details: dict[str, Any] | None = None,
    now: datetime,
) -> HelpRequest:
    """Keep the question and owe its writer a word that it arrived; a double click is one question.

    `kind` is "question", "eligibility" or "adjustment"; `by` is the person who is signed in, if anybody.
    """
    earlier = db.session.scalar(
        select(HelpRequest).where(
            HelpRequest.kind == kind,
            HelpRequest.email == email,
            HelpRequest.body == body,
            HelpRequest.answered_at.is_(None),
        )
    )
    if earlier is not None:
        return earlier
    days = int((opening.promises if opening is not None else {}).get("answer_question") or DAYS_TO_ANSWER)
    request = HelpRequest(
        kind=kind,
        email=email,
        person_id=by,
        opening_id=opening.id if opening is not None else None,
        body=body,
        details=details or {},
        created_at=now,
        due_at=now + timedelta(days=days),
    )
    db.session.add(request)
    db.session.flush()
    # Never the text itself: it could be somebody else's address.
    context: dict[str, Any] = {"kind": kind, "days": days}
    if opening is not None:
        context["opening_id"] = str(opening.id)
    owe_notice(
        "help_received", subject_id=request.id, recipient=person_by_email(email), email=email, now=now, context=context
    )
    return request
