"""Every form and every query string, filled with what people and scripts really send: never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.access import Role
from app.extensions import db
from app.models import Opening
from app.web.parking import KeptForm
from tests.architecture.world import World, build_world, make_principal
from tests.factories import make_staff, sign_in

NASTY = {
    "nothing": "",
    "spaces": " \u200b\ufeff ",
    "NUL": "a\0b",
    "long": "x" * 20_000,
    "markup": "<script>alert(1)</script>{{ 7*7 }}${jndi:ldap://x}",
    "right to left": "\u202egnp.exe\u0301\u0301\u0301",
    "huge number": "9223372036854775808",
    "not a number": "NaN",
    "header": "a@b\r\nBcc: c@example.org",
    "sql": "' OR 1=1 --%_",
    "date": "9999-99-99",
    "formula": '=HYPERLINK("x")',
    "path": "../../etc/passwd",
}
# What pages read without a form class.
LOOSE = ("action", "outcome", "confirm", "proposal", "all", "status", "send", "later", "confirmed", "row_version",
         "version", "next", "days", "fields", "seats", "opening", "state", "q", "office", "email", "text")  # fmt: skip
QUERY = ("after", "before", "page", "from", "state", "opening", "office", "q", "kind", "group", "next", "kept", "lang",
         "spanish", "sort", "listen", "question")  # fmt: skip


def _subclasses(kind: type) -> Iterator[type]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _field_names() -> list[str]:
    names = {
        name for form in _subclasses(KeptForm) for name in dir(form) if hasattr(getattr(form, name), "field_class")
    }
    return sorted(names | set(LOOSE))


@pytest.fixture
def world(app: Flask) -> World:
    """Things of every kind."""
    with app.app_context():
        return build_world()


@dataclass(frozen=True)
class Everybody:
    """Nothing stops a request before the form: a person with every role who owns the application, and a supervisor.

    Nobody decides about themselves, so the office's pages are asked for by somebody who is only that.
    """

    person: FlaskClient
    supervisor: FlaskClient

    def open(self, path: str, **words: Any) -> TestResponse:
        """Ask as whoever may."""
        return (self.supervisor if path.startswith("/defender") else self.person).open(path, **words)

    def get(self, path: str, **words: Any) -> TestResponse:
        """Ask for a page."""
        return self.open(path, method="GET", **words)

    def post(self, path: str, **words: Any) -> TestResponse:
        """Send a form."""
        return self.open(path, method="POST", **words)


@pytest.fixture
def everybody(app: Flask, world: World) -> Everybody:
    """Whoever may ask for anything."""
    with app.app_context():
        opening = db.session.get_one(Opening, world.ids["own"]["opening"])
        supervisor_id = make_staff(opening, Role.SUPERVISOR, office="rolla").id
        person_id = make_principal(world, frozenset({"applicant", *(role.value for role in Role)}))
    return Everybody(sign_in(app.test_client(), person_id), sign_in(app.test_client(), supervisor_id))


def _paths(app: Flask, world: World, method: str, named: str | None = None) -> list[str]:
    """Every address that takes this method; `named` goes where an address has a word, such as a slug."""
    adapter = app.url_map.bind("localhost")
    paths = []
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.endpoint in ("static", "account.sign_out.end"):
            continue
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = name.removesuffix("_id")
            if name.endswith("_id"):
                values[name] = world.ids["own"].get(kind) or world.id_of(kind, "missing")
            else:
                word = {"kind": "resume", "slug": "client-advocate-mspd"}.get(name)
                values[name] = 1 if word is None else named or word
        paths.append(adapter.build(rule.endpoint, values, method=method))
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("what", NASTY)
def test_no_form_answers_with_a_500(app: Flask, world: World, everybody: Everybody, what: str) -> None:
    data = dict.fromkeys(_field_names(), NASTY[what])
    broken = [
        (path, status)
        for path in _paths(app, world, "POST")
        if (status := everybody.post(path, data=data).status_code) >= 500
    ]
    assert broken == []


@pytest.mark.slow
@pytest.mark.parametrize("what", ["NUL", "huge number", "not a number", "sql", "path", "markup", "date"])
def test_no_query_string_answers_with_a_500(app: Flask, world: World, everybody: Everybody, what: str) -> None:
    query = dict.fromkeys(QUERY, NASTY[what])
    broken = [
        (path, status)
        for path in _paths(app, world, "GET")
        if (status := everybody.get(path, query_string=query).status_code) >= 500
    ]
    assert broken == []


def test_a_query_with_a_nul_is_ignored(app: Flask, world: World, everybody: Everybody) -> None:
    """The page is the one without the query: neither refused nor broken."""
    query = dict.fromkeys((*QUERY, "show", "decision", "way", "listen", "a\0b"), "a\0b")
    different = []
    for path in _paths(app, world, "GET"):
        plain, asked = everybody.get(path).status_code, everybody.get(path, query_string=query).status_code
        if asked != plain or asked >= 500:
            different.append((path, plain, asked))
    assert different == []


@pytest.mark.parametrize("what", ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "x" * 20_000, "..%2F..%2Fetc", "%E2%80%AE"])
def test_a_name_in_an_address_that_nothing_has_is_not_found(
    app: Flask, world: World, everybody: Everybody, what: str
) -> None:
    # A page of a sent application leads to its status before it looks at the name.
    fitting = {404} if "%00" in what else {302, 404}
    found = []
    for method in ("GET", "POST"):
        for path in _paths(app, world, method, named="NAMED"):
            if "NAMED" in path:
                status = everybody.open(path.replace("NAMED", what), method=method).status_code
                if status not in fitting:
                    found.append((method, path, status))
    assert found == []


def test_json_to_a_form_and_garbage_to_json_are_refused(app: Flask, world: World, everybody: Everybody) -> None:
    broken = []
    for path in _paths(app, world, "POST"):
        for kind, body in (("application/json", b"{not json"), ("multipart/form-data; boundary=x", b"--x\r\ngarbage")):
            status = everybody.post(path, data=body, content_type=kind).status_code
            if status >= 500:
                broken.append((path, kind, status))
    assert broken == []
