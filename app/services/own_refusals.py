"""A person says no to an office that they did not rank, before anything is offered: nothing is lost by it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.actors import By
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import OfficeChoice
from app.models.routing import Proposal
from app.queries.placements import chose_nothing_about, live_approval
from app.services.history import move
from app.services.locks import lock_proposal
from app.services.meetings import end_arrangement
from app.services.pins import end_pin


def refuse_office(proposal: Proposal, *, by: UUID, now: datetime) -> None:
    """End the proposal by the person's own no: the office is ruled out, and the search goes on.

    An approval that nobody knows of yet ends with it, and its seat is free. Raises Refusal where the office is no
    longer being asked, or is one that the person ranked, and IllegalMove where the offer has left meanwhile.
    """
    lock_proposal(proposal)
    if proposal.state not in ("released", "approved"):
        raise Refusal(N_("This office is no longer being asked about you, so there is nothing to say no to."))
    if not chose_nothing_about(proposal):
        raise Refusal(N_("You ranked this office. If it will not work for you any more, write to us."))
    application = proposal.application
    move(
        application,
        "refuse_office",
        by=By(person_id=by),
        now=now,
        details={"proposal_id": str(proposal.id), "office": proposal.office.slug},
    )
    approval = live_approval(application.id)
    if approval is not None:
        approval.ended_at = now
    end_arrangement(proposal, by=by, now=now)
    proposal.state = "withdrawn"
    end_pin(application.id, because="answered", by=by, now=now)
    db.session.add(OfficeChoice(application_id=application.id, office_id=proposal.office_id, rank=None, not_here=False))
    db.session.flush()
