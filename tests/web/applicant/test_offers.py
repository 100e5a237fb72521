"""The offer through the applicant's pages: read, accept once, decline, look back."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.clock import now
from app.domain.actors import By
from app.extensions import db, transaction
from app.models import Application, Offer, Placement
from app.services.history import move
from tests.factories import make_application, make_opening, make_person, make_readers, sign_in
from tests.placing import CONDITIONS, make_world


def _offer(app: Flask) -> UUID:
    with app.app_context():
        return db.session.scalars(select(Offer.id)).one()


def _state(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Application.state)).one()


def test_offer_says_everything_a_person_needs(app: Flask) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.applicant)
    page = client.get(f"/applications/{world.application}/offer").get_data(as_text=True)
    for words in ("Rolla", "Sam Supervisor", "$19.23", "$40,000", "$20.43", "$42,500", "possible", CONDITIONS,
                  "Please answer by"):  # fmt: skip
        assert words in page, words


def test_accepting_twice_makes_one_placement(app: Flask) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.applicant)
    url = f"/applications/{world.application}/offer/accept"
    page = client.get(url).text
    assert "Yes, accept the offer" in page and CONDITIONS in page
    assert _state(app) == "offer_sent"
    answers = [client.post(url, data={"offer_id": str(_offer(app))}) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [
        (302, f"/applications/{world.application}/placement")
    ] * 2
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Placement)) == 1
    page = client.get(f"/applications/{world.application}/placement").get_data(as_text=True)
    assert "You are a Client Advocate in Rolla" in page
    assert client.get(f"/applications/{world.application}/offer").status_code == 302
    # No page tells somebody who is placed that the application has ended.
    assert ">Placed<" in client.get("/applications").text
    public = client.get("/openings/client-advocate-mspd").text
    assert "You are placed." in public and "See your placement" in public and "apply again" not in public


def test_whoever_is_placed_through_another_opening_reads_that(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_application(opening)
        with transaction():
            move(application, "close_placed_elsewhere", by=By(person_id=application.person_id), now=now())
        person_id, path = application.person_id, f"/applications/{application.id}"
        opening_id = opening.id
    client = sign_in(app.test_client(), person_id)
    assert "Placed through another opening" in client.get("/applications").text
    status = client.get(f"{path}/status").text
    assert "You accepted another placement" in status and "apply again" not in status
    assert "You accepted another placement" in client.get("/openings/client-advocate-mspd").text
    begun = client.get(f"/applications/start/{opening_id}", follow_redirects=True).text
    assert "You accepted another placement, so this application is closed." in begun


def test_page_of_an_older_offer_accepts_nothing(app: Flask) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.applicant)
    url = f"/applications/{world.application}/offer/accept"
    for stale in ({"offer_id": str(world.run)}, {}):
        assert client.post(url, data=stale).location == f"/applications/{world.application}/offer"
    assert _state(app) == "offer_sent"


@pytest.mark.parametrize(("choice", "state"), [("again", "in_routing"), ("leave", "offer_declined")])
def test_declining_routes_again_or_ends(app: Flask, choice: str, state: str) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.applicant)
    url = f"/applications/{world.application}/offer/decline"
    refused = client.post(url, data={"offer_id": str(_offer(app)), "reason": "Too far"})
    assert refused.status_code == 422
    assert "Too far" in refused.get_data(as_text=True)
    done = client.post(url, data={"offer_id": str(_offer(app)), "next_step": choice})
    assert done.location == f"/applications/{world.application}/status"
    assert _state(app) == state
    assert "You declined this offer" in client.get(f"/applications/{world.application}/offer").get_data(as_text=True)


def test_nobody_else_reads_or_answers_an_offer(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context():
        other = make_person("Other Person").id
    offer = str(_offer(app))
    for person in (other, world.manager, world.rolla):
        client = sign_in(app.test_client(), person)
        assert client.get(f"/applications/{world.application}/offer").status_code == 404
        accept = client.post(f"/applications/{world.application}/offer/accept", data={"offer_id": offer})
        assert accept.status_code == 404
    assert _state(app) == "offer_sent"


def test_without_an_offer_there_is_no_page(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.applicant)
    assert client.get(f"/applications/{world.application}/offer").status_code == 404
    assert client.get(f"/applications/{world.application}/placement").status_code == 404


def test_late_offer_can_still_be_accepted(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    world = make_world(app, "offered")
    clock.move(days=20)
    client = sign_in(app.test_client(), world.applicant)
    page = client.get(f"/applications/{world.application}/offer").get_data(as_text=True)
    assert "You can still answer" in page
    client.post(f"/applications/{world.application}/offer/accept", data={"offer_id": str(_offer(app))})
    assert _state(app) == "placed"
