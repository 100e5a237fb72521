"""Deciding about several people at once: a preview first, each for itself, nothing by one click."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.access import Role
from app.extensions import db
from app.models import Application, Change, Notice, Opening
from tests.factories import (
    add_role,
    make_application,
    make_opening,
    make_person,
    make_readers,
    make_staff,
    read,
    sign_in,
)

URL = "/manage/candidates?state=reading_decision"
BECAUSE = "Below the line, and the notes agree."


def _world(app: Flask, count: int = 3) -> tuple[UUID, list[UUID]]:
    """A manager, and so many people who wait for the decision after reading."""
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        manager = make_staff(opening, Role.MANAGER, name="Mira Manager").id
        people = [read(make_application(opening, make_person(f"Person {n}")), 2).id for n in range(count)]
        return manager, people


def _boxes(page: str, name: str = "chosen") -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


def _states(app: Flask, people: list[UUID]) -> list[str]:
    with app.app_context():
        return [db.session.get_one(Application, each).state for each in people]


def _owed(app: Flask, kind: str) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Notice).where(Notice.kind == kind)) or 0


def test_the_form_stands_only_where_a_manager_decides(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app, 2)
    sign_in(client, manager)
    assert _boxes(client.get("/manage/candidates").text) == []
    assert URL.replace("&", "&amp;") in client.get("/manage/candidates").text
    assert sorted(UUID(box.partition(":")[0]) for box in _boxes(client.get(URL).text)) == sorted(people)


def test_many_are_declined_after_a_preview_that_sends_nothing(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app)
    sign_in(client, manager)
    boxes = _boxes(client.get(URL).text)
    form = {"chosen": boxes, "decision": "stop", "reason": BECAUSE}
    preview = client.post(URL, data=form)
    assert preview.status_code == 200
    assert "3 people, 3 mails" in preview.text and "Nothing has happened yet." in preview.text
    assert _states(app, people) == ["reading_decision"] * 3 and _owed(app, "not_selected") == 0
    done = client.post(URL, data={**form, "confirmed": "1"})
    assert (done.status_code, done.location) == (302, URL)
    assert "Decided about 3 people." in client.get(URL).text
    assert _states(app, people) == ["not_selected"] * 3 and _owed(app, "not_selected") == 3
    with app.app_context():
        reasons = db.session.scalars(select(Change.reason).where(Change.event == "decline_candidate")).all()
        assert reasons == [BECAUSE] * 3


def test_whoever_has_moved_on_is_skipped_with_the_reason_and_stops_nobody(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app)
    sign_in(client, manager)
    boxes = _boxes(client.get(URL).text)
    form = {"chosen": boxes, "decision": "go_on", "reason": BECAUSE}
    first = next(box for box in boxes if box.startswith(str(people[0])))
    client.post(URL, data={**form, "chosen": [first], "confirmed": "1", "reason": "Alone."})
    preview = client.post(URL, data=form)
    assert "2 people, 2 mails, 1 skipped" in preview.text
    assert "A colleague was faster" in preview.text and first not in _boxes(preview.text)
    done = client.post(URL, data={**form, "confirmed": "1"}, follow_redirects=True)
    assert "Decided about 2 people." in done.text and "Person 0 was skipped" in done.text
    assert _states(app, people) == ["recording_due"] * 3 and _owed(app, "recording_invitation") == 3


def test_everybody_in_the_list_at_once(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app)
    sign_in(client, manager)
    shown = _boxes(client.get(URL).text, "shown")
    preview = client.post(URL, data={"shown": shown, "all": "yes", "decision": "go_on", "reason": BECAUSE})
    assert "3 people, 3 mails" in preview.text
    assert len(_boxes(preview.text)) == len(people)


def test_a_double_click_decides_once(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app, 2)
    sign_in(client, manager)
    form = {"chosen": _boxes(client.get(URL).text), "decision": "stop", "reason": BECAUSE, "confirmed": "1"}
    for _click in range(2):
        assert client.post(URL, data=form).status_code == 302
    assert _owed(app, "not_selected") == 2 and _states(app, people) == ["not_selected"] * 2


def test_what_is_missing_is_said_and_the_ticks_are_kept(app: Flask, client: FlaskClient) -> None:
    manager, people = _world(app, 2)
    sign_in(client, manager)
    box = _boxes(client.get(URL).text)[0]
    for form, words in (
        ({"chosen": [box], "decision": "stop", "reason": "  "}, "Write down why"),
        ({"chosen": [box], "reason": BECAUSE}, "Choose what you decide."),
        ({"decision": "stop", "reason": BECAUSE, "confirmed": "1"}, "Tick at least one person."),
        ({"chosen": ["x", ":", "1:2"], "decision": "stop", "reason": BECAUSE, "confirmed": "1"}, "Tick at least one"),
    ):
        page = client.post(URL, data=form)
        assert page.status_code == 422 and words in page.text, words
        assert (" checked>" in page.text) == (box in form.get("chosen", [])), words
    assert _states(app, people) == ["reading_decision"] * 2
    nonsense = {"chosen": [box], "decision": "close_without_seat", "reason": BECAUSE, "confirmed": "1"}
    assert client.post(URL, data=nonsense).status_code == 422


def test_nobody_outside_the_own_regions_or_read_blind_is_decided_about(app: Flask, client: FlaskClient) -> None:
    _manager, people = _world(app, 1)
    with app.app_context():
        application = db.session.get_one(Application, people[0])
        box = f"{application.id}:{application.row_version}"
        opening = db.session.scalars(select(Opening)).one()
        reader = make_staff(opening, Role.READER).id
        blind = make_staff(opening, Role.MANAGER, name="Bo Blind")
        add_role(blind, opening, Role.READER)
        unread = make_application(opening, make_person("Wilhelmina Canary"))
        hidden = f"{unread.id}:{unread.row_version}"
        blind_id = blind.id
    form = {"decision": "stop", "reason": BECAUSE, "confirmed": "1"}
    assert sign_in(app.test_client(), reader).post(URL, data={**form, "chosen": [box]}).status_code == 403
    page = sign_in(client, blind_id).post(URL, data={**form, "chosen": [hidden]}, follow_redirects=True)
    assert "Wilhelmina" not in page.text
    assert _states(app, people) == ["reading_decision"]
