"""Who may give which role to whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from app.domain.access import Actor, Role
from app.domain.words import N_

ROLE_LABELS: Mapping[Role, str] = {
    Role.READER: N_("Reader"),
    Role.READING_LEAD: N_("Reading lead"),
    Role.INTERVIEWER: N_("Interviewer"),
    Role.SUPERVISOR: N_("Office supervisor"),
    Role.MANAGER: N_("Program manager"),
    Role.DIRECTOR: N_("Regional director"),
    Role.COORDINATOR: N_("Accommodation coordinator"),
    Role.ADMIN: N_("Administrator"),
}
ROLE_HINTS: Mapping[Role, str] = {
    Role.READER: N_("Scores short answers without names, then résumés; may watch recordings."),
    Role.READING_LEAD: N_("A reader who also looks after third readings."),
    Role.INTERVIEWER: N_("Offers times for final interviews, holds them and fills in scorecards."),
    Role.SUPERVISOR: N_("Meets the candidates whom we send to one office, and decides for that office."),
    Role.MANAGER: N_("Decides at the gates, releases proposals, sends offers."),
    Role.DIRECTOR: N_("A program manager who is told when an office does not answer."),
    Role.COORDINATOR: N_("The one person who reads requests for adjustments."),
    Role.ADMIN: N_("Gives and takes back roles."),
}


class RevokeReason(StrEnum):
    """Why a role is taken back: one of a few, because the audit log holds no text that people wrote."""

    LEFT = "left"
    OTHER_WORK = "other_work"
    MISTAKE = "mistake"
    CONFLICT = "conflict"
    OTHER = "other"


REVOKE_REASONS: Mapping[RevokeReason, str] = {
    RevokeReason.LEFT: N_("They left"),
    RevokeReason.OTHER_WORK: N_("Their work changed"),
    RevokeReason.MISTAKE: N_("The role was given by mistake"),
    RevokeReason.CONFLICT: N_("A conflict of interest"),
    RevokeReason.OTHER: N_("Something else"),
}
_BY_MANAGERS = (Role.READER, Role.INTERVIEWER, Role.SUPERVISOR)
NOT_TO_YOURSELF = N_("You cannot give yourself a role. Ask another administrator.")
NOT_YOURS = N_("You may not give this role.")


def grantable_roles(actor: Actor) -> tuple[Role, ...]:
    """Return the roles that this person may give to others."""
    if actor.has(Role.ADMIN):
        return tuple(ROLE_LABELS)
    return _BY_MANAGERS if actor.has(Role.MANAGER, Role.DIRECTOR) else ()


def grant_problem(
    actor: Actor, role: Role, *, to: UUID | None, organization_id: UUID, region_id: UUID | None
) -> str | None:
    """Return why the actor may not give this role there, or None. `to` is the person, None for a new one."""
    if to is not None and to == actor.person_id:
        return NOT_TO_YOURSELF
    for grant in actor.grants:
        if grant.organization_id != organization_id:
            continue
        if grant.role is Role.ADMIN:
            return None
        within = grant.region_id is None or grant.region_id == region_id
        if grant.role in (Role.MANAGER, Role.DIRECTOR) and role in _BY_MANAGERS and within:
            return None
    return NOT_YOURS
