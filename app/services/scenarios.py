"""What-ifs of the routing: stored with their exact input, proposing nothing; and carrying one out, on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.domain.actors import By
from app.domain.explanations import explain
from app.domain.instance import input_sha256, instance_bytes
from app.domain.matching import solve
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.routing_result import stored_result
from app.domain.scenarios import (
    Change,
    Changes,
    Fault,
    Key,
    Value,
    changes_between,
    changes_from_json,
    changes_to_json,
    faults_of,
    values_of,
    with_changes,
)
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.routing import Pin, RoutingRun, Scenario
from app.queries.routing_instance import build_instance, read_inputs
from app.services.audit import record
from app.services.locks import lock_opening, lock_pools
from app.services.overrides import pin_person
from app.services.pools import change_pool
from app.services.routing import run_routing

STALE = N_("The records have changed since this what-if. Nothing was done; look at what changed.")


class Infeasible(Exception):
    """Wishes that cannot be; `faults` says which number stands against each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class Stale:
    """A pool's number that is no longer what the what-if started from."""

    pool: str
    key: Key
    change: Change
    now: Value


def make_scenario(
    opening: Opening,
    wanted: Mapping[str, Mapping[Key, Value]],
    pins: Sequence[tuple[str, str]],
    *,
    title: str,
    by: UUID,
    now: datetime,
) -> Scenario:
    """Route the people who wait with these numbers and pins, and keep the result; nothing is proposed.

    Raises Infeasible with every wish that cannot be.
    """
    inputs = read_inputs(opening, now)
    changes = changes_between(inputs.instance, wanted, pins)
    if faults := faults_of(inputs.instance, changes):
        raise Infeasible(faults)
    instance = with_changes(inputs.instance, changes)
    data = instance_bytes(instance)
    sha = input_sha256(data)
    outcome = solve(instance)
    explanations = explain(instance, outcome, declined_on=inputs.declined_on, held_until=inputs.held_until)
    result = stored_result(instance, outcome, sha, explanations)
    scenario = Scenario(
        opening_id=opening.id,
        made_by_id=by,
        made_at=now,
        title=title.strip(),
        changes=changes_to_json(changes),
        instance=data.decode(),
        input_sha256=sha,
        base_sha256=input_sha256(instance_bytes(inputs.instance)),
        result=result,
    )
    db.session.add(scenario)
    db.session.flush()
    return scenario


def stale_numbers(scenario: Scenario, now: datetime) -> list[Stale]:
    """Return the numbers that this what-if would change and that somebody has changed since."""
    instance = build_instance(scenario.opening, now)
    pools = {pool.id: values_of(pool, instance) for pool in instance.pools}
    found = []
    for pool, changed in changes_from_json(scenario.changes).pools.items():
        for key, change in changed.items():
            present = pools.get(pool, {}).get(key)
            if present != change.before:
                found.append(Stale(pool, key, change, present))
    return found


def is_of_today(scenario: Scenario, now: datetime) -> bool:
    """Tell whether the records are still exactly those that the what-if started from."""
    return input_sha256(instance_bytes(build_instance(scenario.opening, now))) == scenario.base_sha256


def use_scenario(scenario: Scenario, *, reason: str, by: UUID, now: datetime) -> RoutingRun:
    """Put a what-if's changes into the records, make its pins overrides, and route; the run is returned.

    Refusal where no reason is given, where a number was changed since, or where a pin cannot stand any more; then
    nothing is changed.
    """
    opening = scenario.opening
    lock_opening(opening)
    lock_pools(db.session.scalars(select(SeatPool.id).where(SeatPool.opening_id == opening.id)))
    if not reason.strip():
        raise Refusal(N_("Say why. The reason stays on the record."), status=422, field="reason")
    if stale_numbers(scenario, now):
        raise Refusal(STALE)
    changes = changes_from_json(scenario.changes)
    if not changes:
        raise Refusal(N_("This what-if changes nothing, so there is nothing to use."))
    _change_pools(opening, changes, reason, by, now)
    offices = {place.office.slug: place.office for place in opening.offices}
    for person, office in changes.pins:
        _pin(person, offices.get(office), reason, by, now)
    record("routing:scenario_used", "routing_scenario", scenario.id, by=by, now=now, opening=str(opening.id))
    return run_routing(opening, occasion="a what-if", by=By(person_id=by), now=now)


def _change_pools(opening: Opening, changes: Changes, reason: str, by: UUID, now: datetime) -> None:
    today = local_day(now, opening.time_zone)
    pools = db.session.scalars(select(SeatPool).where(SeatPool.opening_id == opening.id).order_by(SeatPool.id))
    for pool in pools.all():
        changed = changes.pools.get(pool.slug)
        if changed is None:
            continue
        after = {key: change.after for key, change in changed.items()}
        price = after.get("bid_price", pool.bid_price)
        release_on = pool.release_reserve_on
        if "release_reserve" in after:
            release_on = today if after["release_reserve"] else None
        change_pool(
            pool,
            seats=int(after.get("seats", pool.seats) or 0),
            spanish_minimum=int(after.get("spanish_minimum", pool.spanish_minimum) or 0),
            release_on=release_on,
            bid_price=None if price is None else Decimal(str(price)),
            reason=reason,
            by=by,
            now=now,
        )
        pool.changed_reason = reason.strip()


def _pin(person: str, office: Office | None, reason: str, by: UUID, now: datetime) -> Pin:
    application = db.session.get(Application, UUID(person))
    if application is None or office is None:
        raise Refusal(STALE)
    return pin_person(application, office, reason=reason, by=by, now=now)
