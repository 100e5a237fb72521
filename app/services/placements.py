"""What an office does about a person that it was asked about: meet, approve, not now, not for our office, undo."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from app.domain.actors import By
from app.domain.meetings import OUTCOME_WORDS, stored_outcome
from app.domain.placements import (
    DECLINE_WORDS,
    MEETING_FORMATS,
    again_problem,
    local_day,
    may_undo,
    meeting_problem,
    start_problem,
)
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.placement import Meeting, PlacementDecision
from app.models.routing import Proposal
from app.queries.people import deciders_of
from app.queries.placements import chose_nothing_about, has_ranked_left, live_approval, meeting_of
from app.services.audit import record
from app.services.history import move
from app.services.locks import lock_proposal
from app.services.meetings import end_arrangement, end_held, end_missed
from app.services.notices import owe_notice
from app.services.pins import end_pin
from app.services.seats import refuse_full

DECIDED = N_("This was decided already, so nothing was changed. The page shows by whom and when.")


def record_meeting(
    proposal: Proposal,
    *,
    held_on: date,
    meeting_format: str,
    outcome: str = "held",
    notes: str = "",
    by: UUID,
    now: datetime,
) -> Meeting:
    """Record whether the office met the person ("held", "absent", "canceled"); a second call corrects the first."""
    _open_proposal(proposal)
    if meeting_format not in MEETING_FORMATS:
        raise Refusal(N_("Choose how you met."), status=422, field="format")
    if outcome not in OUTCOME_WORDS:
        raise Refusal(N_("Choose whether you met."), status=422, field="outcome")
    zone = proposal.office.time_zone
    asked_on = local_day(proposal.released_at or now, zone)
    _refuse(meeting_problem(held_on, asked_on=asked_on, today=local_day(now, zone)), field="held_on")
    meeting = meeting_of(proposal.id)
    held_before = meeting is not None and meeting.outcome == "held"
    if meeting is None:
        meeting = Meeting(proposal_id=proposal.id)
        db.session.add(meeting)
    meeting.held_on = held_on
    meeting.format = meeting_format
    meeting.outcome = stored_outcome(outcome)
    meeting.notes = notes.strip()
    meeting.recorded_by_id = by
    meeting.recorded_at = now
    db.session.flush()
    if meeting.outcome != "held":
        end_missed(proposal, by=by, now=now)
    elif not held_before:
        end_held(proposal, held_on=held_on, by=by, now=now)
    record("meeting:record", "meeting", meeting.id, by=by, now=now, proposal=str(proposal.id), outcome=outcome)
    return meeting


def approve_placement(
    proposal: Proposal,
    *,
    conditions: str | None = None,
    starts_on: date | None = None,
    by: UUID,
    now: datetime,
) -> PlacementDecision:
    """Approve: the person takes a seat of the pool, counted under the pool's lock.

    Raises Refusal where the meeting is missing, every seat is taken or it was decided already, and
    IllegalMove where the person has withdrawn meanwhile.
    """
    _open_proposal(proposal)
    opening = proposal.pool.opening
    meeting = meeting_of(proposal.id)
    if opening.meeting_required and (meeting is None or meeting.outcome != "held"):
        raise Refusal(N_("Meet the person first and record the meeting. Then you can approve."), status=422)
    if starts_on is not None:
        today = local_day(now, proposal.office.time_zone)
        _refuse(start_problem(starts_on, today=today), field="starts_on")
    refuse_full(proposal.pool)
    decision = _decide(
        proposal,
        "approve",
        "approved",
        by=by,
        now=now,
        conditions=(conditions or "").strip() or None,
        starts_on=starts_on,
    )
    _move(proposal, "approve_placement", by, now)
    return decision


def decline_placement(
    proposal: Proposal, *, reason_code: str, reason: str | None = None, by: UUID, now: datetime
) -> PlacementDecision:
    """Not for our office: the pair is struck for the season, and the person is routed again."""
    _open_proposal(proposal)
    if reason_code not in DECLINE_WORDS:
        raise Refusal(N_("Choose a reason."), status=422, field="reason_code")
    decision = _decide(
        proposal, "decline", "declined", by=by, now=now, reason_code=reason_code, reason=(reason or "").strip() or None
    )
    _move(proposal, "decline_placement", by, now, reason=reason_code)
    _tell_applicant(proposal, decision, now)
    return decision


def defer_placement(
    proposal: Proposal, *, not_before: date, reason: str | None = None, by: UUID, now: datetime
) -> PlacementDecision:
    """Not now: the pair is struck until the date, and the person is routed to other offices meanwhile."""
    _open_proposal(proposal)
    today = local_day(now, proposal.office.time_zone)
    _refuse(again_problem(not_before, today=today), field="not_before")
    decision = _decide(
        proposal, "not_now", "deferred", by=by, now=now, not_before=not_before, reason=(reason or "").strip() or None
    )
    _move(proposal, "defer_placement", by, now)
    _tell_applicant(proposal, decision, now)
    return decision


def pass_on_placement(proposal: Proposal, *, reason: str, by: UUID, now: datetime) -> PlacementDecision:
    """A manager stops waiting for an office that does not answer; the pair is struck for the season."""
    _open_proposal(proposal)
    if not reason.strip():
        raise Refusal(N_("Say why you pass this person on."), status=422, field="reason")
    decision = _decide(proposal, "passed_on", "passed_on", by=by, now=now, reason=reason.strip())
    _move(proposal, "pass_on_placement", by, now, reason=reason.strip())
    _tell_applicant(proposal, decision, now)
    return decision


def undo_approval(proposal: Proposal, *, by: UUID, now: datetime, reason: str | None = None) -> None:
    """Take an approval back: within 24 hours, and only until the offer has left. The seat is free again.

    Whoever is not of the office gives a reason, and the office's supervisors are told.
    """
    lock_proposal(proposal)
    decision = live_approval(proposal.application_id)
    if decision is None or decision.proposal_id != proposal.id:
        raise Refusal(N_("There is no approval to undo: it was undone already, or the person has withdrawn."))
    if proposal.application.state != "placement_approved":
        raise Refusal(N_("The offer has left, so the approval can no longer be undone. Write to the program manager."))
    if not may_undo(decision.decided_at, now):
        raise Refusal(N_("The 24 hours for an undo are over. Write to the program manager."))
    supervisors = deciders_of(proposal.office_id, now=now)
    from_outside = by not in {person.id for person in supervisors}
    reason = (reason or "").strip() or None
    if from_outside and reason is None:
        raise Refusal(N_("Say why you undo the approval."), status=422, field="reason")
    _move(proposal, "undo_approval", by, now, reason=reason)
    decision.undone_at = now
    decision.undone_by_id = by
    proposal.state = "released"
    db.session.flush()
    record("approval:undo", "placement_decision", decision.id, by=by, now=now, proposal=str(proposal.id))
    for supervisor in supervisors if from_outside else ():
        owe_notice(
            "approval_undone",
            subject_id=decision.id,
            recipient=supervisor,
            application=proposal.application,
            now=now,
            context={"office": proposal.office.name, "reason": reason, "proposal_id": str(proposal.id)},
        )


def _refuse(problem: str | None, *, field: str) -> None:
    if problem is not None:
        raise Refusal(problem, status=422, field=field)


def _open_proposal(proposal: Proposal) -> None:
    """Hold the pool and the application; refuse where the office is no longer being asked."""
    lock_proposal(proposal)
    if proposal.state == "withdrawn":
        raise Refusal(N_("This person has withdrawn, so there is nothing left to decide."))
    if proposal.state != "released":
        raise Refusal(DECIDED)


def _decide(
    proposal: Proposal,
    kind: str,
    state: str,
    *,
    by: UUID,
    now: datetime,
    reason_code: str | None = None,
    reason: str | None = None,
    conditions: str | None = None,
    not_before: date | None = None,
    starts_on: date | None = None,
) -> PlacementDecision:
    decision = PlacementDecision(
        proposal_id=proposal.id,
        application_id=proposal.application_id,
        office_id=proposal.office_id,
        pool_id=proposal.pool_id,
        kind=kind,
        reason_code=reason_code,
        reason=reason,
        conditions=conditions,
        not_before=not_before,
        starts_on=starts_on,
        decided_by_id=by,
        decided_at=now,
    )
    end_arrangement(proposal, by=by, now=now)
    proposal.state = state
    db.session.add(decision)
    end_pin(proposal.application_id, because="answered", by=by, now=now)
    return decision


def _move(proposal: Proposal, event: str, by: UUID, now: datetime, reason: str | None = None) -> None:
    move(proposal.application, event, by=By(person_id=by), now=now, reason=reason, details=_details(proposal))


def _details(proposal: Proposal) -> dict[str, str]:
    return {"proposal_id": str(proposal.id), "office": proposal.office.slug}


def _tell_applicant(proposal: Proposal, decision: PlacementDecision, now: datetime) -> None:
    """Tell the person that we look further, never the office's reason."""
    owe_notice(
        "placement_declined",
        subject_id=decision.id,
        recipient=proposal.application.person,
        application=proposal.application,
        now=now,
        context={
            "office": proposal.office.name,
            "kind": decision.kind,
            "not_before": decision.not_before.isoformat() if decision.not_before else None,
            "unranked": chose_nothing_about(proposal),
            "left": has_ranked_left(proposal.application_id),
        },
    )
