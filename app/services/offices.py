"""What is known of an office: its supervisors say what they need and how one gets there, a manager sets the pay."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.domain.offices import MOST_INCREASE, SPANISH_NEEDS
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.office import Office
from app.models.system import AuditEvent
from app.services.audit import record

CHANGED = N_("A colleague changed this office while you had the page open. Your words are kept below: compare.")
_EVENT = "office:changed"
# What may stand in the audit log in full; of texts that people wrote only the name is kept.
_PAY = ("spanish_increase", "spanish_increase_hourly")
_PLAIN = ("spanish_need", *_PAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFacts:
    """What an office's supervisor may change; an empty text is none."""

    spanish_need: str
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    hours: str = ""
    address: str = ""
    directions: str = ""
    meeting_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePay:
    """What only a program manager sets: whether Spanish speakers earn more here, and how much an hour."""

    spanish_increase: bool | None = None
    spanish_increase_hourly: Decimal | None = None


def change_office(
    office: Office, facts: OfficeFacts, *, pay: OfficePay | None = None, row_version: int, by: UUID, now: datetime
) -> bool:
    """Keep what is known of an office; return whether anything changed.

    Raises Refusal where somebody changed it meanwhile (409), or where a value cannot be (422, with its field).
    """
    db.session.refresh(office, with_for_update=True)
    if office.row_version != row_version:
        raise Refusal(CHANGED)
    if facts.spanish_need not in SPANISH_NEEDS:
        raise Refusal(N_("Choose one of these."), status=422, field="spanish_need")
    wanted = {each.name: getattr(facts, each.name) or None for each in fields(facts)}
    if pay is not None:
        _refuse_pay(pay)
        wanted |= {each.name: getattr(pay, each.name) for each in fields(pay)}
    before = {name: getattr(office, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    for name, value in changed.items():
        setattr(office, name, value)
    if changed:
        shown = {name: [_plain(before[name]), _plain(value)] for name, value in changed.items() if name in _PLAIN}
        record(_EVENT, "office", office.id, by=by, now=now, fields=sorted(changed), changed=shown)
    return bool(changed)


def columns_said_by_people(office: Office) -> frozenset[str]:
    """Return the columns that people have changed: loading the program file again leaves them alone."""
    changes = db.session.scalars(
        select(AuditEvent.details).where(
            AuditEvent.object_type == "office", AuditEvent.object_id == str(office.id), AuditEvent.action == _EVENT
        )
    )
    names = {name for details in changes for name in details["fields"]}
    # The amount and the yes belong together.
    return frozenset(names | set(_PAY) if names & set(_PAY) else names)


def _refuse_pay(pay: OfficePay) -> None:
    hourly = pay.spanish_increase_hourly
    if hourly is None:
        return
    if not pay.spanish_increase:
        raise Refusal(
            N_("An amount needs a “Yes” above. Leave it empty otherwise."), status=422, field="spanish_increase_hourly"
        )
    if not 0 < hourly <= MOST_INCREASE:
        raise Refusal(N_("Enter dollars an hour, such as 1.25."), status=422, field="spanish_increase_hourly")


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool) else str(value)
