"""What the retention rule says of each application, and what waits to be removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, exists, func, or_, select

from app.domain.pipeline import ENDED_STATES
from app.domain.retention import KEPT_YEARS, erase_on, last_action_on, recording_goes_at
from app.extensions import db
from app.models.application import Answer, Application, HelpRequest
from app.models.notice import Notice
from app.models.opening import Opening, Season
from app.models.person import Person, RoleGrant
from app.models.placement import Placement
from app.models.recording import RecordedInterview
from app.models.retention import DoomedFile, LegalHold
from app.models.system import AuditEvent

# What has not moved for so long may be due; the rule says to the day.
_ABOUT = timedelta(days=365 * KEPT_YEARS)


@dataclass(frozen=True, slots=True)
class Kept:
    """An application with the day on which it is erased, unless it is held."""

    application_id: UUID
    reference: str
    state: str
    erase_on: date
    held: bool


def live_hold(application_id: UUID) -> LegalHold | None:
    """Return the legal hold that stands for an application."""
    return db.session.scalar(
        select(LegalHold).where(LegalHold.application_id == application_id, LegalHold.lifted_at.is_(None))
    )


def holds_of(application_id: UUID) -> list[LegalHold]:
    """Return every legal hold of an application, the newest first."""
    return list(
        db.session.scalars(
            select(LegalHold).where(LegalHold.application_id == application_id).order_by(LegalHold.set_at.desc())
        )
    )


def kept_until(*, now: datetime, ahead: timedelta = timedelta(0), only: UUID | None = None) -> list[Kept]:
    """Return the applications that are to be erased by `ahead` from now, held ones among them, the earliest first."""
    saved = select(func.max(Answer.saved_at)).where(Answer.application_id == Application.id).scalar_subquery()
    held = exists().where(LegalHold.application_id == Application.id, LegalHold.lifted_at.is_(None))
    which: list[ColumnElement[bool]] = [] if only is None else [Application.id == only]
    rows = db.session.execute(
        select(
            Application.id,
            Application.reference,
            Application.state,
            Application.state_since,
            case((Application.state == "draft", saved)),
            Season.ends_on,
            func.coalesce(Placement.last_day, Placement.ends_on),
            Opening.time_zone,
            held,
        )
        .join(Opening, Opening.id == Application.opening_id)
        .join(Season, Season.id == Application.season_id)
        .outerjoin(Placement, Placement.application_id == Application.id)
        .where(
            Application.erased_at.is_(None),
            Application.state.in_([*ENDED_STATES, "draft"]),
            Application.state_since < now + ahead - _ABOUT,
            *which,
        )
    )
    today: dict[str, date] = {}
    found = []
    for key, reference, state, moved, saved_at, season_ends_on, works_until, zone, is_held in rows:
        place = ZoneInfo(zone)
        last = last_action_on(
            state,
            moved_on=moved.astimezone(place).date(),
            saved_on=None if saved_at is None else saved_at.astimezone(place).date(),
            season_ends_on=season_ends_on,
            works_until=works_until,
        )
        day = today.setdefault(zone, (now + ahead).astimezone(place).date())
        if last is not None and erase_on(last) <= day:
            found.append(Kept(key, reference, state, erase_on(last), is_held))
    return sorted(found, key=lambda kept: (kept.erase_on, kept.reference))


def recordings_to_delete(*, now: datetime) -> list[UUID]:
    """Return the interviews whose recordings go now because the person asked for it; held ones are left out."""
    held = exists().where(LegalHold.application_id == Application.id, LegalHold.lifted_at.is_(None))
    rows = db.session.execute(
        select(RecordedInterview.id, RecordedInterview.deletion_asked_at, Application.state)
        .join(Application, Application.id == RecordedInterview.application_id)
        .where(RecordedInterview.deletion_asked_at.is_not(None), RecordedInterview.deleted_at.is_(None), ~held)
        .order_by(RecordedInterview.deletion_asked_at)
    )
    return [key for key, asked_at, state in rows if asked_at is not None and recording_goes_at(asked_at, state) <= now]


def recordings_asked_back() -> int:
    """Return how many people asked us to delete a recording that is still there."""
    return (
        db.session.scalar(
            select(func.count(RecordedInterview.id)).where(
                RecordedInterview.deletion_asked_at.is_not(None), RecordedInterview.deleted_at.is_(None)
            )
        )
        or 0
    )


def people_to_forget(*, now: datetime) -> list[UUID]:
    """Return accounts that nobody has used for the kept years, without application and without any role ever."""
    before = now - _ABOUT - timedelta(days=2)
    used = exists().where(AuditEvent.actor_id == Person.id, AuditEvent.at >= before)
    asked = exists().where(HelpRequest.person_id == Person.id, HelpRequest.created_at >= before)
    return list(
        db.session.scalars(
            select(Person.id).where(
                Person.created_at < before,
                Person.email.not_like("%@erased.invalid"),
                ~exists().where(Application.person_id == Person.id),
                ~exists().where(or_(RoleGrant.person_id == Person.id, RoleGrant.granted_by_id == Person.id)),
                ~used,
                ~asked,
            )
        )
    )


def old_mails(*, now: datetime) -> Collection[UUID]:
    """Return mails about no application that are over and older than the kept years."""
    return list(
        db.session.scalars(
            select(Notice.id)
            .where(
                Notice.application_id.is_(None),
                Notice.created_at < now - _ABOUT - timedelta(days=2),
                Notice.state.not_in(("pending", "sending", "unconfirmed")),
            )
            .limit(1000)
        )
    )


def old_questions(*, now: datetime) -> Collection[UUID]:
    """Return answered questions about no application that are older than the kept years."""
    return list(
        db.session.scalars(
            select(HelpRequest.id)
            .where(HelpRequest.application_id.is_(None), HelpRequest.answered_at < now - _ABOUT - timedelta(days=2))
            .limit(1000)
        )
    )


def doomed_files(limit: int) -> list[str]:
    """Return keys of files that no row needs any more."""
    return list(db.session.scalars(select(DoomedFile.storage_key).order_by(DoomedFile.doomed_at).limit(limit)))


def doomed_count() -> int:
    """Return how many files wait to be removed."""
    return db.session.scalar(select(func.count(DoomedFile.storage_key))) or 0
