"""The cards of the five name what waits at this moment, and say so when nothing does."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.demo_people import FIVE, INTERVIEWER, MANAGER, MAYA, READER, SUPERVISOR
from app.extensions import db, transaction
from app.models import Opening
from app.queries.demo import mayas_application
from app.queries.people import person_by_email
from app.services.applications import submit_application
from app.services.withdrawals import withdraw_application
from tests.factories import (
    add_role,
    make_application,
    make_draft,
    make_opening,
    make_person,
    make_readers,
    read_answers,
)


@pytest.fixture
def demo(make_app: Callable[..., Flask]) -> Flask:
    """The demo with its five people, Maya's draft, and nothing else in it."""
    app = make_app(DEMO=True)
    with app.app_context():
        opening = make_opening()
        for member, role in ((READER, Role.READER), (INTERVIEWER, Role.INTERVIEWER), (MANAGER, Role.MANAGER)):
            add_role(make_person(member.name, member.email), opening, role)
        add_role(make_person(SUPERVISOR.name, SUPERVISOR.email), opening, Role.SUPERVISOR, office="rolla")
        make_draft(opening, make_person(MAYA.name, MAYA.email))
    return app


def _cards(client: FlaskClient) -> dict[str, str]:
    """Each card's words by its person's name."""
    page = re.sub(r"<[^>]+>", " ", client.get("/demo").text.partition("Or be one of the five")[2])
    page = re.sub(r"\s+", " ", page).partition("And the others")[0]
    places = sorted((page.index(member.name), member.name) for member in FIVE)
    ends = [start for start, _name in places[1:]] + [len(page)]
    return {name: page[start:end] for (start, name), end in zip(places, ends, strict=True)}


def _person(app: Flask, email: str) -> UUID:
    with app.app_context():
        person = person_by_email(email)
        assert person is not None
        return person.id


def test_a_card_says_that_all_is_done_where_nothing_waits(demo: Flask) -> None:
    cards = _cards(demo.test_client())
    assert [name for name, words in cards.items() if "All done" in words] == [member.name for member in FIVE[1:]]
    assert "To do" in cards[MAYA.name] and "Check it and send it" in cards[MAYA.name]


def test_a_card_names_what_waits_and_leads_to_it(demo: Flask) -> None:
    with demo.app_context():
        opening = db.session.query(Opening).one()
        make_readers(opening, 1)
        application = make_application(opening)
        application_id = application.id
    client = demo.test_client()
    assert "5 short answers to score" in _cards(client)[READER.name]
    assert client.post(f"/demo/people/{_person(demo, READER.email)}").location.startswith("/staff/reading/question/")
    with demo.app_context(), transaction() as session:
        read_answers(session.get_one(type(application), application_id))
    assert "answers to score" not in _cards(client)[READER.name]


def test_mayas_card_follows_her_application(demo: Flask) -> None:
    client, maya = demo.test_client(), _person(demo, MAYA.email)
    assert client.post(f"/demo/people/{maya}").location.endswith("/review")
    with demo.app_context():
        application = mayas_application()
        assert application is not None
        with transaction():
            submit_application(application, by=application.person_id, now=now(), short_is_meant=True)
        status = f"/applications/{application.id}/status"
    words = _cards(client)[MAYA.name]
    assert "All done" in words and "Her application: Answers being read." in words
    assert client.post(f"/demo/people/{maya}").location == status
    with demo.app_context():
        application = mayas_application()
        assert application is not None
        with transaction():
            withdraw_application(application, by=application.person_id, now=now(), reason=None)
    assert "All done" in _cards(client)[MAYA.name]


def test_the_story_keeps_to_its_reader_and_the_others_do_their_part(demo: Flask) -> None:
    client = demo.test_client()
    with demo.app_context():
        opening = db.session.query(Opening).one()
        make_readers(opening, 3)
        application = mayas_application()
        assert application is not None
        with transaction():
            submit_application(application, by=application.person_id, now=now(), short_is_meant=True)
    first = client.post("/demo/next", follow_redirects=True)
    assert "You are Tomas Lindgren now." in first.text
    # The story's reader stays blind, although the story's page names whose answers they are.
    assert "Maya’s answers" not in first.text and "Maya Torres" not in first.text
    assert client.post("/demo/shortcut").status_code == 302
    assert "Let the other readers score theirs" in client.get("/demo/story").text
    # Going on lets them, and the visitor is the résumé's reader at once.
    resume = client.post("/demo/next")
    assert resume.location.startswith("/staff/resumes/")
    with demo.app_context():
        application = mayas_application()
        assert application is not None
        assert application.state == "resume_in_review"
