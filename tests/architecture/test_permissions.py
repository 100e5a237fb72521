"""Who may do what: the URL map x roles and pairs of roles x ownership, against a table written by hand.

The views are replaced by one that says "passed", so that a POST changes nothing; what is proved is the guard
with its real loaders, facts and access table. `EXPECTED` is written from the program's trust rules, not from
`app/domain/access.py`: a change of either must be meant.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.access import ACTIONS, Role
from app.web.guard import actions_of, allow
from tests.architecture.world import OWNERSHIPS, World, build_world, make_blind, make_principal
from tests.factories import sign_in

OWN, ANOTHERS, ELSEWHERE = "own", "anothers", "elsewhere"
REGION = frozenset({OWN, ANOTHERS})
MINE = frozenset({OWN})
ALL = frozenset({OWN, ANOTHERS, ELSEWHERE})
PRINCIPALS = ("applicant", *(role.value for role in Role))
EVERYBODY = dict.fromkeys(PRINCIPALS, ALL)
READERS = {"reader": MINE, "reading_lead": MINE}
REVIEWERS = {**READERS, "interviewer": MINE}
MANAGERS = {"manager": REGION, "director": REGION}
ANY_MANAGER = {"manager": ALL, "director": ALL}
ANY_READER = {"reader": ALL, "reading_lead": ALL}
ANY_REVIEWER = {**ANY_READER, "interviewer": ALL}
# The owner needs no role, so whoever owns it may, whatever else they are.
OWNER = {"applicant": MINE}

# action -> principal -> the things for which the answer is yes; everything else is no.
EXPECTED: dict[str, dict[str, frozenset[str]]] = {
    "page:read": EVERYBODY,
    "question:ask": EVERYBODY,
    "eligibility:check": EVERYBODY,
    "session:start": EVERYBODY,
    "session:end": EVERYBODY,
    "account:use": EVERYBODY,
    "application:start": EVERYBODY,
    "application:list": EVERYBODY,
    "application:read": OWNER,
    "application:edit": OWNER,
    "application:submit": OWNER,
    "application:withdraw": OWNER,
    "ranking:edit": OWNER,
    "adjustment:ask": OWNER,
    "recording:make": OWNER,
    "interview:book": OWNER,
    "meeting:answer": OWNER,
    "offer:answer": OWNER,
    "recording:delete": OWNER,
    "staff:home": ANY_REVIEWER,
    "reading:list": ANY_READER,
    "reading:score": READERS,
    "resume:score": READERS,
    "recording:list": ANY_REVIEWER,
    "recording:score": REVIEWERS,
    "recording:watch": {**REVIEWERS, **MANAGERS, **OWNER},
    "slot:list": {"interviewer": ALL},
    "slot:publish": {"interviewer": ALL},
    "slot:withdraw": {"interviewer": MINE},
    "scorecard:write": {"interviewer": MINE},
    "office:list": {"supervisor": ALL},
    "office:read": {"supervisor": MINE},
    "office:confirm": {"supervisor": MINE},
    "office:edit": {"supervisor": MINE},
    "office:delegate": {"supervisor": MINE},
    "placement:read": {"supervisor": MINE},
    "placement:file": {"supervisor": MINE},
    "placement:decide": {"supervisor": MINE},
    "meeting:arrange": {"supervisor": MINE},
    "work:list": ANY_MANAGER,
    "candidate:list": ANY_MANAGER,
    "candidate:read": MANAGERS,
    "candidate:decide": MANAGERS,
    "reading:assign": MANAGERS,
    "routing:list": ANY_MANAGER,
    "routing:run": MANAGERS,
    "report:read": ANY_MANAGER,
    "proposal:release": MANAGERS,
    "placement:pass_on": MANAGERS,
    "offer:send": MANAGERS,
    "fellowship:list": ANY_MANAGER,
    "fellowship:manage": MANAGERS,
    "seats:edit": MANAGERS,
    "office:manage": MANAGERS,
    "opening:manage": MANAGERS,
    "notice:list": {**ANY_MANAGER, "admin": ALL},
    "notice:settle": {**MANAGERS, "admin": ALL},
    "suppression:manage": {**ANY_MANAGER, "admin": ALL},
    "help:list": {**ANY_MANAGER, "coordinator": ALL},
    "help:answer": {**MANAGERS, "coordinator": REGION},
    "people:list": {**ANY_MANAGER, "admin": ALL},
    "people:invite": {**ANY_MANAGER, "admin": ALL},
    "people:revoke": {"admin": ALL},
    "hold:set": MANAGERS,
    "audit:list": {**ANY_MANAGER, "admin": ALL},
    "operations:read": {"admin": ALL},
    "demo:use": EVERYBODY,
}
# Whoever is considered here does not decide, even as its supervisor.
NOT_ABOUT_ONESELF = {"placement:read", "placement:file", "placement:decide", "meeting:arrange"}
PUBLIC = {"page:read", "question:ask", "eligibility:check", "session:start", "session:end", "demo:use"}
# What would tell a reader whose answer they are scoring.
REVEALS = {
    "notice:settle",
    "help:answer",
    "resume:score",
    "recording:score",
    "recording:watch",
    "scorecard:write",
    "placement:read",
    "placement:file",
    "placement:decide",
    "meeting:arrange",
    "candidate:read",
    "candidate:decide",
    "proposal:release",
    "placement:pass_on",
    "offer:send",
    "fellowship:manage",
    "hold:set",
}
COMBINATIONS = [frozenset({one}) for one in PRINCIPALS] + [frozenset(pair) for pair in combinations(PRINCIPALS, 2)]
# A world is dear to build: a test takes several combinations through the same one.
PORTIONS = 8


@pytest.fixture
def probe(make_app) -> Flask:  # type: ignore[no-untyped-def]
    """The app with its real guard, whose views only say that they were reached."""
    app: Flask = make_app()
    for endpoint, (action, load) in actions_of(app).items():
        if action is not None:
            app.view_functions[endpoint] = allow(action, load)(lambda **_arguments: "passed")
    # The refusal counts, not its page: 25,000 requests are enough work.
    for code in (403, 404, 405):
        app.register_error_handler(code, lambda error: ("refused", error.code))
    return app


def _paths(app: Flask, world: World, ownership: str) -> list[tuple[str, str, str, bool]]:
    """(endpoint, method, path, loads an object) for every rule, its ids filled in for this ownership."""
    adapter = app.url_map.bind("localhost")
    loads = actions_of(app)
    rows = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        load = loads[rule.endpoint][1]
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = name.removesuffix("_id")
            if name.endswith("_id"):
                known = kind in world.ids["own"]
                values[name] = (
                    world.id_of(kind, ownership if kind == load else "own") if known else world.id_of(kind, "missing")
                )
            else:
                values[name] = 1 if "int" in type(rule._converters[name]).__name__.lower() else "some-name"
        methods = sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"})
        rows += [
            (rule.endpoint, method, adapter.build(rule.endpoint, values, method=method), load is not None)
            for method in methods
        ]
    return rows


def _expected(action: str, roles: frozenset[str], ownership: str, loads: bool) -> int:
    ways = [EXPECTED[action][role] for role in roles if role in EXPECTED[action]]
    # Whoever is signed in may own something: no role is needed for that way, so the answer is 404, not 403.
    open_to_all = "applicant" in EXPECTED[action]
    if not ways and not open_to_all:
        return 403
    if not loads:
        return 200
    if action in NOT_ABOUT_ONESELF and ownership == OWN and "applicant" in roles:
        return 404
    return 200 if any(ownership in things for things in ways) else 404


def test_every_action_has_an_expectation(app: Flask) -> None:
    assert set(EXPECTED) == set(ACTIONS)
    assert {name for name, action in ACTIONS.items() if action.reveals} == REVEALS
    assert {name for name, action in ACTIONS.items() if not action.signed_in} == PUBLIC


def test_every_route_has_an_entry(probe: Flask) -> None:
    assert {endpoint for endpoint, (action, _) in actions_of(probe).items() if action not in EXPECTED} <= {"static"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("portion", range(PORTIONS))
def test_roles_open_exactly_what_the_table_says(probe: Flask, portion: int) -> None:
    with probe.app_context():
        world = build_world()
    wrong = []
    for number in range(portion, len(COMBINATIONS), PORTIONS):
        roles = COMBINATIONS[number]
        with probe.app_context():
            person_id = make_principal(world, roles)
        client = sign_in(probe.test_client(), person_id)
        wrong += _differences(probe, world, client, roles, number)
    assert wrong == []


def _of_this_turn(rows: list[tuple[str, str, str, bool]], probe: Flask, roles: frozenset[str], turn: int) -> list:
    """Every route for a single role. For a pair, of the routes that ask for the same action about the same kind of
    thing the next one in turn: the guard's answer is theirs in common, and over the pairs each has its turn.
    """
    if len(roles) == 1:
        return rows
    actions = actions_of(probe)
    groups: dict[object, list[tuple[str, str, str, bool]]] = {}
    for row in rows:
        groups.setdefault(actions[row[0]], []).append(row)
    return [group[turn % len(group)] for group in groups.values()]


def _differences(
    probe: Flask, world: World, client: FlaskClient, roles: frozenset[str], turn: int
) -> list[tuple[object, ...]]:
    actions = actions_of(probe)
    wrong: list[tuple[object, ...]] = []
    for ownership in OWNERSHIPS:
        for endpoint, method, path, loads in _of_this_turn(_paths(probe, world, ownership), probe, roles, turn):
            # What is missing is missing for two roles as for one.
            if (not loads and ownership != "own") or (ownership == "missing" and len(roles) > 1):
                continue
            action = actions[endpoint][0]
            assert action is not None
            status = client.open(path, method=method).status_code
            wanted = _expected(action, roles, ownership, loads)
            if status != wanted:
                wrong.append((sorted(roles), method, path, action, ownership, status, wanted))
    return wrong


def test_nobody_signed_in_opens_only_public_pages(probe: Flask) -> None:
    with probe.app_context():
        world = build_world()
    client: FlaskClient = probe.test_client()
    actions = actions_of(probe)
    wrong = []
    for endpoint, method, path, _ in _paths(probe, world, "own"):
        answer = client.open(path, method=method)
        public = actions[endpoint][0] in PUBLIC
        if public != (answer.status_code == 200) or (not public and "/account/sign-in" not in (answer.location or "")):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("second", [role.value for role in Role if role not in (Role.READER, Role.SUPERVISOR)])
def test_who_still_scores_an_answer_stays_blind(probe: Flask, second: str) -> None:
    """Rights add up, but blindness wins."""
    with probe.app_context():
        world = build_world()
        person_id = make_principal(world, frozenset({"reader", second}))
        make_blind(world)
    client = sign_in(probe.test_client(), person_id)
    actions = actions_of(probe)
    seen = [
        (method, path)
        for endpoint, method, path, loads in _paths(probe, world, "own")
        if actions[endpoint][0] in REVEALS and loads and client.open(path, method=method).status_code == 200
    ]
    assert seen == []


def test_malformed_ids_are_not_found(probe: Flask) -> None:
    with probe.app_context():
        world = build_world()
        person_id = make_principal(world, frozenset(PRINCIPALS))
    client = sign_in(probe.test_client(), person_id)
    bad = ("1", "-1", "9223372036854775808", "not-a-uuid", "%00", "..%2f..%2fetc%2fpasswd")
    wrong = []
    for rule in probe.url_map.iter_rules():
        if not any(name.endswith("_id") for name in rule.arguments):
            continue
        for value in bad:
            path = rule.rule
            for name in rule.arguments:
                for converter in ("uuid:", "string:", "int:", ""):
                    path = path.replace(f"<{converter}{name}>", value)
            status = client.get(path).status_code
            if status not in (404, 405):
                wrong.append((path, status))
    assert wrong == []
