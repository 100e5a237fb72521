"""Loading a program file into the database, as often as one likes: what is there and right is left alone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from app.domain.program import Office as OfficeValues
from app.domain.program import Program
from app.domain.program import SeatPool as PoolValues
from app.extensions import Base, db
from app.models.office import Office
from app.models.opening import DocumentKind, EligibilityRules, Opening, OpeningOffice, Season, SeatPool
from app.models.person import HostOrganization, Organization, Region
from app.services.offices import columns_said_by_people
from app.services.openings import columns_set_by_people
from app.services.program_questions import load_questions
from app.services.program_values import (
    content_of,
    final_settings,
    pay_columns,
    plain,
    recording_settings,
    rules_json,
)
from app.services.reminders import look_again
from app.services.schedules import load_schedule

Row = TypeVar("Row", bound=Base)
_AS_STATED = (
    "kind", "status", "title", "summary", "employment_type", "job_type", "location", "time_zone",
    "published_on", "starts_on", "term_months", "meeting_required",
)  # fmt: skip


def load_program(program: Program, *, now: datetime) -> list[str]:
    """Bring the database up to a program file. Returns what changed, a line each; empty the second time.

    Words in use are never overwritten: questions, rubrics and eligibility rules get a new row or version.
    Seats that an office confirmed, and what an office said about Spanish, are left as they are.
    """
    said: list[str] = []
    organization = ensure_organization(program, said)
    region = _same(Region, {"organization_id": organization.id, "slug": program.region.slug}, said)
    _set(region, {"name": program.region.name}, said)
    season = _season(program, organization, said)
    host = _host(program, said)
    opening = _opening(program, organization, region, season, host, now, said)
    if host is not None:
        offices = [_office(values, host, region, said) for values in program.offices]
        _seats(program, opening, offices, said)
    _documents(program, opening, said)
    _rules(program, opening, now, said)
    said.extend(load_questions(opening, program.opening, now=now))
    said.extend(load_schedule(opening, program.opening.reminders, now=now))
    db.session.flush()
    db.session.expire(opening)
    return said


def _same(model: type[Row], key: dict[str, Any], said: list[str], **first: Any) -> Row:
    """Return the row with this key, made new with `first` where it is missing."""
    row = db.session.scalar(select(model).filter_by(**key))
    if row is None:
        row = model(**key, **first)
        db.session.add(row)
        said.append(f"{model.__tablename__} {key.get('slug', '')}: new")
    return row


def _set(row: Base, values: dict[str, Any], said: list[str]) -> bool:
    """Set what differs; tell of a change to a row that was there before."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed and row in db.session.new:
        db.session.flush()
    elif changed:
        said.append(f"{row.__tablename__} {getattr(row, 'slug', '')}: {', '.join(changed)}")
    return bool(changed)


def ensure_organization(program: Program, said: list[str]) -> Organization:
    """Return the organization of the file, made or brought up to date."""
    values = program.organization
    row = _same(Organization, {"slug": values.slug}, said, time_zone=program.opening.time_zone)
    _set(row, {"name": values.name, "help_email": values.help_email}, said)
    return row


def _season(program: Program, organization: Organization, said: list[str]) -> Season:
    values = program.season
    # The seed is drawn once, before anybody applies; its hash is public from then on.
    seed = secrets.token_hex(32)
    digest = hashlib.sha256(seed.encode()).hexdigest()
    key = {"organization_id": organization.id, "slug": values.slug}
    row = _same(Season, key, said, seed=seed, seed_hash=digest)
    _set(row, {"name": values.name, "starts_on": values.starts_on, "ends_on": values.ends_on}, said)
    return row


def _host(program: Program, said: list[str]) -> HostOrganization | None:
    values = program.host_organization
    if values is None:
        return None
    row = _same(HostOrganization, {"slug": values.slug}, said)
    _set(row, {"name": values.name, "short_name": values.short_name, "state": values.state}, said)
    return row


