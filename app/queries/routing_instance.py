"""The routing instance of an opening at one moment: everything that a run may look at, read from the records.

Candidates go by their application's id, offices and pools by their slug, so that a stored instance can be read
by people and solved again by `flask routing solve`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, cast, exists, select

from app.domain.instance import Candidate, Instance, Lock, Pool
from app.domain.instance import Office as RankedOffice
from app.domain.placements import local_day
from app.domain.routing_score import routing_score
from app.extensions import db
from app.models.application import SPANISH_LEVELS, Application, OfficeChoice
from app.models.opening import Opening, OpeningOffice, SeatPool
from app.models.placement import PlacementDecision
from app.models.routing import Pin, Proposal
from app.queries.routing_wishes import NO_CHOICES, Choices, Struck, choices_of_waiting, ranks_with_gaps

# The gates as applications name them, and as openings state their weights.
WEIGHT_OF_GATE: Mapping[str, str] = {
    "answers": "short_answers",
    "resume": "resume",
    "recorded": "recorded_interview",
    "final": "final_interview",
}


NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inputs:
    """An instance, and the dates and rows that its ids stand for."""

    instance: Instance
    declined_on: Mapping[tuple[str, str], date]
    held_until: Mapping[str, date]
    places: Mapping[str, OpeningOffice]
    choices: Mapping[str, Choices]
    ranks_with_gaps: Mapping[str, Mapping[str, int]]
    # Overrides that the run has to carry out: (application, office) -> pin. They are locked in the instance.
    pins: Mapping[tuple[str, str], UUID]

    def own_rank(self, application: str, office: str) -> int | None:
        """Return the person's own rank of an office, also where one ranked above it has closed since."""
        wishes = self.choices.get(application, NO_CHOICES)
        if office not in wishes.offices:
            return None
        if wishes.last_rank == len(wishes.offices):
            return wishes.offices.index(office) + 1
        return self.ranks_with_gaps[application][office]


def build_instance(opening: Opening, now: datetime) -> Instance:
    """Return what a run of this opening would look at now."""
    return read_inputs(opening, now).instance


def read_inputs(opening: Opening, now: datetime) -> Inputs:
    """Return the instance with the dates that make its explanations fuller.

    Who waits is read first and who holds a seat last: whatever is decided meanwhile leaves a person out of
    this run rather than in it twice.
    """
    today = local_day(now, opening.time_zone)
    places = {
        place.office.slug: place
        for place in db.session.scalars(select(OpeningOffice).where(OpeningOffice.opening_id == opening.id))
    }
    slug_of = {place.office_id: slug for slug, place in places.items()}
    waiting = _waiting(opening)
    struck = Struck.read(opening, today, slug_of)
    choices = choices_of_waiting(opening, slug_of)
    open_offices = {slug for slug, place in places.items() if place.is_open}
    candidate = _CandidateMaker.of(opening, struck, open_offices, slug_of, today)
    candidates = [candidate.make(row, choices.get(row[0], NO_CHOICES)) for row in waiting]
    locks, locked_people = _locks(opening, slug_of, struck.declined)
    known = {candidate.id for candidate in candidates}
    pins = _pins(opening, slug_of, {candidate.id: candidate for candidate in candidates}, struck, open_offices)
    locks += [Lock(*pair) for pair in pins]
    candidates += [person for person in locked_people if person.id not in known]
    pools = db.session.scalars(select(SeatPool).where(SeatPool.opening_id == opening.id)).all()
    ids = {candidate.id for candidate in candidates}
    instance = Instance(
        season=opening.season.slug,
        seed=opening.season.seed,
        pools=tuple(_pool(pool, today) for pool in pools),
        offices=tuple(RankedOffice(slug, place.pool.slug) for slug, place in places.items()),
        candidates=tuple(candidates),
        locked=tuple(locks),
        declined=frozenset(pair for pair in struck.declined if pair[0] in ids),
    )
    held_until = {pool.slug: pool.release_reserve_on for pool in pools if pool.release_reserve_on is not None}
    with_gaps = ranks_with_gaps(choices, slug_of)
    return Inputs(instance, struck.declined_on, held_until, places, choices, with_gaps, pins)


def _fractions(weights: Mapping[str, Any]) -> dict[str, Fraction]:
    return {gate: Fraction(str(weight)) for gate, weight in weights.items()}


def _score(*results: Decimal | None, weights: Mapping[str, Fraction]) -> float:
    """Return the routing score, 0 to 20, of the gates' results. Whom nobody has scored yet comes last, with 0."""
    given = zip(WEIGHT_OF_GATE.values(), results, strict=True)
    known = {gate: Fraction(value) for gate, value in given if value is not None and weights.get(gate)}
    return float(routing_score(known, weights)) if known else 0.0


def speaks_spanish(level: str | None, scale: Mapping[str, Any]) -> bool:
    """Tell whether this level counts as speaking Spanish, by the opening's scale."""
    from_level = scale.get("speaks_from", "professional")
    return SPANISH_LEVELS.index(level or "none") >= SPANISH_LEVELS.index(from_level)


