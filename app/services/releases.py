"""Releasing what a run proposed: the office is asked, the person is told. Where the opening wants two people, or a
manager overrides the rule, one asks for the release and another one confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from app.domain.access import Role
from app.domain.actors import By
from app.domain.pipeline import IllegalMove
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening
from app.models.routing import Proposal
from app.queries.people import deciders_of, people_with_role
from app.queries.placements import chose_nothing_about
from app.queries.routing import latest_run_key, pair_still_stands, people_waiting_at
from app.queries.seats import seats_held
from app.services.audit import record
from app.services.history import move
from app.services.locks import lock_opening, lock_proposal
from app.services.notices import owe_notice

OFFICE_DAYS = 10
NOT_ALONE = N_("You asked for this release, so another person confirms it.")


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What a release of several proposals did.

    `asked` wait for a second person; `skipped` holds the proposal and the reason in words.
    """

    released: list[Proposal] = field(default_factory=list)
    asked: list[Proposal] = field(default_factory=list)
    skipped: list[tuple[Proposal, str]] = field(default_factory=list)


def needs_two(proposal: Proposal) -> bool:
    """Tell whether two people release this proposal: the opening asks for it, or it overrides the rule."""
    return proposal.pin_id is not None or proposal.pool.opening.two_release


def first_of_two(proposal: Proposal) -> UUID | None:
    """Return who asked for this release: by asking, or by overriding the rule."""
    return proposal.asked_release_by_id or (proposal.pin.by_id if proposal.pin is not None else None)


def leaves_with(proposal: Proposal, by: UUID) -> bool:
    """Tell whether a release by this person lets the proposal leave; else it only asks a second person."""
    return not needs_two(proposal) or first_of_two(proposal) not in (None, by)


def release_proposal(proposal: Proposal, *, by: UUID, now: datetime) -> bool:
    """Ask the office about this person; False where that only asked a second person to confirm.

    Raises Refusal or IllegalMove where the proposal no longer holds.
    """
    opening = proposal.pool.opening
    lock_opening(opening)
    if not _release(proposal, by=by, now=now):
        _tell_second_person([proposal], opening, by, now)
        return False
    _tell_office(proposal.office, opening, now)
    return True


def release_proposals(proposals: Sequence[Proposal], *, by: UUID, now: datetime) -> ReleaseReport:
    """Release several proposals of one opening; whoever cannot be released is skipped and named in the report."""
    report = ReleaseReport()
    if not proposals:
        return report
    opening = proposals[0].pool.opening
    lock_opening(opening)
    # In the order in which every transaction takes its locks.
    for proposal in sorted(proposals, key=lambda each: (each.pool_id, each.application_id)):
        try:
            with db.session.begin_nested():
                left = _release(proposal, by=by, now=now)
        except Refusal as refusal:
            report.skipped.append((proposal, refusal.message))
        except IllegalMove:
            report.skipped.append((proposal, N_("This person does not wait for an office any more.")))
        else:
            (report.released if left else report.asked).append(proposal)
    for office in {proposal.office_id: proposal.office for proposal in report.released}.values():
        _tell_office(office, opening, now)
    if report.asked:
        _tell_second_person(report.asked, opening, by, now)
    return report


