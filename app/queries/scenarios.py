"""Stored runs and what-ifs, as the pages that compare them need them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.instance import Instance
from app.domain.instance_reading import read_instance
from app.domain.matching import solve
from app.domain.outcomes import Outlook, outlook_of
from app.domain.routing_result import result_to_json
from app.domain.scenarios import changes_from_json, without_changes
from app.domain.sentences import Sentences
from app.extensions import db
from app.models.application import Application
from app.models.person import Person
from app.models.routing import RoutingRun, Scenario
from app.queries.routing import Reason, office_names, reasons_in
from app.queries.work import both_names


class Named(NamedTuple):
    """Somebody as a list names them."""

    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class Solved:
    """A stored run or what-if, read again: what went in and the figures of what came out."""

    stored: RoutingRun | Scenario
    instance: Instance
    outlook: Outlook


def solved(stored: RoutingRun | Scenario) -> Solved:
    """Read a stored run or what-if."""
    instance = read_instance(stored.instance.encode())
    return Solved(stored, instance, outlook_of(instance, stored.result))


def unchanged(scenario: Scenario) -> Outlook:
    """Return what comes out of the same records without the what-if's changes."""
    instance = read_instance(scenario.instance.encode())
    base = without_changes(instance, changes_from_json(scenario.changes))
    return outlook_of(base, result_to_json(base, solve(base), scenario.base_sha256, []))


def scenarios_of(opening_id: UUID, limit: int = 20) -> list[Scenario]:
    """Return the newest what-ifs of an opening, the newest first."""
    return list(
        db.session.scalars(
            select(Scenario)
            .where(Scenario.opening_id == opening_id)
            .options(joinedload(Scenario.made_by))
            .order_by(Scenario.made_at.desc(), Scenario.id)
            .limit(limit)
        )
    )


def run_or_scenario(opening_id: UUID, key: UUID | None) -> RoutingRun | Scenario | None:
    """Return the run or what-if of this id, if it belongs to this opening."""
    if key is None:
        return None
    found: RoutingRun | Scenario | None = db.session.get(Scenario, key) or db.session.get(RoutingRun, key)
    return found if found is not None and found.opening_id == opening_id else None


def names_of(application_ids: Collection[str], *, hidden: Collection[UUID] = ()) -> dict[str, Named]:
    """Return the people behind these ids; `hidden` ones are left out."""
    wanted = {UUID(key) for key in application_ids} - set(hidden)
    rows = db.session.execute(
        select(Application.id, both_names(), Application.reference)
        .join(Person, Person.id == Application.person_id)
        .where(Application.id.in_(wanted))
    )
    return {str(key): Named(name, reference) for key, name, reference in rows}


def unplaced_reasons(stored: RoutingRun | Scenario) -> Mapping[str, Sequence[Reason]]:
    """Return why somebody has no seat, office by office: application id -> reasons."""
    names = office_names(stored.opening)
    sentences = Sentences(stored.result)
    return {key: reasons_in(sentences.of(key), names) for key in stored.result["unplaced"]}
