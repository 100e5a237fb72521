"""What happened on the way to a meeting: offered, agreed, called off in which words, held or not and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.models.notice import Notice
from app.models.person import Person
from app.models.placement import Meeting, MeetingInvitation
from app.models.system import AuditEvent

# What stands in the audit log -> what it is called here. A time that is replaced shows by the next offer.
# So does a time that passed without a meeting, by what the office wrote down about it.
_SAID: Mapping[str, str] = {
    "meeting:offer": "offered",
    "meeting:accepted": "agreed",
    "meeting:canceled": "canceled",
    "meeting:met": "met",
    "meeting:ended": "ended",
}


@dataclass(frozen=True, slots=True)
class MeetingEvent:
    """One thing that happened: offered, agreed, canceled; held, absent or called_off, as the office wrote it down.

    met: what was arranged was not needed any more; ended: the proposal was decided or had ended.

    `by` is a name; `side` says who offered; `words` were sent with it; `starts_at` is the time that was agreed.
    """

    at: datetime
    what: str
    by: str
    side: str = ""
    words: str = ""
    starts_at: datetime | None = None


def meeting_history(proposal_id: UUID) -> list[MeetingEvent]:
    """Return what happened about the meeting of one proposal, the oldest first."""
    invitations = {
        str(each.id): each
        for each in db.session.scalars(
            select(MeetingInvitation)
            .where(MeetingInvitation.proposal_id == proposal_id)
            .options(selectinload(MeetingInvitation.times))
        )
    }
    meeting_id = db.session.scalar(select(Meeting.id).where(Meeting.proposal_id == proposal_id))
    if not invitations and meeting_id is None:
        return []
    words = _words_of([each.id for each in invitations.values()])
    rows = db.session.execute(
        select(AuditEvent, Person)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(
            AuditEvent.object_type.in_(("meeting_invitation", "meeting")),
            AuditEvent.object_id.in_([*invitations, str(meeting_id)]),
        )
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    events = [_event(event, person, invitations.get(event.object_id), words) for event, person in rows]
    return [event for event in events if event is not None]


def _event(
    event: AuditEvent, person: Person | None, invitation: MeetingInvitation | None, words: Mapping[str, str]
) -> MeetingEvent | None:
    by = person.name if person is not None else ""
    if invitation is None:
        if event.action != "meeting:record":
            return None
        outcome = str(event.details.get("outcome", "held"))
        return MeetingEvent(event.at, "called_off" if outcome == "canceled" else outcome, by)
    what = _SAID.get(event.action)
    if what is None:
        return None
    agreed = next((time.starts_at for time in invitation.times if time.chosen), None)
    said = invitation.message if what == "offered" else words.get(event.object_id, "") if what == "canceled" else ""
    return MeetingEvent(event.at, what, by, invitation.offered_by_side, said, agreed if what != "offered" else None)


def _words_of(invitation_ids: Collection[UUID]) -> dict[str, str]:
    """What was written to the other side with a cancellation; it stands in the mail that told it."""
    rows: Any = db.session.execute(
        select(Notice.subject_id, Notice.context["word"].astext).where(
            Notice.kind == "meeting_canceled", Notice.subject_id.in_(invitation_ids)
        )
    )
    return {str(subject_id): word for subject_id, word in rows if word}
