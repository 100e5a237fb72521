"""Reports on routing and placement: small tables with bars, each as a CSV file too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.placements import DECLINE_WORDS, local_day
from app.domain.words import N_
from app.queries.reports import (
    Days,
    days_to_decide,
    days_to_fill,
    declines,
    open_seats,
    ranks_obtained,
    seasons_of,
    spanish_needs,
)
from app.queries.work import openings_managed_by
from app.web.csv_files import csv_response
from app.web.guard import allow, current_actor
from app.web.shell import CENTRAL, day, localized

bp = Blueprint("reports", __name__, url_prefix="/manage/reports")

# Below this a median says nothing.
FEW = 5
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Report:
    """One question and its table. `bar` is the column whose numbers are drawn; `empty` says what is missing."""

    title: str
    lead: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bar: int | None = None
    # The column that says how long this row's bar can be; without it the longest bar of all does.
    full: int | None = None

    @property
    def most(self) -> float:
        """The longest bar."""
        if self.bar is None:
            return 1
        return max([row[self.bar] for row in self.rows if isinstance(row[self.bar], int | float)], default=0) or 1  # type: ignore[type-var, return-value]


Openings = Collection[UUID]

_SIDES = {"office": N_("The office"), "manager": N_("A program manager"), "applicant": N_("The applicant")}
_REASONS = {
    **DECLINE_WORDS,
    "not_now": N_("Not now"),
    "passed_on": N_("Passed on"),
    "decline_offer": N_("Declined the offer and left"),
    "decline_offer_and_route_again": N_("Declined the offer and looks further"),
}


@bp.get("")
@allow("report:read")
def show() -> ResponseReturnValue:
    """Every report, for one season or for all."""
    season, openings, seasons = _wanted()
    return render_template(
        "manage/reports/show.html",
        reports={name: make(openings, _today()) for name, make in REPORTS.items()},
        seasons=seasons,
        season=season,
    )


@bp.get("/<name>.csv")
@allow("report:read")
def file(name: str) -> ResponseReturnValue:
    """One report as a CSV file."""
    make = REPORTS.get(name)
    if make is None:
        abort(404)
    season, openings, _seasons = _wanted()
    report = make(openings, _today())
    return csv_response(f"placewell-{name}{'-' + season if season else ''}.csv", report.header, report.rows)


def _wanted() -> tuple[str, Openings, Sequence[tuple[str, str]]]:
    """The season that the address asks for (or ""), its openings that this person manages, all seasons."""
    managed = openings_managed_by(current_actor())
    seasons = seasons_of([opening.id for opening in managed])
    chosen = next((season for season in seasons if season.slug == request.args.get("season")), None)
    openings = [opening.id for opening in managed if chosen is None or opening.season_id == chosen.id]
    return chosen.slug if chosen else "", openings, [(season.slug, season.name) for season in seasons]


def _today() -> date:
    return local_day(now(), CENTRAL)


def _ranks(openings: Openings, _day: date) -> Report:
    return Report(
        _("Rank obtained"),
        _("People who hold a place, by the choice that its office was for them."),
        [_("Choice"), _("Approved"), _("Accepted")],
        [
            (_("Choice %(n)d", n=row.rank) if row.rank else _("Not ranked"), row.approved, row.accepted)
            for row in ranks_obtained(openings)
        ],
        bar=1,
    )


def _decide(openings: Openings, _day: date) -> Report:
    lead = _("From the day an office was asked until its first answer. Who was passed on before that is not counted.")
    return _of_days(_("Days to decide"), lead, days_to_decide(openings))


def _fill(openings: Openings, _day: date) -> Report:
    lead = _(
        "From the day a seat was open until an offer for it was accepted. A seat is open from the day the opening was "
        "published; one that was added, or given back by somebody who had accepted, from that day on. Where several "
        "are open, the one that was open longest counts as filled first."
    )
    return _of_days(_("Days to fill a seat"), lead, days_to_fill(openings))


def _of_days(title: str, lead: str, rows: Sequence[Days]) -> Report:
    cells: list[tuple[Cell, ...]] = [
        (row.office, row.cases, round(row.median, 1), round(row.p90, 1))
        if row.cases >= FEW
        else (row.office, row.cases, _("too little data: n = %(n)d", n=row.cases), None)
        for row in rows
    ]
    return Report(title, lead, [_("Office"), _("Cases"), _("Median, days"), _("9 of 10 within, days")], cells, bar=2)


def _declines(openings: Openings, _day: date) -> Report:
    return Report(
        _("Declines by reason"),
        _("Who said no, and why. A “not now” counts each time."),
        [_("Who"), _("Reason"), _("Times")],
        [(_(_SIDES[row.side]), _(_REASONS.get(row.reason, row.reason)), row.times) for row in declines(openings)],
        bar=2,
    )


def _spanish(openings: Openings, _day: date) -> Report:
    return Report(
        _("Spanish need met"),
        _("Pools that ask for Spanish speakers, and how many have a seat there. Verified levels count first."),
        [_("Pool"), _("Opening"), _("Needed"), _("Held"), _("Missing")],
        [
            (row.pool, localized(row.opening.title), row.needed, row.held, max(0, row.needed - row.held))
            for row in spanish_needs(openings)
        ],
        bar=3,
        full=2,
    )


def _seats(openings: Openings, today: date) -> Report:
    return Report(
        _("Open seats and start dates"),
        _("“Asked”: an office is deciding now. “Free”: nobody holds the seat, and no office is deciding on it."),
        [_("Pool"), _("Opening"), _("Seats"), _("Taken"), _("Asked"), _("Free"), _("Starts"), _("Days left")],
        [
            (
                row.pool,
                localized(row.opening.title),
                row.seats,
                row.taken,
                row.asked,
                row.free,
                day(row.starts_on) if row.starts_on else _("to be agreed"),
                (row.starts_on - today).days if row.starts_on else None,
            )
            for row in open_seats(openings)
        ],
        bar=5,
    )


REPORTS: Mapping[str, Callable[[Openings, date], Report]] = {
    "ranks": _ranks,
    "days-to-decide": _decide,
    "days-to-fill": _fill,
    "declines": _declines,
    "spanish": _spanish,
    "open-seats": _seats,
}
