"""What a run found becomes proposals: all of them at once, there may be many thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID, uuid4

import orjson

from app.adapters.copying import copy_rows
from app.domain.matching import Assignment, Outcome
from app.domain.sentences import Part
from app.extensions import db
from app.models.routing import Proposal, RoutingRun
from app.queries.routing_instance import Inputs

# Ids are texts here: of a hundred thousand people, making UUIDs of them and texts again takes a second.
# The pair and its override -> the first of the two people who release together, when, and for which proposal.
Asked = dict[tuple[str, UUID, UUID | None], tuple[UUID, datetime, UUID]]
# The pair -> since when it is proposed without a break: a new run does not give the release a later deadline.
Since = Mapping[tuple[str, UUID], datetime]

COLUMNS = (
    "id",
    "run_id",
    "state",
    "proposed_at",
    "row_version",
    "application_id",
    "office_id",
    "pool_id",
    "rank",
    "seat",
    "routing_score",
    "passed_over",
    "pin_id",
    "asked_release_by_id",
    "asked_release_at",
)


def propose(
    run: RoutingRun,
    inputs: Inputs,
    outcome: Outcome,
    reasons: Callable[[str], list[Part]],
    asked: Asked,
    since: Since,
    now: datetime,
) -> None:
    """Store a proposal for everybody who found a place; `reasons` says why not the offices ranked above.

    What is still in `asked` afterwards is not proposed any more.
    """
    rows = _rows(run, inputs, outcome, reasons, asked, since, now)
    copy_rows(db.session(), Proposal.__tablename__, COLUMNS, rows)


def _rows(
    run: RoutingRun,
    inputs: Inputs,
    outcome: Outcome,
    reasons: Callable[[str], list[Part]],
    asked: Asked,
    since: Since,
    now: datetime,
) -> Iterator[tuple[str | None, ...]]:
    scores = {candidate.id: candidate.score for candidate in inputs.instance.candidates}
    run_id, at = str(run.id), now.isoformat()
    ids = {office: (str(place.office_id), str(place.pool_id)) for office, place in inputs.places.items()}
    for assignment in outcome.assignments:
        pin_id = inputs.pins.get((assignment.candidate, assignment.office))
        if assignment.seat == "locked" and pin_id is None:
            continue
        pair = (assignment.candidate, inputs.places[assignment.office].office_id)
        former = asked.pop((*pair, pin_id), None) if asked else None
        why = reasons(assignment.candidate)
        yield (
            str(uuid4()),
            run_id,
            "proposed",
            since[pair].isoformat() if pair in since else at,
            "1",
            assignment.candidate,
            *ids[assignment.office],
            _text(_own_rank(inputs, assignment)),
            "open" if assignment.seat == "locked" else assignment.seat,
            str(round(scores[assignment.candidate] or 0.0, 5)),
            orjson.dumps(why).decode() if why else "[]",
            _text(pin_id),
            *((str(former[0]), former[1].isoformat()) if former is not None else (None, None)),
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _own_rank(inputs: Inputs, assignment: Assignment) -> int | None:
    """The person's own rank of the office, also where an office ranked above it has closed since."""
    own = inputs.own_rank(assignment.candidate, assignment.office)
    return assignment.rank if own is None else own
