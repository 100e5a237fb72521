"""A legal hold: while it stands, nothing of an application is erased, whoever asks and whatever the date."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.retention import LegalHold
from app.queries.retention import live_hold
from app.services.audit import record
from app.services.locks import lock_application

WHY = N_("Say why. The reason stays on the record.")


def set_hold(application: Application, *, reason: str, by: UUID, now: datetime) -> LegalHold:
    """Keep everything of an application from now on. Refusal without a reason, or where there is nothing to keep."""
    if not reason.strip():
        raise Refusal(WHY, status=422, field="reason")
    lock_application(application)
    if application.erased_at is not None:
        raise Refusal(N_("This application was erased, so there is nothing left to keep."))
    if live_hold(application.id) is not None:
        raise Refusal(N_("This application is on legal hold already."))
    hold = LegalHold(application_id=application.id, reason=reason.strip(), set_by_id=by, set_at=now)
    db.session.add(hold)
    record("hold:set", "application", application.id, by=by, now=now)
    db.session.flush()
    return hold


def lift_hold(application: Application, *, reason: str, by: UUID, now: datetime) -> None:
    """End the hold: the retention rule holds again, as if there had been none."""
    if not reason.strip():
        raise Refusal(WHY, status=422, field="reason")
    lock_application(application)
    hold = live_hold(application.id)
    if hold is None:
        raise Refusal(N_("This application is not on legal hold any more."))
    hold.lifted_at, hold.lifted_by_id, hold.lift_reason = now, by, reason.strip()
    record("hold:lifted", "application", application.id, by=by, now=now)
    db.session.flush()
