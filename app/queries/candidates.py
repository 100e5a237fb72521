"""Candidates: the table with its filters, page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg

from app.domain.pipeline import ENDED_STATES, LIVE_STATES, STATES
from app.extensions import db
from app.models.application import SPANISH_LEVELS, Application, OfficeChoice
from app.models.office import Office
from app.models.opening import Opening, OpeningOffice
from app.models.person import Person
from app.models.reading import ReadingAssignment, Score
from app.queries.work import WorkRow, rows_of, shown_name

Sort = Literal["waiting", "newest", "name"]
PAGE = 50


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """What the address asks for. `state` is a state's name, "live", "ended" or "all"."""

    state: str = "live"
    opening_id: UUID | None = None
    office_id: UUID | None = None
    # At least this level of Spanish; "verified" for everybody whose level was verified.
    spanish: str = ""
    text: str = ""
    sort: Sort = "waiting"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One line of the table."""

    work_row: WorkRow
    row_version: int
    spanish_reported: str | None
    spanish_verified: str | None
    offices: tuple[str, ...]
    score: Decimal | None
    spread: Decimal | None


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """One page; `after` and `before` are the keys of its neighbors, None at the ends."""

    rows: Sequence[CandidateRow]
    total: int
    hidden: int
    after: str | None
    before: str | None


def candidates_page(
    openings: Sequence[Opening],
    wanted: CandidateFilter,
    *,
    hidden: Collection[UUID],
    now: datetime,
    after: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> CandidatePage:
    """Return the candidates that fit. `hidden` are read blind by whoever asks: left out, and counted."""
    fits = _fits(openings, wanted)
    total, left_out = _counts(fits, hidden)
    value, descending = _order(wanted.sort)
    statement = _columns(value).where(*fits, Application.id.not_in(hidden)) if hidden else _columns(value).where(*fits)
    backward = before is not None
    key = _parse(before if backward else after, wanted.sort)
    smaller = descending != backward
    if key is not None:
        ours, theirs = tuple_(value, Application.id), tuple_(*key)
        statement = statement.where(ours < theirs if smaller else ours > theirs)
    columns = (value, Application.id)
    statement = statement.order_by(*(column.desc() if smaller else column.asc() for column in columns))
    found = list(db.session.execute(statement.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    if backward:
        found.reverse()
    has_next, has_previous = (True, more) if backward else (more, key is not None)
    standing = rows_of([row.id for row in found], openings, now=now) if found else {}
    return CandidatePage(
        rows=[_row(row, standing[row.id]) for row in found if row.id in standing],
        total=total,
        hidden=left_out,
        after=_key(found[-1]) if has_next and found else None,
        before=_key(found[0]) if has_previous and found else None,
    )


def candidates_among(
    ids: Collection[UUID], openings: Sequence[Opening], *, hidden: Collection[UUID]
) -> list[Application]:
    """Return those of these applications that belong to the openings and are not read blind, by name."""
    return list(
        db.session.scalars(
            select(Application)
            .join(Person, Person.id == Application.person_id)
            .where(
                Application.id.in_(ids),
                Application.id.not_in(hidden),
                Application.opening_id.in_([opening.id for opening in openings]),
            )
            .order_by(func.lower(shown_name()), Application.id)
        )
    )


def offices_of(openings: Sequence[Opening]) -> list[Office]:
    """Return the offices of these openings by name, for the filter."""
    return list(
        db.session.scalars(
            select(Office)
            .where(
                Office.id.in_(
                    select(OpeningOffice.office_id).where(
                        OpeningOffice.opening_id.in_([opening.id for opening in openings])
                    )
                )
            )
            .order_by(Office.name)
        )
    )


def _counts(fits: list[ColumnElement[bool]], hidden: Collection[UUID]) -> tuple[int, int]:
    shown = Application.id.not_in(hidden)
    total, everybody = db.session.execute(
        select(func.count().filter(shown) if hidden else func.count(), func.count())
        .select_from(Application)
        .join(Person, Person.id == Application.person_id)
        .where(*fits)
    ).one()
    return total, everybody - total


def _columns(value: ColumnElement[Any]) -> Select[Any]:
    scores = (
        select(func.json_build_array(func.avg(Score.value), func.stddev_pop(Score.value)))
        .join(ReadingAssignment, ReadingAssignment.id == Score.assignment_id)
        .where(ReadingAssignment.application_id == Application.id, ReadingAssignment.kind == "answer")
        .correlate(Application)
        .scalar_subquery()
    )
    offices = (
        select(array_agg(aggregate_order_by(Office.name, OfficeChoice.rank)))
        .select_from(OfficeChoice)
        .join(Office, Office.id == OfficeChoice.office_id)
        .where(OfficeChoice.application_id == Application.id, OfficeChoice.rank <= 2)
        .correlate(Application)
        .scalar_subquery()
    )
    return select(
        Application.id,
        Application.row_version,
        value.label("value"),
        Application.spanish_reported,
        Application.spanish_verified,
        scores.label("scores"),
        offices.label("offices"),
    ).join(Person, Person.id == Application.person_id)


def _fits(openings: Sequence[Opening], wanted: CandidateFilter) -> list[ColumnElement[bool]]:
    ids = [opening.id for opening in openings if wanted.opening_id in (None, opening.id)]
    fits: list[ColumnElement[bool]] = [Application.opening_id.in_(ids), Application.erased_at.is_(None)]
    if wanted.state in STATES:
        fits.append(Application.state == wanted.state)
    elif wanted.state == "live":
        fits.append(Application.state.in_(LIVE_STATES - {"draft"}))
    elif wanted.state == "ended":
        fits.append(Application.state.in_(ENDED_STATES))
    if wanted.office_id is not None:
        fits.append(
            select(OfficeChoice.id)
            .where(
                OfficeChoice.application_id == Application.id,
                OfficeChoice.office_id == wanted.office_id,
                OfficeChoice.rank.is_not(None),
            )
            .exists()
        )
    if wanted.spanish == "verified":
        fits.append(Application.spanish_verified.is_not(None))
    elif wanted.spanish in SPANISH_LEVELS:
        enough = SPANISH_LEVELS[SPANISH_LEVELS.index(wanted.spanish) :]
        fits.append(func.coalesce(Application.spanish_verified, Application.spanish_reported, "none").in_(enough))
    if wanted.text:
        fits.append(_mentions(wanted.text))
    return fits


def _mentions(text: str) -> ColumnElement[bool]:
    columns = (Person.full_name, Person.used_name, Person.email, Application.reference)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _order(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    """The column to sort by, and whether the largest comes first."""
    if sort == "name":
        return func.lower(shown_name()), False
    if sort == "newest":
        return func.coalesce(Application.submitted_at, Application.created_at), True
    return Application.state_since.expression, False


def _key(row: Any) -> str:
    value = row.value.isoformat() if isinstance(row.value, datetime) else row.value
    return f"{row.id}~{value}"


def _parse(key: str | None, sort: Sort) -> tuple[Any, UUID] | None:
    """Read a key out of the address; a broken one is the first page."""
    head, _, value = (key or "").replace("\0", "").partition("~")
    try:
        return (value if sort == "name" else datetime.fromisoformat(value)), UUID(head)
    except ValueError:
        return None


def _row(row: Any, work_row: WorkRow) -> CandidateRow:
    mean, spread = row.scores or (None, None)
    return CandidateRow(
        work_row,
        row.row_version,
        row.spanish_reported,
        row.spanish_verified,
        tuple(row.offices or ()),
        None if mean is None else Decimal(str(mean)),
        None if spread is None else Decimal(str(spread)),
    )
