"""What came of the offices that an applicant was proposed to before: their own, and nobody's reasons."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import literal, select, union_all

from app.extensions import db
from app.models.application import Change
from app.models.office import Office
from app.models.placement import Offer, PlacementDecision


class OwnAnswer(NamedTuple):
    """An office and how it ended there: decline, not_now, passed_on; by the person: declined_offer, refused."""

    office: str
    kind: str


def own_answers(application_id: UUID) -> list[OwnAnswer]:
    """Return why this application is routed again, the newest first; each office once."""
    answers = (
        select(Office.name, PlacementDecision.kind.label("kind"), PlacementDecision.decided_at.label("at"))
        .join(Office, Office.id == PlacementDecision.office_id)
        .where(PlacementDecision.application_id == application_id, PlacementDecision.kind != "approve")
    )
    refused = (
        select(Office.name, literal("declined_offer").label("kind"), Offer.answered_at.label("at"))
        .join(Office, Office.id == Offer.office_id)
        .where(Offer.application_id == application_id, Offer.answer == "declined")
    )
    said_no = (
        select(Office.name, literal("refused").label("kind"), Change.at.label("at"))
        .join(Office, Office.slug == Change.details["office"].astext)
        .where(Change.application_id == application_id, Change.event == "refuse_office")
    )
    every = union_all(answers, refused, said_no).subquery()
    found: dict[str, OwnAnswer] = {}
    for row in db.session.execute(select(every).order_by(every.c.at.desc())):
        found.setdefault(row.name, OwnAnswer(row.name, row.kind))
    return list(found.values())