def _waiting(opening: Opening) -> list[Row[Any]]:
    return list(
        db.session.execute(
            select(
                cast(Application.id, Text).label("id"),
                Application.spanish_verified,
                Application.spanish_reported,
                Application.wait_for_office_id,
                Application.wait_until,
                Application.answers_result,
                Application.resume_result,
                Application.recorded_result,
                Application.final_result,
            ).where(
                Application.opening_id == opening.id,
                Application.season_id == opening.season_id,
                Application.state == "in_routing",
            )
        )
    )


@dataclass(frozen=True, slots=True)
class _CandidateMaker:
    """Makes candidates of rows; what is the same for everybody is worked out once."""

    struck: Struck
    open_offices: set[str]
    slug_of: Mapping[UUID, str]
    today: date
    score: Callable[..., float]
    speaking: frozenset[str | None]

    @classmethod
    def of(
        cls, opening: Opening, struck: Struck, open_offices: set[str], slug_of: Mapping[UUID, str], today: date
    ) -> _CandidateMaker:
        """Prepare for one opening."""
        score = cache(partial(_score, weights=_fractions(opening.routing_weights)))
        levels = [level for level in (*SPANISH_LEVELS, None) if speaks_spanish(level, opening.spanish_scale)]
        return cls(struck, open_offices, slug_of, today, score, frozenset(levels))

    def make(self, row: Sequence[Any], choices: Choices) -> Candidate:
        """Return one person who waits, of a row in the order of `_waiting`."""
        key, verified, reported, wait_for, wait_until, *results = row
        ranks, refused = choices.offices, self.struck.refused_offers
        if refused or not self.open_offices.issuperset(ranks):
            # An offer that the person declined is no longer a wish.
            ranks = tuple([slug for slug in ranks if slug in self.open_offices and (key, slug) not in refused])
        ineligible = self.struck.conflicts.get(key, NOTHING).union(choices.not_here)
        waits_for = None
        if wait_for is not None and wait_until is not None and wait_until > self.today:
            office = self.slug_of.get(wait_for, "")
            if office in ranks and office not in ineligible and (key, office) not in self.struck.declined:
                waits_for = office
        return Candidate(
            id=key,
            ranks=ranks,
            score=self.score(*results),
            speaks_spanish=(verified or reported) in self.speaking,
            ineligible=ineligible,
            waits_for=waits_for,
        )


def _locks(
    opening: Opening, slug_of: Mapping[UUID, str], declined: frozenset[tuple[str, str]]
) -> tuple[list[Lock], list[Candidate]]:
    """Return who holds a seat, and these people themselves: whether they speak Spanish counts for the pool."""
    approved = (
        select(PlacementDecision.application_id, PlacementDecision.office_id)
        .join(SeatPool, SeatPool.id == PlacementDecision.pool_id)
        .where(
            SeatPool.opening_id == opening.id,
            PlacementDecision.kind == "approve",
            PlacementDecision.undone_at.is_(None),
            PlacementDecision.ended_at.is_(None),
        )
    )
    asked = (
        select(Proposal.application_id, Proposal.office_id)
        .join(SeatPool, SeatPool.id == Proposal.pool_id)
        .where(SeatPool.opening_id == opening.id, Proposal.state == "released")
    )
    held = {row.application_id: row.office_id for row in db.session.execute(approved.union(asked))}
    pairs = {
        application_id: slug_of[office_id]
        for application_id, office_id in held.items()
        if office_id in slug_of and (str(application_id), slug_of[office_id]) not in declined
    }
    levels = db.session.execute(
        select(Application.id, Application.spanish_verified, Application.spanish_reported).where(
            Application.id.in_(pairs)
        )
    )
    people = [
        Candidate(id=str(key), speaks_spanish=speaks_spanish(verified or reported, opening.spanish_scale))
        for key, verified, reported in levels
    ]
    return [Lock(str(application_id), slug) for application_id, slug in pairs.items()], people


def _pins(
    opening: Opening,
    slug_of: Mapping[UUID, str],
    waiting: Mapping[str, Candidate],
    struck: Struck,
    open_offices: set[str],
) -> dict[tuple[str, str], UUID]:
    """Return the overrides that stand: the person waits, the office is open, and neither of the two said no."""
    ruled_out = exists().where(
        OfficeChoice.application_id == Pin.application_id,
        OfficeChoice.office_id == Pin.office_id,
        OfficeChoice.rank.is_(None),
    )
    rows = db.session.execute(
        select(Pin.id, Pin.application_id, Pin.office_id)
        .join(Application, Application.id == Pin.application_id)
        .where(Application.opening_id == opening.id, Pin.ended_at.is_(None), ~ruled_out)
    )
    found = {}
    for pin_id, application_id, office_id in rows:
        pair = (str(application_id), slug_of.get(office_id, ""))
        person = waiting.get(pair[0])
        if person is None or pair[1] not in open_offices or pair[1] in person.ineligible:
            continue
        if pair not in struck.declined and pair not in struck.refused_offers:
            found[pair] = pin_id
    return found


def _pool(pool: SeatPool, today: date) -> Pool:
    released = pool.release_reserve_on is not None and pool.release_reserve_on <= today
    return Pool(
        id=pool.slug,
        seats=pool.seats,
        spanish_minimum=pool.spanish_minimum,
        bid_price=None if pool.bid_price is None else float(pool.bid_price),
        release_spanish_reserve=True if released else None,
    )
