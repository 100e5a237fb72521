"""Routing runs, and the release of what they propose. A run proposes; people decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.domain.actors import By
from app.domain.explanations import Explanation, explain
from app.domain.instance import input_sha256, instance_bytes
from app.domain.matching import Assignment, Outcome, solve
from app.domain.pipeline import IllegalMove
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.routing_result import result_to_json
from app.domain.words import N_
from app.extensions import db
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.routing import Proposal, RoutingRun
from app.queries.people import supervisors_of
from app.queries.routing import (
    latest_run,
    open_proposals_of_run,
    openings_with_offices,
    pair_still_stands,
    people_in_routing,
    people_waiting_at,
)
from app.queries.routing_instance import Inputs, read_inputs
from app.queries.seats import seats_held
from app.services.history import move
from app.services.locks import lock_opening, lock_pools, lock_proposal, lock_waiting
from app.services.notices import owe_notice

log = structlog.get_logger()
OFFICE_DAYS = 10


def run_routing(opening: Opening, *, occasion: str, by: By, now: datetime) -> RoutingRun:
    """Route everybody who waits and return the run, stored with its exact input.

    Where nothing changed since the last run, that run is returned and nothing is written: a run is a pure
    function of its input. Whoever comes at the same time waits for the opening's row.
    """
    run, _fresh = _run(opening, occasion=occasion, by=by, now=now)
    return run


def run_due_routing(*, now: datetime) -> int:
    """Run every opening whose inputs changed since its last run (an event, a date); return how many runs were stored.

    Beat calls this every few minutes and at night. One opening's fault does not stop the others.
    """
    stored = 0
    for opening in openings_with_offices():
        if latest_run(opening.id) is None and not people_in_routing(opening.id):
            continue
        try:
            with db.session.begin_nested():
                _run_of, fresh = _run(opening, occasion="inputs changed", by=By(worker="route_candidates"), now=now)
            stored += fresh
        except Exception as fault:
            log.error("routing failed", opening=str(opening.id), exc_info=fault)
    return stored


def _run(opening: Opening, *, occasion: str, by: By, now: datetime) -> tuple[RoutingRun, bool]:
    lock_opening(opening)
    lock_pools(db.session.scalars(select(SeatPool.id).where(SeatPool.opening_id == opening.id)))
    lock_waiting(opening)
    inputs = read_inputs(opening, now)
    data = instance_bytes(inputs.instance)
    sha = input_sha256(data)
    last = latest_run(opening.id)
    if last is not None and last.input_sha256 == sha and _still_stands(last):
        return last, False
    outcome = solve(inputs.instance)
    explanations = explain(inputs.instance, outcome, declined_on=inputs.declined_on, held_until=inputs.held_until)
    result = result_to_json(inputs.instance, outcome, sha, explanations)
    # The sentences in parts, so that the pages can name offices and translate.
    result["sentences"] = {each.candidate: _passed_over(each) for each in explanations}
    run = RoutingRun(
        opening_id=opening.id,
        # The newest run is the one that counts, also where two come within one tick of the clock.
        run_at=now if last is None else max(now, last.run_at + timedelta(microseconds=1)),
        occasion=occasion,
        by_person_id=by.person_id,
        instance=data.decode(),
        input_sha256=sha,
        result=result,
    )
    db.session.add(run)
    _supersede(opening)
    db.session.flush()
    _propose(run, inputs, outcome, explanations, now)
    return run, True


def _still_stands(run: RoutingRun) -> bool:
    """Tell whether everything that the run proposed is still waiting to be released."""
    proposed = sum(assignment["seat"] != "locked" for assignment in run.result["assignments"])
    return len(open_proposals_of_run(run.id)) == proposed


def _supersede(opening: Opening) -> None:
    """What nobody released is proposed anew; through the session, so that row versions count."""
    for proposal in db.session.scalars(
        select(Proposal)
        .join(SeatPool, SeatPool.id == Proposal.pool_id)
        .where(SeatPool.opening_id == opening.id, Proposal.state == "proposed")
    ):
        proposal.state = "superseded"


def _propose(
    run: RoutingRun, inputs: Inputs, outcome: Outcome, explanations: Iterable[Explanation], now: datetime
) -> None:
    passed_over = {each.candidate: _passed_over(each) for each in explanations}
    scores = {candidate.id: candidate.score for candidate in inputs.instance.candidates}
    for assignment in outcome.assignments:
        if assignment.seat == "locked":
            continue
        place = inputs.places[assignment.office]
        db.session.add(
            Proposal(
                run_id=run.id,
                application_id=UUID(assignment.candidate),
                office_id=place.office_id,
                pool_id=place.pool_id,
                rank=_own_rank(inputs, assignment),
                seat=assignment.seat,
                routing_score=Decimal(str(round(scores[assignment.candidate] or 0.0, 5))),
                passed_over=passed_over.get(assignment.candidate, []),
                state="proposed",
                proposed_at=now,
            )
        )
    db.session.flush()


def _own_rank(inputs: Inputs, assignment: Assignment) -> int:
    """The person's own rank of the office, also where an office ranked above it has closed since."""
    return inputs.own_ranks.get((assignment.candidate, assignment.office), assignment.rank or 1)


def _passed_over(explanation: Explanation) -> list[dict[str, Any]]:
    return [
        {"office": each.office, "code": each.code, "text": each.text, "variant": each.variant, "params": each.params}
        for each in explanation.passed_over
    ]


# ---- releasing -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What a release of several proposals did; `skipped` holds the proposal and the reason in words."""

    released: list[Proposal] = field(default_factory=list)
    skipped: list[tuple[Proposal, str]] = field(default_factory=list)


def release_proposal(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    """Ask the office about this person. Raises Refusal or IllegalMove where the proposal no longer holds."""
    lock_opening(proposal.pool.opening)
    _release(proposal, by=by, now=now)
    _tell_office(proposal.office, proposal.pool.opening, now)


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
                _release(proposal, by=by, now=now)
        except Refusal as refusal:
            report.skipped.append((proposal, refusal.message))
        except IllegalMove:
            report.skipped.append((proposal, N_("This person does not wait for an office any more.")))
        else:
            report.released.append(proposal)
    for office in {proposal.office_id: proposal.office for proposal in report.released}.values():
        _tell_office(office, opening, now)
    return report


def _release(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    lock_proposal(proposal)
    _refuse_stale(proposal)
    opening, pool = proposal.pool.opening, proposal.pool
    if seats_held(pool.id) >= pool.seats:
        raise Refusal(N_("The seats of this office are taken or already asked for. Run routing again."))
    if not pair_still_stands(proposal, today=local_day(now, opening.time_zone)):
        raise Refusal(N_("This person or the office has ruled this placement out since the run. Run routing again."))
    move(
        proposal.application,
        "release_proposal",
        by=By(person_id=by),
        now=now,
        details={"proposal_id": str(proposal.id), "office": proposal.office.slug},
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
        context={"office": proposal.office.name, "meeting": opening.meeting_required},
    )


def _refuse_stale(proposal: Proposal) -> None:
    if proposal.state == "released":
        raise Refusal(N_("Somebody has released this proposal already."))
    newest = latest_run(proposal.pool.opening_id)
    if proposal.state != "proposed" or newest is None or newest.id != proposal.run_id:
        raise Refusal(N_("A newer run has taken the place of this proposal. Look at the newer one first."))


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
    for person in supervisors_of(office.id):
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
