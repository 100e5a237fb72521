"""The reminders that were too many for one day become one mail on the next morning."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.courtesy import DIGEST, Held
from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.models.person import Person
from app.services.notices import owe_notice

# A mail that lists more than this helps nobody; the rest come with the next one.
MOST = 30


def begin_digest(person_id: UUID, *, now: datetime) -> bool:
    """Owe one mail that holds all reminders which wait for it; False where fewer than two still speak of what is so."""
    waiting = db.session.execute(
        select(Notice, Application.state)
        .outerjoin(Application, Application.id == Notice.application_id)
        .where(
            Notice.recipient_id == person_id,
            Notice.state == "pending",
            Notice.held_for == Held.DIGEST.value,
            Notice.due_at <= now,
        )
        .order_by(Notice.created_at, Notice.id)
        .limit(MOST)
        .with_for_update(skip_locked=True, of=Notice)
        .execution_options(populate_existing=True)
    ).all()
    true = [notice for notice, state in waiting if notice.context.get("while_state") in (None, state)]
    if len(true) < 2:
        return False
    digest_id = owe_notice(
        DIGEST,
        subject_id=person_id,
        recipient=db.session.get_one(Person, person_id),
        now=now,
        occurrence=str(true[0].id),
        context={"notices": [str(notice.id) for notice in true]},
    )
    if digest_id is None:
        return False
    for notice, _state in waiting:
        notice.state = "cancelled"
        notice.digest_id = digest_id if notice in true else None
    db.session.flush()
    return True
