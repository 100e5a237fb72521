"""The list of addresses that get no mail: how one comes onto it, and how it is taken off."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.email_address import clean_address
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.notice import Notice
from app.models.suppression import MailSuppression
from app.services.audit import record

# A mail server that refuses an address for good once may be mistaken; twice it is believed.
BELIEVED_AFTER = 2


def note_refused_address(email: str, said: str, *, again: bool, now: datetime) -> bool:
    """Put an address onto the list where mail servers have refused it often enough since it was last taken off.

    `again`: the same mail had been refused before, and was sent once more.
    """
    lifted_at = db.session.scalar(select(func.max(MailSuppression.lifted_at)).where(MailSuppression.email == email))
    since = [] if lifted_at is None else [Notice.created_at > lifted_at]
    refused = db.session.scalar(
        select(func.count()).where(Notice.recipient_email == email, Notice.address_refused, *since)
    )
    return (refused or 0) + again >= BELIEVED_AFTER and _add(email, "bounced", said, by=None, now=now)


def suppress_address(typed: str, *, reason: str, by: UUID, now: datetime) -> None:
    """Put an address onto the list by hand. Raises Refusal for half an address, and for one that is on it."""
    email = clean_address(typed)
    if email is None:
        raise Refusal(N_("Enter a whole e-mail address."))
    if not _add(email.lower(), "staff", reason, by=by, now=now):
        raise Refusal(N_("This address is on the list already."))


def _add(email: str, cause: str, reason: str, *, by: UUID | None, now: datetime) -> bool:
    key = db.session.scalar(
        insert(MailSuppression)
        .values(id=uuid4(), email=email, cause=cause, reason=reason, added_at=now, added_by_id=by)
        .on_conflict_do_nothing(index_elements=["email"], index_where=MailSuppression.lifted_at.is_(None))
        .returning(MailSuppression.id)
    )
    if key is not None:
        record("suppression:add", "mail_suppression", key, by=by, now=now, cause=cause)
    return key is not None


def lift_suppression(suppression: MailSuppression, *, reason: str, by: UUID, now: datetime) -> None:
    """Let mail leave for this address again. Raises Refusal where somebody else has done so."""
    db.session.refresh(suppression, with_for_update=True)
    if suppression.lifted_at is not None:
        raise Refusal(N_("Somebody else has already taken this address off the list."))
    suppression.lifted_at, suppression.lifted_by_id, suppression.lift_reason = now, by, reason
    record("suppression:lift", "mail_suppression", suppression.id, by=by, now=now)
    db.session.flush()
