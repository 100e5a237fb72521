"""A reader says that an answer names its writer: a manager looks, and nobody else reads it before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.access import Role
from app.extensions import db
from app.models import Answer
from tests.factories import (
    make_application,
    make_opening,
    make_person,
    make_readers,
    make_staff,
    open_readings,
    sign_in,
)

TEXT = "I am Wilhelmina of Rolla. I sat with her. We called. She went home."


@dataclass
class World:
    manager: UUID
    page: str
    answer: UUID
    # The two readers of the same answer, and the paths of their readings.
    readers: list[tuple[UUID, str]]


@pytest.fixture
def world(app: Flask) -> World:
    """One application with two readers for each answer."""
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_application(opening, make_person("Wilhelmina Canary"), answer=TEXT)
        answer_id = open_readings(application)[0].answer_id
        assert answer_id is not None
        both = [reading for reading in open_readings(application) if reading.answer_id == answer_id]
        return World(
            make_staff(opening, Role.MANAGER).id,
            f"/manage/candidates/{application.id}/answers/{answer_id}",
            answer_id,
            [(reading.reader_id, f"/staff/reading/{reading.id}") for reading in both],
        )


def _flagged(app: Flask, world: World) -> tuple[FlaskClient, FlaskClient, FlaskClient]:
    """The reader who flagged it, the other one, and the manager."""
    first, second, manager = (
        sign_in(app.test_client(), each) for each in (world.readers[0][0], world.readers[1][0], world.manager)
    )
    assert "may name their writer" not in manager.get("/manage").text
    told = first.post(f"{world.readers[0][1]}/flag", follow_redirects=True).text
    assert "No other reader sees it until a program manager has looked." in told
    return first, second, manager


def test_a_flagged_answer_waits_for_a_manager(app: Flask, world: World) -> None:
    first, second, manager = _flagged(app, world)
    mine, theirs = world.readers[0][1], world.readers[1][1]
    assert "Wilhelmina of Rolla" in first.get(mine).text
    held = second.get(theirs, follow_redirects=True)
    assert held.request.path == "/staff" and "It comes back to you" in held.text
    assert second.post(theirs, data={"note": "x"}).location == "/staff"
    assert f'href="{world.page}"' in manager.get("/manage").text
    # Nothing but passages may change, and what was typed stays.
    refused = manager.post(world.page, data={"text": "I am nobody. […]"})
    assert refused.status_code == 422 and "I am nobody." in refused.text
    text = "I am […]. I sat with her. We called. She went home."
    assert manager.post(world.page, data={"text": text}).status_code == 302
    page = second.get(theirs).text
    assert "I am […]. I sat with her." in page and "Wilhelmina" not in page
    assert "Do not count it against the writer." in page
    candidate = manager.get(world.page.split("/answers")[0]).text
    assert TEXT in candidate and "A passage is taken out for readers" in candidate
    assert "may name their writer" not in manager.get("/manage").text
    with app.app_context():
        assert db.session.get_one(Answer, world.answer).text == TEXT


def test_nothing_identifies_the_person(app: Flask, world: World) -> None:
    _first, second, manager = _flagged(app, world)
    assert "Wilhelmina of Rolla" in manager.get(world.page).text
    assert manager.post(world.page, data={"action": "nothing"}).status_code == 302
    assert "Wilhelmina of Rolla" in second.get(world.readers[1][1]).text
    assert "may name their writer" not in manager.get("/manage").text
