"""Where the arrangement of a meeting stands: the offer that waits for an answer, or the time that both took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.domain.meetings import Stage, stage_of, takeable
from app.extensions import db
from app.models.application import Application
from app.models.placement import Meeting, MeetingInvitation, MeetingTime
from app.models.routing import Proposal


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What both sides see. `times`: those that can still be taken, or the one that both took."""

    stage: Stage
    invitation: MeetingInvitation | None = None
    times: tuple[MeetingTime, ...] = ()

    @property
    def waits_for(self) -> str | None:
        """The side whose turn it is: "office", "applicant" or None."""
        if self.invitation is None or self.stage not in ("answer", "stale"):
            return None
        return "applicant" if self.invitation.offered_by_side == "office" else "office"

    @property
    def agreed_at(self) -> datetime | None:
        """When the meeting begins or began, where a time was agreed."""
        return self.times[0].starts_at if self.stage in ("agreed", "close", "over") else None

    @property
    def ends_at(self) -> datetime | None:
        """When the agreed meeting ends."""
        if self.invitation is None or self.agreed_at is None:
            return None
        return self.agreed_at + timedelta(minutes=self.invitation.minutes)


def live_invitation(proposal_id: UUID) -> MeetingInvitation | None:
    """Return the offer that waits for an answer, or the one whose time was taken."""
    return db.session.scalar(
        select(MeetingInvitation)
        .options(selectinload(MeetingInvitation.times))
        .where(MeetingInvitation.proposal_id == proposal_id, MeetingInvitation.state.in_(("open", "accepted")))
    )


def arrangement_of(proposal_id: UUID, *, now: datetime) -> Arrangement:
    """Return where the meeting of a proposal stands at this moment."""
    invitation = live_invitation(proposal_id)
    if invitation is None:
        return Arrangement("none")
    taken = tuple(time for time in invitation.times if time.chosen)
    starts = [time.starts_at for time in taken or invitation.times]
    stage = stage_of(invitation.state, starts, invitation.minutes, now=now)
    left = tuple(time for time in invitation.times if takeable(time.starts_at, now=now))
    return Arrangement(stage, invitation, taken or left)


def proposal_in_review(application_id: UUID) -> Proposal | None:
    """Return the proposal that an office is looking at now."""
    return db.session.scalar(
        select(Proposal)
        .options(joinedload(Proposal.office))
        .where(Proposal.application_id == application_id, Proposal.state == "released")
    )


def proposal_considered(application_id: UUID) -> Proposal | None:
    """Return the proposal that an office looks at, as outsiders see it: an approval is nobody's news for a day."""
    return db.session.scalar(
        select(Proposal)
        .options(joinedload(Proposal.office))
        .where(Proposal.application_id == application_id, Proposal.state.in_(("released", "approved")))
    )


def held_meeting_day(proposal_id: UUID) -> date | None:
    """Return the day on which the office met the person, where it wrote that down."""
    return db.session.scalar(
        select(Meeting.held_on).where(Meeting.proposal_id == proposal_id, Meeting.outcome == "held")
    )


def terms_before(office_id: UUID) -> MeetingInvitation | None:
    """Return the last offer of this office: the next one most likely has the same format and place."""
    return db.session.scalar(
        select(MeetingInvitation)
        .join(Proposal, Proposal.id == MeetingInvitation.proposal_id)
        .where(Proposal.office_id == office_id, MeetingInvitation.offered_by_side == "office")
        .order_by(MeetingInvitation.offered_at.desc())
        .limit(1)
    )


def coming_meetings(*, now: datetime, within: timedelta) -> list[tuple[MeetingInvitation, datetime]]:
    """Return the agreed meetings that begin within this time, each with its beginning."""
    rows = db.session.execute(
        select(MeetingInvitation, MeetingTime.starts_at)
        .join(MeetingTime, (MeetingTime.invitation_id == MeetingInvitation.id) & MeetingTime.chosen)
        .join(MeetingInvitation.proposal)
        .join(Proposal.application)
        .options(
            contains_eager(MeetingInvitation.proposal)
            .contains_eager(Proposal.application)
            .joinedload(Application.person),
            contains_eager(MeetingInvitation.proposal).joinedload(Proposal.office),
        )
        .where(
            MeetingInvitation.state == "accepted",
            Proposal.state == "released",
            Application.state == "placement_in_review",
            MeetingTime.starts_at > now,
            MeetingTime.starts_at <= now + within,
        )
        .order_by(MeetingTime.starts_at, MeetingInvitation.id)
    )
    return [(invitation, starts_at) for invitation, starts_at in rows]
