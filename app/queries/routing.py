"""Routing as people look at it: runs, proposals, seats, and why one office and not another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.domain.sentences import Sentences
from app.extensions import db
from app.models.application import Application, OfficeChoice
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening, OpeningOffice, SeatPool
from app.models.placement import Offer, PlacementDecision
from app.models.routing import Pin, Proposal, RoutingRun
from app.queries.people import deciders_of
from app.queries.seats import seat_counts


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it was not this office: the sentence's key and what it names, with offices by their names."""

    office: str
    code: str
    variant: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RoutingCard:
    """One opening on the routing page."""

    opening: Opening
    waiting: int
    proposed: int
    asked: int
    free: int
    seats: int
    unconfirmed: int
    last_run: RoutingRun | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Somebody for whom a run found no seat, and why, office by office."""

    application: Application
    reasons: tuple[Reason, ...]


def openings_with_offices() -> list[Opening]:
    """Return the openings that place people in offices."""
    return list(
        db.session.scalars(
            select(Opening)
            .where(exists().where(OpeningOffice.opening_id == Opening.id), Opening.status != "draft")
            .order_by(Opening.slug)
        )
    )


def latest_run(opening_id: UUID) -> RoutingRun | None:
    """Return the newest run of an opening."""
    return db.session.scalar(
        select(RoutingRun)
        .where(RoutingRun.opening_id == opening_id)
        .order_by(RoutingRun.run_at.desc(), RoutingRun.id.desc())
        .limit(1)
    )


class RunKey(NamedTuple):
    """A run without its instance and result, which may be large."""

    id: UUID
    run_at: datetime
    input_sha256: str


def latest_run_key(opening_id: UUID) -> RunKey | None:
    """Return which run of an opening is the newest."""
    row = db.session.execute(
        select(RoutingRun.id, RoutingRun.run_at, RoutingRun.input_sha256)
        .where(RoutingRun.opening_id == opening_id)
        .order_by(RoutingRun.run_at.desc(), RoutingRun.id.desc())
        .limit(1)
    ).one_or_none()
    return RunKey(*row) if row is not None else None


def recent_runs(opening_id: UUID, limit: int = 10) -> list[RoutingRun]:
    """Return the newest runs of an opening, the newest first."""
    return list(
        db.session.scalars(
            select(RoutingRun)
            .where(RoutingRun.opening_id == opening_id)
            .order_by(RoutingRun.run_at.desc(), RoutingRun.id.desc())
            .limit(limit)
        )
    )


def still_proposed(run_id: UUID) -> bool:
    """Tell whether everything that a run proposed, overrides included, still waits to be released."""
    row = db.session.execute(
        select(func.count(), func.count().filter(Proposal.state == "proposed")).where(Proposal.run_id == run_id)
    ).one()
    return bool(row[0] == row[1])


def proposals_of_run(run_id: UUID, *, hidden: Iterable[UUID] = ()) -> list[Proposal]:
    """Return a run's proposals by office and score; `hidden` applications are left out."""
    return list(
        db.session.scalars(
            select(Proposal)
            .join(Office, Office.id == Proposal.office_id)
            .where(Proposal.run_id == run_id, Proposal.application_id.not_in(list(hidden)))
            .options(
                joinedload(Proposal.application).joinedload(Application.person),
                joinedload(Proposal.office),
                joinedload(Proposal.pool),
                joinedload(Proposal.pin).joinedload(Pin.by),
                joinedload(Proposal.asked_release_by),
            )
            .order_by(Office.name, Proposal.routing_score.desc(), Proposal.id)
        )
    )


def asked_proposals(opening_id: UUID, *, hidden: Iterable[UUID] = ()) -> list[Proposal]:
    """Return what offices are being asked now, the most urgent first."""
    return list(
        db.session.scalars(
            select(Proposal)
            .join(SeatPool, SeatPool.id == Proposal.pool_id)
            .where(
                SeatPool.opening_id == opening_id,
                Proposal.state == "released",
                Proposal.application_id.not_in(list(hidden)),
            )
            .options(
                joinedload(Proposal.application).joinedload(Application.person),
                joinedload(Proposal.office),
                joinedload(Proposal.pin).joinedload(Pin.by),
            )
            .order_by(Proposal.due_at, Proposal.id)
        )
    )


def people_in_routing(opening_id: UUID) -> int:
    """Count the people who wait for an office."""
    return (
        db.session.scalar(
            select(func.count()).where(Application.opening_id == opening_id, Application.state == "in_routing")
        )
        or 0
    )


def routing_card(opening: Opening) -> RoutingCard:
    """Return what the routing page says of one opening."""
    pools = seat_counts(opening)
    proposed = (
        select(func.count())
        .select_from(Proposal)
        .join(SeatPool, SeatPool.id == Proposal.pool_id)
        .where(SeatPool.opening_id == opening.id, Proposal.state == "proposed")
    )
    return RoutingCard(
        opening=opening,
        waiting=people_in_routing(opening.id),
        proposed=db.session.scalar(proposed) or 0,
        asked=sum(pool.asked for pool in pools),
        free=sum(pool.free for pool in pools),
        seats=sum(pool.pool.seats for pool in pools),
        unconfirmed=sum(pool.pool.confirmed_at is None for pool in pools),
        last_run=latest_run(opening.id),
    )


