"""Routing as a program manager works with it: every opening, a run, and why one office and not another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.actors import By
from app.domain.routing_result import canonical_bytes
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.dropped_releases import dropped_releases
from app.queries.overrides import live_overrides
from app.queries.placements import approvals_to_offer
from app.queries.routing import (
    asked_proposals,
    latest_run,
    latest_run_key,
    openings_with_offices,
    proposals_of_run,
    reasons_of,
    recent_runs,
    routing_card,
    unplaced_of,
)
from app.queries.seat_requests import seat_requests_to_answer
from app.queries.seats import seat_counts
from app.services.audit import record
from app.services.releases import first_of_two, needs_two
from app.services.routing import run_routing
from app.web.guard import allow, current_person_id, permitted
from app.web.manage.words import OCCASION_WORDS
from app.web.reasons import named_reasons

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.models.opening import Opening
    from app.models.routing import Proposal, RoutingRun

bp = Blueprint("routing", __name__, url_prefix="/manage/routing")


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal on a run's page. `reasons` are (office, sentence) for each office ranked above it."""

    proposal: Proposal
    reasons: list[tuple[str, str]]
    me: UUID

    @property
    def is_open(self) -> bool:
        """Whether nobody has released it."""
        return self.proposal.state == "proposed"

    @property
    def by_two(self) -> bool:
        """Whether two people release it."""
        return needs_two(self.proposal)

    @property
    def i_asked(self) -> bool:
        """Whether it waits for somebody else than the person who looks at it."""
        return self.by_two and self.proposal.asked_release_by_id == self.me

    @property
    def can_choose(self) -> bool:
        """Whether the person who looks at it may release it, or ask for its release."""
        return self.is_open and not self.i_asked

    @property
    def i_confirm(self) -> bool:
        """Whether the person who looks at it may be the second one."""
        return self.by_two and first_of_two(self.proposal) not in (None, self.me)


@bp.get("")
@allow("routing:list")
def index() -> ResponseReturnValue:
    """Every opening that this person manages: who waits, what is free, the last run."""
    openings = [opening for opening in openings_with_offices() if permitted("routing:run", opening)]
    hidden = blind_application_ids(current_person_id())
    return render_template(
        "manage/routing/index.html",
        cards=[routing_card(opening) for opening in openings],
        seats={opening.id: seat_counts(opening) for opening in openings},
        runs={opening.id: recent_runs(opening.id, 5) for opening in openings},
        asked={opening.id: asked_proposals(opening.id, hidden=hidden) for opening in openings},
        approvals={opening.id: approvals_to_offer(opening.id, hidden=hidden) for opening in openings},
        seconds={opening.id: _waits_for_second(opening.id, hidden) for opening in openings},
        pins={opening.id: live_overrides(opening.id, hidden=hidden) for opening in openings},
        dropped={opening.id: dropped_releases([opening.id], hidden=hidden, now=now()) for opening in openings},
        seat_requests=seat_requests_to_answer([opening.id for opening in openings]),
        me=current_person_id(),
        moment=now(),
    )


def _waits_for_second(opening_id: UUID, hidden: Collection[UUID]) -> list[ProposalRow]:
    newest, me = latest_run_key(opening_id), current_person_id()
    if newest is None:
        return []
    rows = [ProposalRow(proposal, [], me=me) for proposal in proposals_of_run(newest.id, hidden=hidden)]
    return [row for row in rows if row.is_open and row.by_two and first_of_two(row.proposal) is not None]


@bp.post("/openings/<uuid:opening_id>/run")
@allow("routing:run", load="opening")
def run(opening: Opening) -> ResponseReturnValue:
    """Route everybody who waits now."""
    before = latest_run(opening.id)
    before_id = before.id if before is not None else None
    with transaction():
        made = run_routing(opening, occasion="by hand", by=By(person_id=current_person_id()), now=now())
        made_id = made.id
    if made_id == before_id:
        flash(_("Nothing has changed since the last run, so it still stands."), "notice")
    else:
        flash(_("Routed. Nobody is told before you release."), "success")
    return redirect(url_for("manage.routing.show", run_id=made_id))


@bp.get("/openings/<uuid:opening_id>/newest-run")
@allow("routing:run", load="opening")
def newest(opening: Opening) -> ResponseReturnValue:
    """Lead to the newest run, whichever it is by now: for mails, which are read later than they are written."""
    run = latest_run_key(opening.id)
    return redirect(url_for("manage.routing.show", run_id=run.id) if run else url_for("manage.routing.index"))


@bp.get("/runs/<uuid:run_id>")
@allow("routing:run", load="run")
def show(run: RoutingRun) -> ResponseReturnValue:
    """What a run proposes and why; whom it could not place and why."""
    hidden = blind_application_ids(current_person_id())
    newest = latest_run(run.opening_id)
    return render_template(
        "manage/routing/show.html",
        run=run,
        opening=run.opening,
        proposals=[
            ProposalRow(proposal, named_reasons(reasons_of(proposal)), me=current_person_id())
            for proposal in proposals_of_run(run.id, hidden=hidden)
        ],
        unplaced=[(each.application, named_reasons(each.reasons)) for each in unplaced_of(run, hidden=hidden)],
        newest=newest,
        is_newest=newest is not None and newest.id == run.id,
        occasion=OCCASION_WORDS.get(run.occasion, run.occasion),
    )


@bp.get("/runs/<uuid:run_id>/instance.json")
@allow("routing:run", load="run")
def instance(run: RoutingRun) -> ResponseReturnValue:
    """The run's exact input, byte for byte: its SHA-256 is the run's. It holds the season's seed."""
    with transaction():
        record("run:downloaded", "routing_run", run.id, by=current_person_id(), now=now(), part="instance")
        data, name = run.instance.encode(), f"routing-{run.id}-instance.json"
    return _file(data, name)


@bp.get("/runs/<uuid:run_id>/result.json")
@allow("routing:run", load="run")
def result(run: RoutingRun) -> ResponseReturnValue:
    """The run's result in the documented form."""
    return _file(canonical_bytes(run.result), f"routing-{run.id}-result.json")


def _file(data: bytes, name: str) -> Response:
    response = Response(data, mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
