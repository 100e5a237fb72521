"""What a run found becomes proposals: all of them at once, there may be many thousands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from app.adapters.copying import copy_rows
from app.domain.matching import Assignment, Outcome
from app.domain.sentences import Part
from app.extensions import db
from app.models.routing import Proposal, RoutingRun
from app.queries.routing_instance import Inputs

# The pair and its override -> the first of the two people who release together, when, and for which proposal.
Asked = dict[tuple[UUID, UUID, UUID | None], tuple[UUID, datetime, UUID]]
# The pair -> since when it is proposed without a break: a new run does not give the release a later deadline.
Since = Mapping[tuple[UUID, UUID], datetime]

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
) -> Iterator[tuple[object, ...]]:
    scores = {candidate.id: candidate.score for candidate in inputs.instance.candidates}
    for assignment in outcome.assignments:
        pin_id = inputs.pins.get((assignment.candidate, assignment.office))
        if assignment.seat == "locked" and pin_id is None:
            continue
        place = inputs.places[assignment.office]
        application_id = UUID(assignment.candidate)
        former = asked.pop((application_id, place.office_id, pin_id), None) if asked else None
        why = reasons(assignment.candidate)
        yield (
            uuid4(),
            run.id,
            "proposed",
            since.get((application_id, place.office_id), now),
            1,
            assignment.candidate,
            place.office_id,
            place.pool_id,
            _own_rank(inputs, assignment),
            "open" if assignment.seat == "locked" else assignment.seat,
            round(scores[assignment.candidate] or 0.0, 5),
            json.dumps(why, ensure_ascii=False) if why else "[]",
            pin_id,
            *(former[:2] if former is not None else (None, None)),
        )


def _own_rank(inputs: Inputs, assignment: Assignment) -> int | None:
    """The person's own rank of the office, also where an office ranked above it has closed since."""
    own = inputs.own_rank(assignment.candidate, assignment.office)
    return assignment.rank if own is None else own
