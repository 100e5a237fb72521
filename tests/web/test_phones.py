"""A phone number is dialed as E.164 and read as people write it, on everybody's pages."""

from __future__ import annotations

from flask import Flask

from app.extensions import db, transaction
from app.models import Application
from tests.factories import sign_in
from tests.placing import World, make_world


def _world(app: Flask, stored: str) -> World:
    world = make_world(app, "met")
    with app.app_context(), transaction():
        db.session.get_one(Application, world.application).person.phone = stored
    return world


def test_office_and_manager_dial_the_same_number(app: Flask) -> None:
    world = _world(app, "573 555 0123")
    pages = {
        world.rolla: f"/defender/placements/{world.proposal}",
        world.manager: f"/manage/candidates/{world.application}",
    }
    for person, path in pages.items():
        page = sign_in(app.test_client(), person).get(path).text
        assert 'href="tel:+15735550123"' in page and "(573) 555-0123" in page, path


def test_what_is_no_number_is_no_link(app: Flask) -> None:
    world = _world(app, "ask my sister")
    page = sign_in(app.test_client(), world.manager).get(f"/manage/candidates/{world.application}").text
    assert "ask my sister" in page and "tel:" not in page
