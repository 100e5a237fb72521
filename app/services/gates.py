"""From one gate to the next: what a pass opens, and what a manager decides. Nobody is refused by a machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.domain.actors import By
from app.domain.local_time import end_of_day
from app.domain.pipeline import GATE_OF_STATE, Gate, advance_event
from app.extensions import db
from app.models.application import Application
from app.models.recording import RecordedInterview
from app.services.history import move
from app.services.notices import owe_notice


def advance(application: Application, *, after: Gate, by: By, now: datetime, reason: str | None = None) -> None:
    """Admit the application to the next gate that its opening has, and tell the applicant."""
    event = advance_event(after, application.opening.gates)
    move(application, event, by=by, now=now, reason=reason)
    _ENTER[event](application, now)


def _open_recording(application: Application, now: datetime) -> None:
    days = int(application.opening.recording_settings["days_to_record"])
    due_at = end_of_day(now + timedelta(days=days), application.opening.time_zone)
    interview = RecordedInterview(application_id=application.id, invited_at=now, due_at=due_at, adjustments={})
    db.session.add(interview)
    db.session.flush()
    _tell(application, "recording_invitation", interview.id, now)


def _open_booking(application: Application, now: datetime) -> None:
    _tell(application, "booking_invitation", application.id, now)


def _open_routing(application: Application, now: datetime) -> None:
    _tell(application, "routing_started", application.id, now)


_ENTER = {
    "invite_to_record": _open_recording,
    "invite_to_final_interview": _open_booking,
    "admit_to_routing": _open_routing,
}


def _tell(application: Application, kind: str, subject_id: UUID, now: datetime) -> None:
    owe_notice(kind, subject_id=subject_id, recipient=application.person, application=application, now=now)


def advance_by_decision(application: Application, *, by: UUID, now: datetime, reason: str) -> None:
    """A manager lets the person go on, with a reason that stays on the record."""
    gate = GATE_OF_STATE[application.state]
    advance(application, after=gate, by=By(person_id=by), now=now, reason=reason)


def decline_candidate(application: Application, *, by: UUID, now: datetime, reason: str) -> None:
    """A manager decides not to go on; the applicant is told in plain words, never the internal reason."""
    move(application, "decline_candidate", by=By(person_id=by), now=now, reason=reason)
    _tell(application, "not_selected", application.id, now)
