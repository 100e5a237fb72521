"""Owing a mail: one row in the outbox, in the same transaction as what it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.models.person import Person

CHANNEL = "placewell_notice"
# Said on the channel in place of an id: every round that beat would call is due at once.
ALL_ROUNDS = "all rounds"
# With the id of the story's application behind it: the demo is to begin again.
DEMO_AGAIN = "demo again "
# Said likewise: somebody arrived, left or answered, or seats have changed.
ROUTING = "routing"
# Of mails that are owed together, the relay is told of so many: its own sweep and beat's find the others.
MOST_TOLD = 20


def owe_notice(
    kind: str,
    *,
    subject_id: UUID,
    recipient: Person | None = None,
    email: str | None = None,
    now: datetime,
    application: Application | None = None,
    occurrence: str = "1",
    context: dict[str, Any] | None = None,
    urgent: bool = False,
    due_at: datetime | None = None,
    void_after: datetime | None = None,
) -> UUID | None:
    """Owe one mail of this kind and wake the relay when the transaction commits.

    Returns its id, or None where the same mail (kind, subject, recipient, occurrence) is already owed
    or sent: calling twice never sends twice. `context` holds plain JSON values for the template; the
    message is rendered from the committed state when it leaves.
    """
    address = recipient.email if recipient is not None else (email or "").lower()
    if not address:
        raise ValueError("a notice needs a recipient")
    notice_id = db.session.scalar(
        insert(Notice)
        .values(
            id=uuid4(),
            kind=kind,
            subject_id=subject_id,
            application_id=application.id if application is not None else None,
            recipient_id=recipient.id if recipient is not None else None,
            recipient_email=address,
            occurrence=occurrence,
            language=recipient.language if recipient is not None else "en",
            context=context or {},
            urgent=urgent,
            state="pending",
            stage="before_data",
            attempts=0,
            created_at=now,
            due_at=due_at or now,
            void_after=void_after,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject_id", "recipient_email", "occurrence"])
        .returning(Notice.id)
    )
    if notice_id is not None and (due_at is None or due_at <= now):
        db.session.execute(select(func.pg_notify(CHANNEL, str(notice_id))))
    return notice_id


@dataclass(frozen=True)
class Owing:
    """One of many mails that are owed at once, each to a person; as the arguments of `owe_notice`."""

    kind: str
    subject_id: UUID
    recipient: Person
    application: Application | None = None
    occurrence: str = "1"
    context: dict[str, Any] = field(default_factory=dict)
    void_after: datetime | None = None


def owe_notices(owings: Sequence[Owing], *, now: datetime) -> int:
    """Owe many mails in one statement, with the same promise as `owe_notice`; return how many were new."""
    if not owings:
        return 0
    rows = [
        {
            "id": uuid4(),
            "kind": one.kind,
            "subject_id": one.subject_id,
            "application_id": None if one.application is None else one.application.id,
            "recipient_id": one.recipient.id,
            "recipient_email": one.recipient.email,
            "occurrence": one.occurrence,
            "language": one.recipient.language,
            "context": one.context,
            "urgent": False,
            "state": "pending",
            "stage": "before_data",
            "attempts": 0,
            "created_at": now,
            "due_at": now,
            "void_after": one.void_after,
        }
        for one in owings
    ]
    new = db.session.scalars(
        insert(Notice)
        .on_conflict_do_nothing(index_elements=["kind", "subject_id", "recipient_email", "occurrence"])
        .returning(Notice.id),
        rows,
    ).all()
    # A few wake the workers one by one; many are found by the sweep that the first of them wakes.
    for notice_id in new[:MOST_TOLD]:
        db.session.execute(select(func.pg_notify(CHANNEL, str(notice_id))))
    return len(new)


def wake_workers() -> None:
    """Have the relay call every round of the workers when the transaction commits: the clock has jumped."""
    db.session.execute(select(func.pg_notify(CHANNEL, ALL_ROUNDS)))


def wake_routing() -> None:
    """Have the relay call the routing round when the transaction commits. Beat calls it anyway, a little later."""
    db.session.execute(select(func.pg_notify(CHANNEL, ROUTING)))
