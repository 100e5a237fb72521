"""Permissions as one table: each action, its audience, and the named ways to be allowed it.

Rights of several roles add up, but blindness wins: whoever still has an answer of an application to
score is refused every action that would tell them whose it is (`reveals=True`), whatever else they are.
Source: the role and resource table of the program's trust rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may be granted. Being an applicant needs no grant."""

    READER = "reader"
    READING_LEAD = "reading_lead"
    INTERVIEWER = "interviewer"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    DIRECTOR = "director"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


STAFF_ROLES = frozenset(Role) - {Role.SUPERVISOR}


class Audience(StrEnum):
    """Whose pages an action belongs to; one package of `app.web` each."""

    PUBLIC = "public"
    ACCOUNT = "account"
    APPLICANT = "applicant"
    STAFF = "staff"
    DEFENDER = "defender"
    MANAGE = "manage"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role within an organization, and within a region or an office where that is given."""

    role: Role
    organization_id: UUID
    region_id: UUID | None = None
    office_id: UUID | None = None
    # Lent by a supervisor who is away: it opens the same doors, and cannot be lent on.
    delegated: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `person_id` is None for somebody who is not signed in."""

    person_id: UUID | None = None
    grants: frozenset[Grant] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Tell whether any of these roles is held anywhere."""
        return any(grant.role in roles for grant in self.grants)

    @property
    def office_ids(self) -> frozenset[UUID]:
        """The offices that this person supervises, their own and those of a colleague who is away."""
        return frozenset(
            grant.office_id for grant in self.grants if grant.role is Role.SUPERVISOR and grant.office_id is not None
        )

    @property
    def own_office_ids(self) -> frozenset[UUID]:
        """The offices that this person supervises in their own right."""
        return frozenset(
            grant.office_id
            for grant in self.grants
            if grant.role is Role.SUPERVISOR and grant.office_id is not None and not grant.delegated
        )


ANONYMOUS = Actor()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about, reduced to the facts that decide."""

    owner_id: UUID | None = None
    organization_id: UUID | None = None
    region_id: UUID | None = None
    office_id: UUID | None = None
    assignee_id: UUID | None = None
    # The office sees a proposal only after a manager released it.
    released: bool = False
    # The office declared a conflict of interest with the person: their file is closed to it.
    conflict: bool = False
    # People who still have an answer of this application to score.
    blind_ids: frozenset[UUID] = field(default_factory=frozenset)


