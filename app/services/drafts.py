"""What every save of a draft has in common: the lock, the right moment, and the mail with the way back."""

from __future__ import annotations

from datetime import datetime

from app.domain.drafting import takes_applications
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.models.application import Application
from app.services.locks import lock_application
from app.services.notices import owe_notice

ALREADY_SENT = N_("Your application is already sent, so this part can no longer be changed.")
CLOSED = N_("This opening no longer takes applications. What you wrote is kept.")


def open_draft(application: Application, *, now: datetime) -> None:
    """Lock a draft for a save. Raises Refusal where it was sent already.

    A draft whose opening has closed may still be written to, so that no text is lost; it cannot be sent.
    """
    lock_application(application)
    if application.state != "draft":
        raise Refusal(ALREADY_SENT)


def open_for_sending(application: Application, *, now: datetime) -> None:
    """Raise Refusal where the opening has closed."""
    opening = application.opening
    if not takes_applications(opening.status, opening.closes_at, now, grace=True):
        raise Refusal(CLOSED)


def remember_save(application: Application, *, now: datetime) -> None:
    """Owe the mail with the way back to the draft; only the first save of an application sends it."""
    owe_notice("draft_saved", subject_id=application.id, recipient=application.person, application=application, now=now)