def unplaced_of(run: RoutingRun, *, hidden: Iterable[UUID] = ()) -> list[Unplaced]:
    """Return the people who got no seat in a run, with the reasons, by name."""
    hidden_ids = {str(key) for key in hidden}
    ids = [UUID(key) for key in run.result["unplaced"] if key not in hidden_ids]
    people = db.session.scalars(
        select(Application).where(Application.id.in_(ids)).options(joinedload(Application.person))
    ).all()
    names = office_names(run.opening)
    sentences = Sentences(run.result)
    found = [Unplaced(person, tuple(reasons_in(sentences.of(str(person.id)), names))) for person in people]
    return sorted(found, key=lambda each: (each.application.person.name, each.application.id))


def office_names(opening: Opening) -> dict[str, str]:
    """Return the offices of an opening: slug -> name."""
    return {place.office.slug: place.office.name for place in opening.offices}


def reasons_in(passed_over: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Reason]:
    """Return stored reasons with offices by name."""
    found = []
    for each in passed_over:
        params = dict(each.get("params", {}))
        for key in ("office", "waits_for"):
            if key in params:
                params[key] = names.get(params[key], params[key])
        if "offices" in params:
            params["offices"] = [names.get(slug, slug) for slug in params["offices"]]
        if "date" in params:
            params["date"] = date.fromisoformat(params["date"])
        found.append(Reason(names.get(each["office"], each["office"]), each["code"], each["variant"], params))
    return found


def reasons_of(proposal: Proposal) -> list[Reason]:
    """Return why it was not one of the offices that this person ranked higher, in the order of the ranks."""
    return reasons_in(proposal.passed_over, office_names(proposal.pool.opening))


def own_reasons(application: Application) -> list[Reason]:
    """Return a person's own reasons, of the last proposal that was released: what the applicant may read.

    Rendered with `app.web.reasons.plain_reasons`: plain words, and nobody's scores.
    """
    proposal = db.session.scalar(
        select(Proposal)
        .where(Proposal.application_id == application.id, Proposal.released_at.is_not(None))
        .order_by(Proposal.released_at.desc())
        .limit(1)
    )
    return reasons_of(proposal) if proposal is not None else []


def twin_of(proposal: Proposal) -> Proposal | None:
    """Return the proposal of a newer run that says the same: this person for this office."""
    return db.session.scalar(
        select(Proposal).where(
            Proposal.application_id == proposal.application_id,
            Proposal.office_id == proposal.office_id,
            Proposal.state == "proposed",
        )
    )


def pair_still_stands(proposal: Proposal, *, today: date) -> bool:
    """Tell whether person and office may still come together: ranked, office open, nobody said no since.

    An override may be for an office that the person did not rank, never for one that the person ruled out.
    """
    ranked = exists().where(
        OfficeChoice.application_id == proposal.application_id,
        OfficeChoice.office_id == proposal.office_id,
        OfficeChoice.rank.is_not(None),
    )
    is_open = exists().where(
        OpeningOffice.opening_id == proposal.pool.opening_id,
        OpeningOffice.office_id == proposal.office_id,
        OpeningOffice.is_open,
    )
    if pair_is_struck(proposal.application_id, proposal.office_id, today=today):
        return False
    return bool(db.session.scalar(select(is_open if proposal.pin_id is not None else ranked & is_open)))


def pair_is_struck(application_id: UUID, office_id: UUID, *, today: date) -> bool:
    """Tell whether one of the two has said no.

    The office declined, was passed on or said not before a date; the person would not work there, should not be
    placed there, or declined its offer.
    """
    ruled_out = exists().where(
        OfficeChoice.application_id == application_id,
        OfficeChoice.office_id == office_id,
        OfficeChoice.rank.is_(None),
    )
    declined = exists().where(
        PlacementDecision.application_id == application_id,
        PlacementDecision.office_id == office_id,
        or_(
            PlacementDecision.kind.in_(("decline", "passed_on")),
            (PlacementDecision.kind == "not_now") & (PlacementDecision.not_before > today),
        ),
    )
    refused = exists().where(
        Offer.application_id == application_id, Offer.office_id == office_id, Offer.answer == "declined"
    )
    return bool(db.session.scalar(select(ruled_out | declined | refused)))


def people_waiting_at(office_id: UUID) -> int:
    """Count the people whom an office is being asked about."""
    return (
        db.session.scalar(select(func.count()).where(Proposal.office_id == office_id, Proposal.state == "released"))
        or 0
    )


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What a release would send: to each person, and once a day to each supervisor of an office."""

    people: int
    office_mails: int
    offices_without_supervisor: tuple[Office, ...]

    @property
    def mails(self) -> int:
        """All mails together."""
        return self.people + self.office_mails


def release_plan(proposals: Sequence[Proposal], *, today: date, now: datetime) -> ReleasePlan:
    """Return what releasing these proposals would send."""
    offices = {proposal.office_id: proposal.office for proposal in proposals}
    told = {
        (row.subject_id, row.recipient_email)
        for row in db.session.execute(
            select(Notice.subject_id, Notice.recipient_email).where(
                Notice.kind == "office_waiting",
                Notice.subject_id.in_(list(offices)),
                Notice.occurrence == today.isoformat(),
            )
        )
    }
    supervisors = {key: deciders_of(key, now=now) for key in offices}
    mails = sum((key, person.email) not in told for key, people in supervisors.items() for person in people)
    return ReleasePlan(len(proposals), mails, tuple(offices[key] for key, people in supervisors.items() if not people))