def _opening(
    program: Program,
    organization: Organization,
    region: Region,
    season: Season,
    host: HostOrganization | None,
    now: datetime,
    said: list[str],
) -> Opening:
    values = program.opening
    row = _same(Opening, {"slug": values.slug}, said, updated_at=now)
    columns = {
        "organization_id": organization.id,
        "host_organization_id": host.id if host else None,
        "region_id": region.id,
        "season_id": season.id,
        "has_recorded_interview": values.gates.recorded_interview,
        "has_final_interview": values.gates.final_interview,
        "closes_at": values.deadline.closes_at() if values.deadline else None,
        "content": content_of(program),
        "aliases": list(values.aliases),
        "reading_threshold": values.thresholds.reading,
        "recording_threshold": values.thresholds.recording,
        "final_threshold": values.thresholds.final,
        "routing_weights": plain(values.routing_weights) or {},
        "reading_policy": plain(values.reading),
        "recording_settings": recording_settings(values),
        "final_settings": final_settings(values),
        "spanish_scale": plain(values.spanish) or {},
        "promises": plain(values.promises),
        **pay_columns(values),
    }
    columns |= {name: getattr(values, name) for name in _AS_STATED}
    # What a manager has set since is not undone by starting the product again.
    kept = columns_set_by_people(row) if row not in db.session.new else frozenset()
    columns = {name: value for name, value in columns.items() if name not in kept}
    if _set(row, columns, said):
        row.updated_at = now
        look_again(row, now=now)
    db.session.flush()
    return row


def _office(values: OfficeValues, host: HostOrganization, region: Region, said: list[str]) -> Office:
    row = _same(Office, {"host_organization_id": host.id, "slug": values.slug}, said, region_id=region.id)
    columns: dict[str, Any] = {
        "region_id": region.id,
        "name": values.name,
        "hint": values.hint,
        "county": values.county,
        "time_zone": values.time_zone,
    }
    # What the file does not know must not undo what the office has said since.
    if values.address is not None:
        columns["address"] = values.address
    if values.spanish_need != "unknown" or row.spanish_need is None:
        columns["spanish_need"] = values.spanish_need
    increase = values.spanish_increase
    if increase.eligible is not None or increase.hourly is not None:
        # An amount alone means yes; without a yes there is none.
        columns["spanish_increase"] = increase.eligible is not False
        columns["spanish_increase_hourly"] = increase.hourly if increase.eligible is not False else None
    # What people have said since is not undone by starting the product again.
    kept = columns_said_by_people(row) if row not in db.session.new else frozenset()
    _set(row, {name: value for name, value in columns.items() if name not in kept}, said)
    return row


def _seats(program: Program, opening: Opening, offices: list[Office], said: list[str]) -> None:
    by_slug = {office.slug: office for office in offices}
    places = {values.slug: number for number, values in enumerate(program.offices, 1)}
    for values in program.seat_pools:
        pool = _pool(values, opening, said)
        for slug in values.offices:
            key = {"opening_id": opening.id, "office_id": by_slug[slug].id}
            place = db.session.scalar(select(OpeningOffice).filter_by(**key))
            if place is None:
                db.session.add(OpeningOffice(**key, pool_id=pool.id, position=places[slug], is_open=True))
            else:
                _set(place, {"pool_id": pool.id, "position": places[slug]}, said)
    db.session.flush()
    for place in db.session.scalars(select(OpeningOffice).filter_by(opening_id=opening.id, is_open=True)):
        if place.office.slug not in places:
            place.is_open = False
            said.append(f"office {place.office.slug}: no longer in this opening, closed")


def _pool(values: PoolValues, opening: Opening, said: list[str]) -> SeatPool:
    row = _same(SeatPool, {"opening_id": opening.id, "slug": values.slug}, said, name=values.name, seats=values.seats)
    columns: dict[str, Any] = {"name": values.name}
    if row.confirmed_at is None and row.changed_reason is None:
        columns |= {"seats": values.seats, "spanish_minimum": values.spanish_minimum}
    _set(row, columns, said)
    db.session.flush()
    return row


def _documents(program: Program, opening: Opening, said: list[str]) -> None:
    wanted = {values.slug: (number, values) for number, values in enumerate(program.opening.documents, 1)}
    for row in db.session.scalars(select(DocumentKind).filter_by(opening_id=opening.id)):
        if row.slug not in wanted:
            db.session.delete(row)
            said.append(f"document_kind {row.slug}: taken out")
    for slug, (number, values) in wanted.items():
        row = _same(DocumentKind, {"opening_id": opening.id, "slug": slug}, said)
        names = ("title", "hint", "required", "hidden_from_readers", "count")
        _set(row, {"position": number, **{name: getattr(values, name) for name in names}}, said)
    db.session.flush()


def _rules(program: Program, opening: Opening, now: datetime, said: list[str]) -> None:
    wanted = rules_json(program.opening.eligibility.rules)
    newest = db.session.scalar(
        select(EligibilityRules).filter_by(opening_id=opening.id).order_by(EligibilityRules.version.desc()).limit(1)
    )
    if newest is not None and newest.rules == wanted:
        return
    version = max(program.opening.eligibility.version, newest.version + 1 if newest else 1)
    db.session.add(EligibilityRules(opening_id=opening.id, version=version, rules=wanted, created_at=now))
    said.append(f"eligibility rules: version {version}")
