"""What the people who wait wish, and what is struck: the pairs that a routing run leaves out, and those it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from struct import unpack
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.domain.placements import local_day
from app.extensions import db
from app.models.application import Application, OfficeChoice
from app.models.opening import Opening
from app.models.placement import Offer, PlacementDecision


class Choices(NamedTuple):
    """One person's offices: ranked ones in order with the last one's rank, and those marked "not here"."""

    offices: tuple[str, ...] = ()
    last_rank: int = 0  # above their number where a ranked office is no longer in the opening
    not_here: tuple[str, ...] = ()


NO_CHOICES = Choices()


def choices_of_waiting(opening: Opening, slug_of: Mapping[UUID, str]) -> dict[str, Choices]:
    """Return what each waiting person ranked and marked, by application; one row for each person.

    Offices come as the bytes of their ids, one after the other: names would have to be joined to a million wishes.
    """

    def together(condition: Any) -> Any:
        ids = func.uuid_send(OfficeChoice.office_id, type_=LargeBinary)
        return func.string_agg(ids, aggregate_order_by(literal(b""), OfficeChoice.rank)).filter(condition)

    ranked = OfficeChoice.rank.is_not(None)
    rows = db.session.execute(
        select(
            cast(OfficeChoice.application_id, Text),
            together(ranked),
            func.max(OfficeChoice.rank),
            together(~ranked),
        )
        .join(Application, Application.id == OfficeChoice.application_id)
        .where(
            Application.opening_id == opening.id,
            Application.season_id == opening.season_id,
            Application.state == "in_routing",
            ranked | OfficeChoice.not_here,
        )
        .group_by(OfficeChoice.application_id)
    )
    known = {office_id.bytes: slug for office_id, slug in slug_of.items()}

    def offices(ids: bytes | None) -> tuple[str, ...]:
        # One that has left the opening is no wish any more.
        keys = unpack("16s" * (len(ids) // 16), ids) if ids else ()
        return tuple([known[key] for key in keys if key in known])

    return {
        application_id: Choices(offices(ranked_ones), last_rank or 0, offices(not_here))
        for application_id, ranked_ones, last_rank, not_here in rows
    }


def ranks_with_gaps(choices: Mapping[str, Choices], slug_of: Mapping[UUID, str]) -> dict[str, dict[str, int]]:
    """Return the ranks of those few whose ranks are not simply 1, 2, 3: an office has left the opening since."""
    found: dict[str, dict[str, int]] = {
        key: {} for key, choice in choices.items() if choice.last_rank != len(choice.offices)
    }
    if found:
        rows = db.session.execute(
            select(OfficeChoice.application_id, OfficeChoice.office_id, OfficeChoice.rank).where(
                OfficeChoice.application_id.in_(map(UUID, found)), OfficeChoice.rank.is_not(None)
            )
        )
        for application_id, office_id, rank in rows:
            if office_id in slug_of and rank is not None:
                found[str(application_id)][slug_of[office_id]] = rank
    return found


@dataclass(frozen=True, slots=True)
class Struck:
    """Pairs of (application, office) that are out: by the office, by a conflict, by the person's own no."""

    declined: frozenset[tuple[str, str]]
    declined_on: Mapping[tuple[str, str], date]
    conflicts: Mapping[str, frozenset[str]]
    refused_offers: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, opening: Opening, today: date, slug_of: Mapping[UUID, str]) -> Struck:
        """Read every decision and answer of this opening's applications that strikes a pair today."""
        declined: dict[tuple[str, str], date] = {}
        conflicts: dict[str, set[str]] = {}
        rows = db.session.execute(
            select(
                PlacementDecision.application_id,
                PlacementDecision.office_id,
                PlacementDecision.kind,
                PlacementDecision.reason_code,
                PlacementDecision.not_before,
                PlacementDecision.decided_at,
            )
            .join(Application, Application.id == PlacementDecision.application_id)
            .where(
                Application.opening_id == opening.id, PlacementDecision.kind.in_(("decline", "not_now", "passed_on"))
            )
            .order_by(PlacementDecision.decided_at)
        )
        for row in rows:
            pair = (str(row.application_id), slug_of.get(row.office_id, ""))
            if row.office_id not in slug_of:
                continue
            if row.kind == "decline" and row.reason_code == "conflict":
                conflicts.setdefault(pair[0], set()).add(pair[1])
            elif row.kind != "not_now" or row.not_before > today:
                declined[pair] = local_day(row.decided_at, opening.time_zone)
        refused = db.session.execute(
            select(Offer.application_id, Offer.office_id)
            .join(Application, Application.id == Offer.application_id)
            .where(Application.opening_id == opening.id, Offer.answer == "declined")
        )
        return cls(
            frozenset(declined),
            declined,
            {key: frozenset(offices) for key, offices in conflicts.items()},
            frozenset((str(application_id), slug_of.get(office_id, "")) for application_id, office_id in refused),
        )