def take_back_release(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    """Take back the request for a second person's confirmation, or refuse it; the proposal waits as before."""
    lock_opening(proposal.pool.opening)
    lock_proposal(proposal)
    if proposal.state != "proposed" or proposal.asked_release_by_id is None:
        raise Refusal(N_("Nobody is waiting for a confirmation of this release any more."))
    record("release:taken_back", "proposal", proposal.id, by=by, now=now, asked_by=str(proposal.asked_release_by_id))
    proposal.asked_release_at = None
    proposal.asked_release_by_id = None
    db.session.flush()


def _release(proposal: Proposal, *, by: UUID, now: datetime) -> bool:
    lock_proposal(proposal)
    _refuse_stale(proposal)
    opening, pool = proposal.pool.opening, proposal.pool
    # An override may ask an office about one person more than it has seats: the last seat is given at the approval.
    if proposal.pin_id is None and seats_held(pool.id) >= pool.seats:
        raise Refusal(N_("The seats of this office are taken or already asked for. Run routing again."))
    if not pair_still_stands(proposal, today=local_day(now, opening.time_zone)):
        raise Refusal(N_("This person or the office has ruled this placement out since the run. Run routing again."))
    if not needs_two(proposal):
        # The rule of two was switched off since somebody asked: what was asked is void.
        proposal.asked_release_at = proposal.asked_release_by_id = None
    elif not _confirmed(proposal, by, now):
        return False
    move(
        proposal.application,
        "release_proposal",
        by=By(person_id=by),
        now=now,
        reason=proposal.pin.reason if proposal.pin is not None else None,
        details={
            "proposal_id": str(proposal.id),
            "office": proposal.office.slug,
            "override": proposal.pin_id is not None,
        },
    )
    proposal.state = "released"
    proposal.released_at = now
    proposal.released_by_id = by
    proposal.due_at = now + timedelta(days=int(opening.promises.get("office_decision") or OFFICE_DAYS))
    db.session.flush()
    owe_notice(
        "office_considering",
        subject_id=proposal.id,
        recipient=proposal.application.person,
        application=proposal.application,
        now=now,
        context={
            "office": proposal.office.name,
            "meeting": opening.meeting_required,
            "unranked": chose_nothing_about(proposal),
        },
    )
    return True


def _confirmed(proposal: Proposal, by: UUID, now: datetime) -> bool:
    """Tell whether this is the second person; the first one's request is written down."""
    first = first_of_two(proposal)
    if proposal.asked_release_by_id is None and first in (None, by):
        proposal.asked_release_at = now
        proposal.asked_release_by_id = by
        record("release:asked", "proposal", proposal.id, by=by, now=now, office=proposal.office.slug)
        db.session.flush()
        return False
    if first == by:
        raise Refusal(NOT_ALONE)
    if proposal.asked_release_by_id is None:
        # Who overrode the rule has asked for the release by that.
        proposal.asked_release_at = proposal.pin.made_at if proposal.pin is not None else now
        proposal.asked_release_by_id = first
    return True


def _refuse_stale(proposal: Proposal) -> None:
    if proposal.state == "released":
        raise Refusal(N_("Somebody has released this proposal already."))
    newest = latest_run_key(proposal.pool.opening_id)
    if proposal.state != "proposed" or newest is None or newest.id != proposal.run_id:
        raise Refusal(N_("A newer run has taken the place of this proposal. Look at the newer one first."))


def _tell_second_person(proposals: Sequence[Proposal], opening: Opening, by: UUID, now: datetime) -> None:
    """One mail for each run to everybody else who may confirm; it names nobody and leads to the newest run."""
    for person in people_with_role(opening, [Role.MANAGER, Role.DIRECTOR]):
        if person.id != by:
            owe_notice(
                "release_to_confirm",
                subject_id=opening.id,
                recipient=person,
                now=now,
                occurrence=str(proposals[0].run_id),
                context={"waiting": len(proposals), "opening_id": str(opening.id)},
            )


def _tell_office(office: Office, opening: Opening, now: datetime) -> None:
    """One mail a day for each supervisor; while it has not left, it is kept up to date with the count."""
    occurrence = local_day(now, opening.time_zone).isoformat()
    waiting = people_waiting_at(office.id)
    context = {
        "office": office.name,
        "waiting": waiting,
        "days": int(opening.promises.get("office_decision") or OFFICE_DAYS),
        "meeting": opening.meeting_required,
        "opening_id": str(opening.id),
    }
    for person in deciders_of(office.id, now=now):
        owed = owe_notice(
            "office_waiting", subject_id=office.id, recipient=person, now=now, occurrence=occurrence, context=context
        )
        if owed is None:
            db.session.execute(
                update(Notice)
                .where(
                    Notice.kind == "office_waiting",
                    Notice.subject_id == office.id,
                    Notice.recipient_email == person.email,
                    Notice.occurrence == occurrence,
                    Notice.state == "pending",
                )
                .values(context=context)
            )
