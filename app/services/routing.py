"""Routing runs. A run proposes; people release (app/services/releases.py) and decide."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from app.adapters.garbage import garbage_collected_later
from app.domain.actors import By
from app.domain.explanations import explain
from app.domain.instance import input_sha256, instance_bytes
from app.domain.kept_result import kept_result
from app.domain.matching import solve
from app.domain.packing import pack_json, pack_text
from app.domain.routing_result import Texts
from app.domain.sentences import parts_of
from app.extensions import db
from app.models.opening import Opening, SeatPool
from app.models.routing import Proposal, RoutingRun
from app.queries.routing import (
    latest_run_key,
    openings_with_offices,
    people_in_routing,
    still_proposed,
)
from app.queries.routing_instance import read_inputs
from app.services.audit import record
from app.services.locks import lock_opening, lock_pools, lock_waiting
from app.services.proposing import Asked, Since, propose

log = structlog.get_logger()


def run_routing(opening: Opening, *, occasion: str, by: By, now: datetime) -> RoutingRun:
    """Route everybody who waits and return the run, stored with its exact input.

    Where nothing changed since the last run, that run is returned and nothing is written: a run is a pure
    function of its input. Whoever comes at the same time waits for the opening's row.
    """
    with garbage_collected_later():
        run, _fresh = _run(opening, occasion=occasion, by=by, now=now)
    return run


def run_due_routing(*, now: datetime) -> int:
    """Run every opening whose inputs changed since its last run (an event, a date); return how many runs were stored.

    Beat calls this every few minutes and at night. One opening's fault does not stop the others.
    """
    stored = 0
    for opening in openings_with_offices():
        if latest_run_key(opening.id) is None and not people_in_routing(opening.id):
            continue
        try:
            with garbage_collected_later(), db.session.begin_nested():
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
    last = latest_run_key(opening.id)
    if last is not None and last.input_sha256 == sha and still_proposed(last.id):
        return db.session.get_one(RoutingRun, last.id), False
    outcome = solve(inputs.instance)
    explanations = explain(inputs.instance, outcome, declined_on=inputs.declined_on, held_until=inputs.held_until)
    texts = Texts(explanations)
    run = RoutingRun(
        opening_id=opening.id,
        # The newest run is the one that counts, also where two come within one tick of the clock.
        run_at=now if last is None else max(now, last.run_at + timedelta(microseconds=1)),
        occasion=occasion,
        by_person_id=by.person_id,
        input_sha256=sha,
        packed_instance=pack_text(data),
        packed_result=pack_json(kept_result(inputs.instance, outcome, sha, explanations, texts)),
    )
    db.session.add(run)
    asked, since = _supersede(opening)
    db.session.flush()
    reasons = {each.candidate: each for each in explanations}
    propose(
        run,
        inputs,
        outcome,
        lambda key: parts_of(reasons[key], texts.of(key)) if key in reasons else [],
        asked,
        since,
        now,
    )
    _record_dropped(asked, run, now)
    return run, True


def _supersede(opening: Opening) -> tuple[Asked, Since]:
    """What nobody released is proposed anew; row versions count, as if each had been changed by itself.

    Returns for which of them one of two people has already asked for the release: that is not asked again
    because somebody else arrived meanwhile. And since when each pair is proposed: its release waits since then.
    """
    rows = db.session.execute(
        update(Proposal)
        .where(
            Proposal.pool_id.in_(select(SeatPool.id).where(SeatPool.opening_id == opening.id)),
            Proposal.state == "proposed",
        )
        .values(state="superseded", row_version=Proposal.row_version + 1)
        .returning(
            Proposal.application_id,
            Proposal.office_id,
            Proposal.pin_id,
            Proposal.asked_release_by_id,
            Proposal.asked_release_at,
            Proposal.id,
            Proposal.proposed_at,
        )
    ).all()
    asked = {
        (str(row.application_id), row.office_id, row.pin_id): (row.asked_release_by_id, row.asked_release_at, row.id)
        for row in rows
        if row.asked_release_by_id is not None and row.asked_release_at is not None
    }
    return asked, {(str(row.application_id), row.office_id): row.proposed_at for row in rows}


def _record_dropped(asked: Asked, run: RoutingRun, now: datetime) -> None:
    """What is left here was asked for and is not proposed any more; the pages of the managers say so."""
    for asked_by, _at, proposal_id in asked.values():
        record("release:dropped", "proposal", proposal_id, by=None, now=now, asked_by=str(asked_by), run=str(run.id))
