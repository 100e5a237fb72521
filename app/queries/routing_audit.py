"""What the records say of a stored run: for those who check it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.placements import local_day
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import Opening
from app.models.placement import PlacementDecision
from app.models.routing import Proposal, RoutingRun


def newest_run_of(slug: str) -> RoutingRun | None:
    """Return the newest run of the opening with this address."""
    return db.session.scalar(
        select(RoutingRun)
        .join(Opening, Opening.id == RoutingRun.opening_id)
        .where(Opening.slug == slug)
        .order_by(RoutingRun.run_at.desc(), RoutingRun.id.desc())
        .limit(1)
    )


def declines_before(run: RoutingRun) -> Mapping[tuple[str, str], date]:
    """Return the local day of every decision that struck a pair when this run was made: (application, office slug)."""
    opening = run.opening
    today = local_day(run.run_at, opening.time_zone)
    rows = db.session.execute(
        select(
            PlacementDecision.application_id,
            Office.slug,
            PlacementDecision.kind,
            PlacementDecision.reason_code,
            PlacementDecision.not_before,
            PlacementDecision.decided_at,
        )
        .join(Office, Office.id == PlacementDecision.office_id)
        .join(Application, Application.id == PlacementDecision.application_id)
        .where(
            Application.opening_id == opening.id,
            PlacementDecision.kind.in_(("decline", "not_now", "passed_on")),
            PlacementDecision.decided_at <= run.run_at,
        )
        .order_by(PlacementDecision.decided_at)
    )
    days: dict[tuple[str, str], date] = {}
    for row in rows:
        struck_for_good = row.kind == "passed_on" or (row.kind == "decline" and row.reason_code != "conflict")
        if struck_for_good or (row.kind == "not_now" and row.not_before > today):
            days[str(row.application_id), row.slug] = local_day(row.decided_at, opening.time_zone)
    return days


def proposals_as_stored(run_id: UUID) -> list[dict[str, Any]]:
    """Return every proposal that a run made, whatever became of it: what people see, in the words of the result."""
    rows = db.session.execute(
        select(
            Proposal.application_id,
            Office.slug,
            Proposal.seat,
            Proposal.pin_id,
            Proposal.routing_score,
            Proposal.passed_over,
        )
        .join(Office, Office.id == Proposal.office_id)
        .where(Proposal.run_id == run_id)
        .order_by(Proposal.application_id)
    )
    return [
        {
            "candidate": str(row.application_id),
            "office": row.slug,
            "seat": row.seat if row.pin_id is None else "locked",
            "score": row.routing_score,
            "passed_over": row.passed_over,
        }
        for row in rows
    ]
