"""Routing and placement in figures: one question, one function, one statement or two, however many people there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import groupby
from statistics import median, quantiles
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, String, and_, cast, func, select

from app.domain.vacancies import Fill, days_open
from app.extensions import db
from app.models.application import Application, Change
from app.models.office import Office
from app.models.opening import Opening, Season, SeatPool
from app.models.placement import Offer, PlacementDecision
from app.models.routing import Proposal
from app.models.system import AuditEvent
from app.queries.routing_instance import speaks_spanish

SECONDS_PER_DAY = 86_400
# What app.services.seats puts into the audit log; `details` holds both numbers.
SEATS_CHANGED = "seats:changed"


class RankCount(NamedTuple):
    """How many got the office of this rank; None: the office was not ranked."""

    rank: int | None
    approved: int
    accepted: int


class Days(NamedTuple):
    """Days of one office: how many cases, the middle one, and what nine of ten stay under."""

    office: str
    cases: int
    median: float
    p90: float


class DeclineCount(NamedTuple):
    """How often somebody said no. `side`: office, manager or applicant; `reason` is a code."""

    side: str
    reason: str
    times: int


class SpanishNeed(NamedTuple):
    """A pool that asks for Spanish speakers, and how many hold a seat of it."""

    pool: str
    opening: Opening
    needed: int
    held: int


class OpenSeats(NamedTuple):
    """A pool with its free seats, and when the work begins."""

    pool: str
    opening: Opening
    seats: int
    taken: int
    asked: int
    starts_on: date | None

    @property
    def free(self) -> int:
        """Seats that nobody holds and no office is being asked about, as on the page of the routing."""
        return max(0, self.seats - self.taken - self.asked)


_LIVE = (
    PlacementDecision.kind == "approve",
    PlacementDecision.undone_at.is_(None),
    PlacementDecision.ended_at.is_(None),
)


def seasons_of(opening_ids: Collection[UUID]) -> list[Season]:
    """Return the seasons of these openings, the newest first."""
    return list(
        db.session.scalars(
            select(Season)
            .where(Season.id.in_(select(Opening.season_id).where(Opening.id.in_(opening_ids))))
            .order_by(Season.starts_on.desc().nulls_last(), Season.slug.desc())
        )
    )


def ranks_obtained(opening_ids: Collection[UUID]) -> list[RankCount]:
    """Count the people who hold a place by the rank that they gave its office."""
    statement = (
        select(Proposal.rank, func.count(), func.count().filter(Offer.answer == "accepted"))
        .select_from(PlacementDecision)
        .join(Proposal, Proposal.id == PlacementDecision.proposal_id)
        .join(Application, Application.id == PlacementDecision.application_id)
        .outerjoin(Offer, Offer.decision_id == PlacementDecision.id)
        .where(Application.opening_id.in_(opening_ids), *_LIVE)
        .group_by(Proposal.rank)
        .order_by(Proposal.rank.nulls_last())
    )
    return [RankCount(*row) for row in db.session.execute(statement)]


def days_to_decide(opening_ids: Collection[UUID]) -> list[Days]:
    """Measure each office from the day it was asked until its first answer; what was passed on is no answer."""
    first = (
        select(PlacementDecision.proposal_id, func.min(PlacementDecision.decided_at).label("decided_at"))
        .where(PlacementDecision.kind.in_(("approve", "decline", "not_now")))
        .group_by(PlacementDecision.proposal_id)
        .subquery()
    )
    statement = (
        _measured(first.c.decided_at - Proposal.released_at)
        .join(first, first.c.proposal_id == Proposal.id)
        .join(Application, Application.id == Proposal.application_id)
        .where(Application.opening_id.in_(opening_ids), Proposal.released_at.is_not(None))
    )
    return _days(statement)


def days_to_fill(opening_ids: Collection[UUID]) -> list[Days]:
    """Measure each office from the day a seat was open until an offer for it was accepted.

    A seat is open from the opening's publication, from the day on which it was added, or from the day on which whoever
    had accepted it gave it back (`app.domain.vacancies`).
    """
    published = func.timezone(Opening.time_zone, cast(Opening.published_on, DateTime))
    statement = (
        select(
            SeatPool.id, SeatPool.seats, published, Office.id, Office.name,
            Proposal.released_at, Offer.answered_at, PlacementDecision.ended_at,
        )
        .select_from(PlacementDecision)
        .join(Offer, and_(Offer.decision_id == PlacementDecision.id, Offer.answer == "accepted"))
        .join(Proposal, Proposal.id == PlacementDecision.proposal_id)
        .join(Office, Office.id == PlacementDecision.office_id)
        .join(SeatPool, SeatPool.id == PlacementDecision.pool_id)
        .join(Opening, Opening.id == SeatPool.opening_id)
        .where(SeatPool.opening_id.in_(opening_ids), Proposal.released_at.is_not(None))
        .order_by(SeatPool.id, Offer.answered_at)
    )  # fmt: skip
    changes = _seat_changes(opening_ids)
    offices: dict[UUID, str] = {}
    found: dict[UUID, list[float]] = {}
    for (pool, seats, since), rows in groupby(db.session.execute(statement), key=lambda row: row[:3]):
        of_pool = list(rows)
        changed = changes.get(pool, [])
        open_days = days_open(
            [Fill(asked, accepted, ended) for *_, asked, accepted, ended in of_pool],
            seats=seats - sum(number for _, number in changed),
            since=since,
            changes=changed,
        )
        for (_, _, _, office, name, *_), days in zip(of_pool, open_days, strict=True):
            offices[office] = name
            found.setdefault(office, []).append(days.total_seconds() / SECONDS_PER_DAY)
    summaries = [_summary(offices[office], days) for office, days in found.items()]
    return sorted(summaries, key=lambda each: each.office)


def _seat_changes(opening_ids: Collection[UUID]) -> dict[UUID, list[tuple[datetime, int]]]:
    """When a manager changed a pool's number of seats, and by how many."""
    pools = select(cast(SeatPool.id, String)).where(SeatPool.opening_id.in_(opening_ids))
    statement = select(AuditEvent.object_id, AuditEvent.at, AuditEvent.details).where(
        AuditEvent.action == SEATS_CHANGED, AuditEvent.object_type == "seat_pool", AuditEvent.object_id.in_(pools)
    )
    found: dict[UUID, list[tuple[datetime, int]]] = {}
    for pool, at, details in db.session.execute(statement):
        found.setdefault(UUID(pool), []).append((at, details["after"] - details["before"]))
    return found


