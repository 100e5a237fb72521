"""A program manager's settings of an opening: whether it takes applications, how it is read, its thresholds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.opening import Opening
from app.models.system import AuditEvent
from app.services.audit import record
from app.services.program_values import plain
from app.services.reminders import look_again

CHANGED = N_("A colleague changed these settings while you had the page open. Your values are kept below: compare.")
_EVENT = "opening:change"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningSettings:
    """What a manager may change. Thresholds are on the rubric's scale, 1 to 4; `policy` is "twice" or "once"."""

    reading_threshold: Decimal
    recording_threshold: Decimal
    final_threshold: Decimal
    policy: str
    borderline: Decimal
    random_share: Decimal


def settings_of(opening: Opening) -> OpeningSettings:
    """Return the settings in force."""
    policy = opening.reading_policy
    return OpeningSettings(
        reading_threshold=opening.reading_threshold,
        recording_threshold=opening.recording_threshold,
        final_threshold=opening.final_threshold,
        policy=policy.get("policy", "twice"),
        borderline=Decimal(str(policy.get("borderline", "0.25"))),
        random_share=Decimal(str(policy.get("random_share", "0.15"))),
    )


def change_opening(opening: Opening, settings: OpeningSettings, *, row_version: int, by: UUID, now: datetime) -> bool:
    """Keep new settings; return whether anything changed. They hold for what is read from now on.

    Raises Refusal where somebody changed them meanwhile.
    """
    db.session.refresh(opening, with_for_update=True)
    if opening.row_version != row_version:
        raise Refusal(CHANGED)
    before = settings_of(opening)
    changed = {
        each.name: [str(getattr(before, each.name)), str(getattr(settings, each.name))]
        for each in fields(settings)
        if getattr(before, each.name) != getattr(settings, each.name)
    }
    if not changed:
        return False
    for name in ("reading_threshold", "recording_threshold", "final_threshold"):
        setattr(opening, name, getattr(settings, name))
    opening.reading_policy = {
        **opening.reading_policy,
        "policy": settings.policy,
        "borderline": _number(settings.borderline),
        "random_share": _number(settings.random_share),
    }
    opening.updated_at = now
    record(_EVENT, "opening", opening.id, by=by, now=now, changed=changed)
    return True


def set_opening_status(opening: Opening, status: str, *, by: UUID, now: datetime) -> None:
    """Open the opening for applications or close it. What is in the pipeline goes on either way."""
    db.session.refresh(opening, with_for_update=True)
    if status not in ("open", "closed"):
        raise ValueError(f"no such status: {status}")
    if status == "open" and opening.closes_at is not None and opening.closes_at <= now:
        raise Refusal(N_("The closing date of this opening has passed. A new season of it needs a new date."))
    if opening.status == status:
        return
    before, opening.status, opening.updated_at = opening.status, status, now
    look_again(opening, now=now)
    record(_EVENT, "opening", opening.id, by=by, now=now, changed={"status": [before, status]})


def set_two_release(opening: Opening, two: bool, *, by: UUID, now: datetime) -> None:
    """Have every release confirmed by a second person, or not. What somebody asked for already stays asked."""
    db.session.refresh(opening, with_for_update=True)
    if opening.two_release != two:
        opening.two_release, opening.updated_at = two, now
        record(_EVENT, "opening", opening.id, by=by, now=now, changed={"two_release": [not two, two]})


def columns_set_by_people(opening: Opening) -> frozenset[str]:
    """Return the columns that managers have changed: loading the program file again leaves them alone."""
    changes = db.session.scalars(
        select(AuditEvent.details).where(
            AuditEvent.object_type == "opening", AuditEvent.object_id == str(opening.id), AuditEvent.action == _EVENT
        )
    )
    names: set[str] = set()
    for details in changes:
        names |= set(details["changed"])
    policy = {"policy", "borderline", "random_share"}
    return frozenset(names - policy | ({"reading_policy"} if names & policy else set()))


def _number(value: Decimal) -> Any:
    """Return a number as the program file's loader stores it, so that the same value stays the same."""
    return plain(value.normalize())