NOTHING = Subject()
Check = Callable[[Actor, Subject], bool]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be allowed: the roles of which one is needed (None: no grant needed), and the condition."""

    name: str
    roles: frozenset[Role] | None
    holds: Check


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    audience: Audience
    ways: tuple[Way, ...]
    reveals: bool = False
    signed_in: bool = True


def _always(actor: Actor, subject: Subject) -> bool:
    return True


def _owns(actor: Actor, subject: Subject) -> bool:
    return actor.person_id is not None and subject.owner_id == actor.person_id


def _assigned(actor: Actor, subject: Subject) -> bool:
    return actor.person_id is not None and subject.assignee_id == actor.person_id


def _within_scope(roles: Iterable[Role]) -> Check:
    wanted = frozenset(roles)

    def holds(actor: Actor, subject: Subject) -> bool:
        return any(
            grant.role in wanted
            and grant.organization_id == subject.organization_id
            and grant.region_id in (None, subject.region_id)
            for grant in actor.grants
        )

    return holds


def _own_office(actor: Actor, subject: Subject) -> bool:
    # Nobody decides about themselves, not even as a colleague's delegate.
    about_oneself = subject.owner_id is not None and subject.owner_id == actor.person_id
    return subject.released and not about_oneself and _own_office_itself(actor, subject)


def _own_office_without_conflict(actor: Actor, subject: Subject) -> bool:
    return not subject.conflict and _own_office(actor, subject)


def _own_office_itself(actor: Actor, subject: Subject) -> bool:
    return subject.office_id is not None and subject.office_id in actor.office_ids


def _own_office_lastingly(actor: Actor, subject: Subject) -> bool:
    return subject.office_id is not None and subject.office_id in actor.own_office_ids


def _one_of(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_MANAGERS = _one_of(Role.MANAGER, Role.DIRECTOR)
_READERS = _one_of(Role.READER, Role.READING_LEAD)

ANYONE = Way("anyone", None, _always)
SIGNED_IN = Way("signed in", None, _always)
OWNER = Way("the owner", None, _owns)
READER = Way("a reader", _READERS, _always)
ASSIGNED_READER = Way("the assigned reader", _READERS, _assigned)
REVIEWER = Way("a reader or interviewer", _READERS | {Role.INTERVIEWER}, _always)
ASSIGNED_REVIEWER = Way("the assigned reviewer", _READERS | {Role.INTERVIEWER}, _assigned)
INTERVIEWER = Way("an interviewer", _one_of(Role.INTERVIEWER), _always)
ASSIGNED_INTERVIEWER = Way("the assigned interviewer", _one_of(Role.INTERVIEWER), _assigned)
SUPERVISOR = Way("an office supervisor", _one_of(Role.SUPERVISOR), _always)
OFFICE_OF_RELEASED = Way("the office that it was released to", _one_of(Role.SUPERVISOR), _own_office)
OFFICE_WITHOUT_CONFLICT = Way(
    "the office that it was released to, unless it declared a conflict",
    _one_of(Role.SUPERVISOR),
    _own_office_without_conflict,
)
SUPERVISOR_OF_OFFICE = Way("the office's supervisor", _one_of(Role.SUPERVISOR), _own_office_itself)
LASTING_SUPERVISOR = Way("the office's own supervisor", _one_of(Role.SUPERVISOR), _own_office_lastingly)
ANY_MANAGER = Way("a program manager", _MANAGERS, _always)
MANAGER_OF_IT = Way("a program manager of its region", _MANAGERS, _within_scope(_MANAGERS))
COORDINATOR_OF_IT = Way(
    "the accommodation coordinator", _one_of(Role.COORDINATOR), _within_scope(_one_of(Role.COORDINATOR))
)
ANY_COORDINATOR = Way("an accommodation coordinator", _one_of(Role.COORDINATOR), _always)
ADMIN = Way("an administrator", _one_of(Role.ADMIN), _always)
ADMIN_OF_IT = Way("an administrator of the organization", _one_of(Role.ADMIN), _within_scope(_one_of(Role.ADMIN)))


def _action(name: str, audience: Audience, *ways: Way, reveals: bool = False, signed_in: bool = True) -> Action:
    return Action(name, audience, ways, reveals, signed_in)


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        # Everybody
        _action("page:read", Audience.PUBLIC, ANYONE, signed_in=False),
        _action("question:ask", Audience.PUBLIC, ANYONE, signed_in=False),
        _action("eligibility:check", Audience.PUBLIC, ANYONE, signed_in=False),
        _action("session:start", Audience.ACCOUNT, ANYONE, signed_in=False),
        _action("session:end", Audience.ACCOUNT, ANYONE, signed_in=False),
        _action("account:use", Audience.ACCOUNT, SIGNED_IN),
        # Applicants
        _action("application:start", Audience.APPLICANT, SIGNED_IN),
        _action("application:list", Audience.APPLICANT, SIGNED_IN),
        _action("application:read", Audience.APPLICANT, OWNER),
        _action("application:edit", Audience.APPLICANT, OWNER),
        _action("application:submit", Audience.APPLICANT, OWNER),
        _action("application:withdraw", Audience.APPLICANT, OWNER),
        _action("ranking:edit", Audience.APPLICANT, OWNER),
        _action("adjustment:ask", Audience.APPLICANT, OWNER),
        _action("recording:make", Audience.APPLICANT, OWNER),
        _action("interview:book", Audience.APPLICANT, OWNER),
        _action("meeting:answer", Audience.APPLICANT, OWNER),
        _action("offer:answer", Audience.APPLICANT, OWNER),
        _action("recording:delete", Audience.APPLICANT, OWNER),
        # Readers, reviewers and interviewers
        _action("staff:home", Audience.STAFF, REVIEWER),
        _action("reading:list", Audience.STAFF, READER),
        _action("reading:score", Audience.STAFF, ASSIGNED_READER),
        _action("resume:score", Audience.STAFF, ASSIGNED_READER, reveals=True),
        _action("recording:list", Audience.STAFF, REVIEWER),
        _action("recording:score", Audience.STAFF, ASSIGNED_REVIEWER, reveals=True),
        _action("recording:watch", Audience.STAFF, ASSIGNED_REVIEWER, MANAGER_OF_IT, OWNER, reveals=True),
        _action("slot:list", Audience.STAFF, INTERVIEWER),
        _action("slot:publish", Audience.STAFF, INTERVIEWER),
        _action("slot:withdraw", Audience.STAFF, ASSIGNED_INTERVIEWER),
        _action("scorecard:write", Audience.STAFF, ASSIGNED_INTERVIEWER, reveals=True),
        # Public defender offices
        _action("office:list", Audience.DEFENDER, SUPERVISOR),
        _action("office:read", Audience.DEFENDER, SUPERVISOR_OF_OFFICE),
        _action("office:confirm", Audience.DEFENDER, SUPERVISOR_OF_OFFICE),
        _action("office:edit", Audience.DEFENDER, SUPERVISOR_OF_OFFICE),
        _action("office:delegate", Audience.DEFENDER, LASTING_SUPERVISOR),
        _action("placement:read", Audience.DEFENDER, OFFICE_OF_RELEASED, reveals=True),
        _action("placement:file", Audience.DEFENDER, OFFICE_WITHOUT_CONFLICT, reveals=True),
        _action("placement:decide", Audience.DEFENDER, OFFICE_OF_RELEASED, reveals=True),
        _action("meeting:arrange", Audience.DEFENDER, OFFICE_OF_RELEASED, reveals=True),
        # Program managers
        _action("work:list", Audience.MANAGE, ANY_MANAGER),
        _action("candidate:list", Audience.MANAGE, ANY_MANAGER),
        _action("candidate:read", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("candidate:decide", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("reading:assign", Audience.MANAGE, MANAGER_OF_IT),
        _action("routing:list", Audience.MANAGE, ANY_MANAGER),
        _action("routing:run", Audience.MANAGE, MANAGER_OF_IT),
        _action("report:read", Audience.MANAGE, ANY_MANAGER),
        _action("proposal:release", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("placement:pass_on", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("offer:send", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("fellowship:list", Audience.MANAGE, ANY_MANAGER),
        _action("fellowship:manage", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("seats:edit", Audience.MANAGE, MANAGER_OF_IT),
        _action("office:manage", Audience.MANAGE, MANAGER_OF_IT),
        _action("opening:manage", Audience.MANAGE, MANAGER_OF_IT),
        _action("notice:list", Audience.MANAGE, ANY_MANAGER, ADMIN),
        _action("notice:settle", Audience.MANAGE, MANAGER_OF_IT, ADMIN, reveals=True),
        _action("suppression:manage", Audience.MANAGE, ANY_MANAGER, ADMIN),
        _action("help:list", Audience.MANAGE, ANY_MANAGER, ANY_COORDINATOR),
        _action("help:answer", Audience.MANAGE, MANAGER_OF_IT, COORDINATOR_OF_IT, reveals=True),
        _action("people:list", Audience.MANAGE, ADMIN, ANY_MANAGER),
        _action("people:invite", Audience.MANAGE, ADMIN, ANY_MANAGER),
        _action("people:revoke", Audience.MANAGE, ADMIN_OF_IT),
        _action("hold:set", Audience.MANAGE, MANAGER_OF_IT, reveals=True),
        _action("audit:list", Audience.MANAGE, ANY_MANAGER, ADMIN),
        _action("operations:read", Audience.MANAGE, ADMIN),
        # The demo (the routes exist only where it is switched on)
        _action("demo:use", Audience.DEMO, ANYONE, signed_in=False),
    )
}


def could(action: Action, actor: Actor) -> bool:
    """Tell whether the actor's roles open any way at all, whatever the object: the audience wall."""
    if action.signed_in and actor.person_id is None:
        return False
    return any(way.roles is None or actor.has(*way.roles) for way in action.ways)


def may(action: Action, actor: Actor, subject: Subject = NOTHING) -> bool:
    """Tell whether the actor may do this to that; blindness wins over every right."""
    if action.signed_in and actor.person_id is None:
        return False
    if action.reveals and actor.person_id in subject.blind_ids:
        return False
    return any((way.roles is None or actor.has(*way.roles)) and way.holds(actor, subject) for way in action.ways)
