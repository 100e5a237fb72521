"""Whoever decides about a person sees who it is: the full name beside the name to use."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Person, Proposal
from tests.factories import (
    application_booking,
    book,
    make_application,
    make_opening,
    make_readers,
    make_slot,
    make_staff,
    read,
    sign_in,
)
from tests.pdfs import text_of
from tests.placing import World, make_world

BOTH = "Bea (Beatrice Collins)"


@pytest.fixture
def world(app: Flask) -> World:
    found = make_world(app)
    with app.app_context():
        _called_bea(found.applicant)
    return found


def _called_bea(person_id: UUID) -> None:
    with transaction():
        person = db.session.get_one(Person, person_id)
        person.full_name, person.used_name = "Beatrice Collins", "Bea"


def test_the_office_sees_both_names(app: Flask, client: FlaskClient, world: World) -> None:
    sign_in(client, world.rolla)
    base = f"/defender/placements/{world.proposal}"
    steps = ("meeting-times", "not-for-us", "not-now", "approve")
    for path in ("/defender", base, *(f"{base}/{step}" for step in steps)):
        assert BOTH in client.get(path).text, path
    assert BOTH in text_of(client.get(f"{base}/packet.pdf").data)
    assert client.post(f"{base}/not-for-us", data={"reason_code": "fit"}).status_code == 302
    with app.app_context():
        office = db.session.get_one(Proposal, world.proposal).office_id
    assert BOTH in client.get(f"/defender/offices/{office}").text


def test_the_manager_sees_both_names_and_finds_either(client: FlaskClient, world: World) -> None:
    sign_in(client, world.manager)
    for path in ("/manage", "/manage/candidates?q=Collins", "/manage/candidates?q=Bea&sort=name", "/manage/routing"):
        assert BOTH in client.get(path).text, path
    assert f'<h1 translate="no">{BOTH}</h1>' in client.get(f"/manage/candidates/{world.application}").text


def test_the_interviewer_sees_both_names(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        interviewer = make_staff(opening, Role.INTERVIEWER)
        application = read(make_application(opening))
        book(application, make_slot(opening, interviewer))
        _called_bea(application.person_id)
        interviewer_id, booking = interviewer.id, application_booking(application).id
    sign_in(client, interviewer_id)
    for path in ("/staff/times", f"/staff/interviews/{booking}"):
        assert BOTH in client.get(path).text, path


def test_the_applicant_is_called_by_the_name_to_use(client: FlaskClient, world: World) -> None:
    sign_in(client, world.applicant)
    assert "Beatrice" not in client.get(f"/applications/{world.application}/status").text