def _summary(office: str, days: Sequence[float]) -> Days:
    """As PostgreSQL's percentile_cont does it."""
    p90 = quantiles(days, n=10, method="inclusive")[8] if len(days) > 1 else days[0]
    return Days(office, len(days), median(days), p90)


def declines(opening_ids: Collection[UUID]) -> list[DeclineCount]:
    """Count who said no and why: offices by reason, managers who passed on, applicants who declined an offer."""
    office = (
        select(PlacementDecision.kind, PlacementDecision.reason_code, func.count())
        .join(Application, Application.id == PlacementDecision.application_id)
        .where(Application.opening_id.in_(opening_ids), PlacementDecision.kind != "approve")
        .group_by(PlacementDecision.kind, PlacementDecision.reason_code)
    )
    found = [
        DeclineCount("manager" if kind == "passed_on" else "office", code or kind, count)
        for kind, code, count in db.session.execute(office)
    ]
    applicant = (
        select(Change.event, func.count())
        .join(Application, Application.id == Change.application_id)
        .where(
            Application.opening_id.in_(opening_ids),
            Change.event.in_(("decline_offer", "decline_offer_and_route_again")),
        )
        .group_by(Change.event)
    )
    found += [DeclineCount("applicant", event, count) for event, count in db.session.execute(applicant)]
    return sorted(found, key=lambda each: (each.side, -each.times, each.reason))


def spanish_needs(opening_ids: Collection[UUID]) -> list[SpanishNeed]:
    """Return the pools that ask for Spanish speakers, with how many of them hold a seat."""
    statement = (
        select(SeatPool, Opening, Application.spanish_verified, Application.spanish_reported, Application.id)
        .join(Opening, Opening.id == SeatPool.opening_id)
        .outerjoin(PlacementDecision, and_(PlacementDecision.pool_id == SeatPool.id, *_LIVE))
        .outerjoin(Application, Application.id == PlacementDecision.application_id)
        .where(SeatPool.opening_id.in_(opening_ids), SeatPool.spanish_minimum > 0)
        .order_by(SeatPool.name, SeatPool.id)
    )
    found: dict[UUID, SpanishNeed] = {}
    for pool, opening, verified, reported, person in db.session.execute(statement):
        need = found.get(pool.id) or SpanishNeed(pool.name, opening, pool.spanish_minimum, 0)
        holds = person is not None and speaks_spanish(verified or reported, opening.spanish_scale)
        found[pool.id] = need._replace(held=need.held + holds)
    return list(found.values())


def open_seats(opening_ids: Collection[UUID]) -> list[OpenSeats]:
    """Return every pool with its free seats and the day on which the work begins, the earliest first."""
    taken = _count(PlacementDecision.pool_id, *_LIVE)
    asked = _count(Proposal.pool_id, Proposal.state == "released")
    statement = (
        select(SeatPool.name, Opening, SeatPool.seats, taken, asked, Opening.starts_on)
        .join(Opening, Opening.id == SeatPool.opening_id)
        .where(SeatPool.opening_id.in_(opening_ids))
        .order_by(Opening.starts_on.nulls_last(), SeatPool.name, SeatPool.id)
    )
    return [OpenSeats(*row) for row in db.session.execute(statement)]


def _count(column: Any, *conditions: ColumnElement[bool]) -> Any:
    statement: Select[Any] = select(func.count()).where(column == SeatPool.id, *conditions)
    return statement.correlate(SeatPool).scalar_subquery()


def _measured(duration: Any) -> Select[Any]:
    """Count, median and ninth decile of a duration, in days, by office."""
    days = func.extract("epoch", duration) / SECONDS_PER_DAY
    return (
        select(
            Office.name,
            func.count(),
            func.percentile_cont(0.5).within_group(days),
            func.percentile_cont(0.9).within_group(days),
        )
        .select_from(Proposal)
        .join(Office, Office.id == Proposal.office_id)
        .group_by(Office.id, Office.name)
        .order_by(Office.name)
    )


def _days(statement: Select[Any]) -> list[Days]:
    return [Days(name, count, float(median), float(p90)) for name, count, median, p90 in db.session.execute(statement)]
