"""A supervisor who is away names a colleague, who decides for the office for some days and no longer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.access import Role
from app.domain.delegation import MOST_DELEGATES, last_day_of, period, period_problem
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.office import Office
from app.models.person import Person, RoleGrant
from app.queries.delegations import delegations_by, delegations_of, has_live_application, standing_grant
from app.services.accounts import ensure_person, make_invitation
from app.services.audit import record
from app.services.notices import owe_notice


def delegate_office(
    office: Office, email: str, *, first_day: date, last_day: date, by: UUID, now: datetime
) -> RoleGrant:
    """Lend a colleague the right to decide for an office from the first to the last day, and write to them.

    `email` is clean already. Raises Refusal with the field where the days or the person cannot be, and without
    one where `by` has no lasting right for the office: what is lent cannot be lent on.
    """
    own = standing_grant(by, office.id)
    if own is None:
        raise Refusal(N_("Only the office’s own supervisors can name somebody to stand in for them."), status=403)
    # Two windows at once: the second one sees what the first one wrote.
    db.session.execute(select(RoleGrant.id).where(RoleGrant.id == own.id).with_for_update())
    today = local_day(now, office.time_zone)
    problem = period_problem(first_day, last_day, today=today)
    if problem is not None:
        raise Refusal(problem[1], status=422, field=problem[0])
    if len(delegations_of(office.id, now=now)) >= MOST_DELEGATES:
        raise Refusal(N_("Five colleagues stand in already. End one first."), status=422, field="email")
    colleague = ensure_person(email, now=now)
    _refuse_person(colleague, office, by=by, now=now)
    starts_at, ends_at = period(first_day, last_day, office.time_zone)
    grant = RoleGrant(
        person_id=colleague.id,
        role=Role.SUPERVISOR.value,
        organization_id=own.organization_id,
        office_id=office.id,
        granted_by_id=by,
        granted_at=now,
        delegated_by_id=by,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    db.session.add(grant)
    db.session.flush()
    db.session.expire(colleague, ["grants"])
    record("role:delegate", "person", colleague.id, by=by, now=now, office=office.slug, until=ends_at.isoformat())
    _invite(grant, colleague, office, by=by, now=now)
    return grant


def end_delegation(grant: RoleGrant, *, by: UUID, now: datetime) -> None:
    """Take back what was lent, early or before it began. Twice is once."""
    db.session.execute(select(RoleGrant.id).where(RoleGrant.id == grant.id).with_for_update())
    db.session.refresh(grant, ["revoked_at"])
    if grant.revoked_at is not None:
        return
    grant.revoked_at = now
    record("role:end_delegation", "person", grant.person_id, by=by, now=now)


def _refuse_person(colleague: Person, office: Office, *, by: UUID, now: datetime) -> None:
    if colleague.id == by:
        raise Refusal(N_("That is your own address. Enter your colleague’s."), status=422, field="email")
    # Whoever asks does not learn that there is an application.
    if has_live_application(colleague.id):
        raise Refusal(
            N_("This person cannot stand in for the office. Name another colleague, or ask the program manager."),
            status=422,
            field="email",
        )
    if standing_grant(colleague.id, office.id) is not None:
        raise Refusal(N_("This colleague decides for the office already, also while you are away."), status=422,
                      field="email")  # fmt: skip
    for lent in delegations_by(by, office.id):
        if lent.ends_at is not None and lent.ends_at <= now:
            # It is over: another time may begin.
            lent.revoked_at = lent.ends_at
        elif lent.person_id == colleague.id:
            raise Refusal(N_("You have named this colleague already. End that first to change the days."), status=422,
                          field="email")  # fmt: skip
    db.session.flush()


def _invite(grant: RoleGrant, colleague: Person, office: Office, *, by: UUID, now: datetime) -> None:
    """Send the link of an invitation; it is over after some days, a code by mail works as long as the right does."""
    assert grant.starts_at is not None and grant.ends_at is not None
    row, token = make_invitation(colleague.email, now=now)
    zone = office.time_zone
    owe_notice(
        "delegation",
        subject_id=grant.id,
        recipient=colleague,
        now=now,
        context={
            "token": token,
            "office": office.name,
            "asked_by": db.session.get_one(Person, by).name,
            "first_day": local_day(grant.starts_at, zone).isoformat(),
            "last_day": last_day_of(grant.ends_at, zone).isoformat(),
        },
        urgent=True,
        void_after=row.expires_at,
    )
