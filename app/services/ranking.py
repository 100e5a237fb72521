"""The offices that a person would work in, in order, and those where the person should not be placed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.pipeline import LIVE_STATES
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, OfficeChoice
from app.models.routing import Proposal
from app.queries.applications import RANKING_PAGE, choices_of, rankable_offices, was_proposed
from app.services.audit import record
from app.services.drafts import open_draft, remember_save
from app.services.locks import lock_application
from app.services.notices import wake_routing
from app.services.parking import drop_unfinished, keep_unfinished

SETTLED = N_("An office has already been asked about you, so your ranking can no longer be changed here.")
ENDED = N_("This application is decided, so its ranking can no longer be changed.")


def save_ranking(
    application: Application,
    ranks: Mapping[UUID, int],
    not_here: Collection[UUID] = (),
    *,
    would_not: Collection[UUID] = (),
    wait_until: date | None = None,
    by: UUID,
    now: datetime,
) -> None:
    """Keep the ranks (office id -> rank, 1 first; gaps are closed) and the marks.

    `would_not`: the offices where the person would not work; nobody is ever sent there.
    `wait_until`: until that day only the first choice is asked. Possible until the first proposal of
    this person is released. Raises Refusal afterwards, and where nothing is ranked.
    """
    if application.state == "draft":
        open_draft(application, now=now)
    else:
        _open_sent(application)
    offered = {row.office_id for row in rankable_offices(application)}
    order = [office for office in sorted(ranks, key=lambda key: ranks[key]) if office in offered]
    order = [office for office in order if office not in not_here]
    if not order:
        raise Refusal(N_("Rank at least one office."), status=422)
    if len({ranks[office] for office in order}) != len(order):
        raise Refusal(N_("Give each office its own rank."), status=422)
    ruled_out = {office: False for office in would_not if office in offered and office not in order}
    ruled_out.update({office: True for office in not_here if office in offered})
    _write(application, order, ruled_out)
    application.wait_for_office_id = order[0] if wait_until is not None else None
    application.wait_until = wait_until
    drop_unfinished(application.id, RANKING_PAGE)
    if application.state == "draft":
        remember_save(application, now=now)
    else:
        wake_routing()
        record("ranking:changed", "application", application.id, by=by, now=now, offices=len(order))


def keep_unfinished_ranking(application: Application, form: dict[str, list[str]], *, now: datetime) -> None:
    """Keep ranks that contradict each other as they were typed, so that they can be mended later."""
    if application.state == "draft":
        open_draft(application, now=now)
        remember_save(application, now=now)
    else:
        lock_application(application)
    keep_unfinished(application.id, RANKING_PAGE, form=form, now=now)


def _open_sent(application: Application) -> None:
    lock_application(application)
    if application.state not in LIVE_STATES:
        raise Refusal(ENDED)
    if was_proposed(application.id):
        raise Refusal(SETTLED)
    # A proposal that nobody has released yet was made from the old ranks: the next run proposes anew.
    for proposal in db.session.scalars(
        select(Proposal)
        .where(Proposal.application_id == application.id, Proposal.state == "proposed")
        .with_for_update(of=Proposal)
    ):
        proposal.state = "superseded"


def _write(application: Application, order: list[UUID], ruled_out: Mapping[UUID, bool]) -> None:
    """`ruled_out`: office id -> whether it is marked "I should not be placed here"."""
    known = {choice.office_id: choice for choice in choices_of(application.id)}
    wanted: dict[UUID, int | None] = {office: rank for rank, office in enumerate(order, 1)}
    wanted.update(dict.fromkeys(ruled_out))
    for office, choice in known.items():
        if office not in wanted:
            db.session.delete(choice)
    db.session.flush()
    for office, rank in wanted.items():
        choice = known.get(office) or OfficeChoice(application_id=application.id, office_id=office)
        db.session.add(choice)
        choice.rank = rank
        choice.not_here = ruled_out.get(office, False)
    db.session.flush()
    db.session.expire(application, ["choices"])
