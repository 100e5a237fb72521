"""Arranging the meeting: one side offers times, the other takes one or offers its own; then either may move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update

from app.domain.meetings import MINUTES, TIMES, Side, takeable, times_problem
from app.domain.placements import MEETING_FORMATS
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.notice import Notice
from app.models.person import Person
from app.models.placement import MeetingInvitation, MeetingTime
from app.models.routing import Proposal
from app.queries.meetings import Arrangement, arrangement_of, live_invitation
from app.queries.people import deciders_of
from app.queries.placements import meeting_of
from app.services.audit import record
from app.services.locks import lock_proposal
from app.services.notices import owe_notice

NOT_ANY_MORE = N_("This office is no longer being asked, so there is no meeting to arrange.")
CHANGED = N_("These times were changed meanwhile, so nothing was done. The page shows what stands now.")
HAS_BEGUN = N_("The meeting is about to begin or has begun, so it can no longer be moved. Call the other side.")


@dataclass(frozen=True, slots=True)
class Terms:
    """How the office would like to meet. `place` is an address, a video link or a number."""

    format: str
    place: str
    minutes: int
    message: str = ""


def offer_times(
    proposal: Proposal,
    times: Sequence[datetime],
    terms: Terms,
    *,
    instead_of: UUID | None,
    by: UUID,
    now: datetime,
) -> MeetingInvitation:
    """The office offers three times, in place of what its page showed (`instead_of`: an offer or an agreed meeting).

    A second click returns the same offer. Raises Refusal: 409 where something else stands by now; 422 with the
    field ("times", with the place of the time in `details`) for what cannot be offered.
    """
    _hold(proposal)
    before = live_invitation(proposal.id)
    if before is not None and before.id != instead_of:
        if before.offered_by_id == by and {time.starts_at for time in before.times} == set(times):
            return before
        raise Refusal(CHANGED)
    if terms.format not in MEETING_FORMATS:
        raise Refusal(N_("Choose how you would like to meet."), status=422, field="format")
    if not terms.place.strip():
        raise Refusal(N_("Say where: a place, a video link or a number."), status=422, field="place")
    if not MINUTES[0] <= terms.minutes <= MINUTES[1]:
        raise Refusal(N_("Enter 10 to 240 minutes."), status=422, field="minutes")
    if len(times) != TIMES:
        raise Refusal(N_("Offer three meeting times, so that the person can choose."), status=422, field="times")
    return _offer(proposal, "office", times, terms, by=by, now=now)


def offer_own_times(
    proposal: Proposal, times: Sequence[datetime], message: str, *, invitation_id: UUID, by: UUID, now: datetime
) -> MeetingInvitation:
    """The applicant answers with up to three times of her own; how and where stay as the office said.

    `invitation_id` is what her page showed: Refusal (409) where something else stands by now.
    """
    _hold(proposal)
    standing = arrangement_of(proposal.id, now=now)
    before = standing.invitation
    if before is None or before.id != invitation_id:
        raise Refusal(CHANGED)
    if standing.stage in ("close", "over"):
        raise Refusal(HAS_BEGUN)
    if not 1 <= len(times) <= TIMES:
        raise Refusal(N_("Enter at least one day and time that would work for you."), status=422, field="times")
    terms = Terms(before.format, before.place, before.minutes, message)
    return _offer(proposal, "applicant", times, terms, by=by, now=now)


def take_time(
    proposal: Proposal, *, invitation_id: UUID, time_id: UUID, side: Side, by: UUID, now: datetime
) -> MeetingInvitation:
    """Take one of the times that the other side offered: the meeting is agreed, both get a calendar file.

    A second click changes nothing. Raises Refusal where the offer was changed or the time has come too near.
    """
    _hold(proposal)
    invitation = live_invitation(proposal.id)
    chosen = next((time for time in invitation.times if time.id == time_id), None) if invitation is not None else None
    if invitation is None or invitation.id != invitation_id or chosen is None or invitation.offered_by_side == side:
        raise Refusal(CHANGED)
    if invitation.state == "accepted":
        if chosen.chosen:
            return invitation
        raise Refusal(CHANGED)
    if not takeable(chosen.starts_at, now=now):
        raise Refusal(N_("That time has come too near. Choose another one."), status=422, field="time")
    chosen.chosen = True
    _end(invitation, "accepted", by=by, now=now)
    for person in (proposal.application.person, *deciders_of(proposal.office_id, now=now)):
        _tell("meeting_agreed", invitation, person, now, starts_at=chosen.starts_at.isoformat())
    return invitation


def cancel_meeting(proposal: Proposal, *, invitation_id: UUID, word: str, by: UUID, now: datetime) -> None:
    """The office takes its times back, or calls an agreed meeting off, with a word to the applicant."""
    _hold(proposal)
    standing = arrangement_of(proposal.id, now=now)
    if standing.invitation is None or standing.invitation.id != invitation_id or standing.stage == "over":
        raise Refusal(CHANGED)
    agreed = standing.agreed_at is not None
    _end(standing.invitation, "canceled", by=by, now=now)
    people = [proposal.application.person, *(deciders_of(proposal.office_id, now=now) if agreed else [])]
    for person in people:
        _tell_canceled(standing, person, now, word=word.strip())


def end_arrangement(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    """The proposal was decided or has ended: what is still open ends too, and whoever had agreed is told."""
    meeting = meeting_of(proposal.id)
    if meeting is not None and meeting.outcome == "held":
        end_held(proposal, held_on=meeting.held_on, by=by, now=now)
        return
    standing = arrangement_of(proposal.id, now=now)
    if standing.invitation is None or standing.stage == "over":
        return
    _end(standing.invitation, "canceled", by=by, now=now, because="ended")
    if standing.agreed_at is None:
        return
    applicant = proposal.application.person
    for person in (applicant, *deciders_of(proposal.office_id, now=now)):
        # Whoever withdraws knows it. Who decides for the office has the meeting in a calendar all the same.
        if person.id != by or person is not applicant:
            _tell_canceled(standing, person, now, ended=True)


def end_held(proposal: Proposal, *, held_on: date, by: UUID, now: datetime) -> None:
    """They have met: open times end quietly; an appointment still ahead is not needed, and leaves both calendars.

    One that has begun stays as it was agreed: most likely it is the meeting that was held.
    """
    standing = arrangement_of(proposal.id, now=now)
    if standing.invitation is None or (standing.agreed_at is not None and standing.agreed_at <= now):
        return
    _end(standing.invitation, "canceled", by=by, now=now, because="met")
    if standing.agreed_at is not None:
        for person in (proposal.application.person, *deciders_of(proposal.office_id, now=now)):
            _tell_canceled(standing, person, now, held_on=held_on)


def end_missed(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    """The agreed time has passed and nobody met: the way to new times is free."""
    standing = arrangement_of(proposal.id, now=now)
    if standing.invitation is not None and standing.stage == "over":
        _end(standing.invitation, "canceled", by=by, now=now, because="missed")


def _hold(proposal: Proposal) -> None:
    lock_proposal(proposal)
    if proposal.state != "released":
        raise Refusal(NOT_ANY_MORE)


def _offer(
    proposal: Proposal, side: Side, times: Sequence[datetime], terms: Terms, *, by: UUID, now: datetime
) -> MeetingInvitation:
    problem = times_problem(times, now=now)
    if problem is not None:
        raise Refusal(problem[1], status=422, field="times", place=problem[0])
    before = arrangement_of(proposal.id, now=now)
    if before.stage == "close":
        raise Refusal(HAS_BEGUN)
    if before.invitation is not None:
        # "over": the talk that was to be has passed; its row stays as it was agreed only where it was held.
        _end(before.invitation, "replaced", by=by, now=now)
    invitation = MeetingInvitation(
        proposal_id=proposal.id,
        offered_by_side=side,
        offered_by_id=by,
        offered_at=now,
        format=terms.format,
        place=terms.place.strip(),
        minutes=terms.minutes,
        message=terms.message.strip(),
        times=[MeetingTime(starts_at=starts_at) for starts_at in sorted(times)],
    )
    db.session.add(invitation)
    db.session.flush()
    record("meeting:offer", "meeting_invitation", invitation.id, by=by, now=now, proposal=str(proposal.id), side=side)
    _tell_offered(invitation, before, side, now)
    return invitation


def _tell_offered(invitation: MeetingInvitation, before: Arrangement, side: Side, now: datetime) -> None:
    """The other side is asked; where an agreed time fell away, every calendar is told so."""
    proposal = invitation.proposal
    applicant, office = [proposal.application.person], deciders_of(proposal.office_id, now=now)
    asked, own = (applicant, office) if side == "office" else (office, applicant)
    moved = before.invitation if before.stage == "agreed" else None
    for person in asked:
        _tell("meeting_offered", invitation, person, now, replaces=str(moved.id) if moved is not None else None)
    for person in own if moved is not None else ():
        _tell_canceled(before, person, now, moved=True)


def _end(invitation: MeetingInvitation, state: str, *, by: UUID, now: datetime, because: str = "") -> None:
    """Give an offer its new state; what was to be said about it and has not left is not sent.

    `because` is what the log calls it where nobody called it off: met, missed or ended.
    """
    db.session.execute(
        update(Notice)
        .where(
            Notice.subject_id == invitation.id,
            Notice.kind.in_(("meeting_offered", "meeting_reminder")),
            Notice.state == "pending",
        )
        .values(state="cancelled")
    )
    invitation.state = state
    invitation.answered_at = now
    invitation.answered_by_id = by
    db.session.flush()
    record(f"meeting:{because or state}", "meeting_invitation", invitation.id, by=by, now=now)


def _tell_canceled(
    standing: Arrangement,
    person: Person,
    now: datetime,
    *,
    word: str = "",
    moved: bool = False,
    ended: bool = False,
    held_on: date | None = None,
) -> None:
    assert standing.invitation is not None
    agreed_at = standing.agreed_at
    _tell(
        "meeting_canceled",
        standing.invitation,
        person,
        now,
        starts_at=agreed_at.isoformat() if agreed_at is not None else None,
        word=word,
        moved=moved,
        ended=ended,
        held_on=held_on.isoformat() if held_on is not None else None,
    )


def _tell(kind: str, invitation: MeetingInvitation, person: Person, now: datetime, **facts: str | bool | None) -> None:
    proposal = invitation.proposal
    owe_notice(
        kind,
        subject_id=invitation.id,
        recipient=person,
        application=proposal.application,
        now=now,
        context={
            "invitation_id": str(invitation.id),
            "proposal_id": str(proposal.id),
            "office": proposal.office.name,
            "zone": proposal.office.time_zone,
            **facts,
        },
    )
