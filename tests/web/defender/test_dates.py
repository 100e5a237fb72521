"""Days that an office enters are refused at their field, and what was typed stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.extensions import db, transaction
from app.models import Meeting, Opening, PlacementDecision
from tests.factories import sign_in
from tests.placing import CONDITIONS, make_world, today


@pytest.mark.parametrize(
    ("days", "says"),
    [(-1, "That day has passed"), (-400, "That day has passed"), (800, "more than two years away")],
)
def test_a_start_date_that_cannot_be_is_refused_at_its_field(app: Flask, days: int, says: str) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/approve"
    starts_on = str(today() + timedelta(days=days))
    answer = client.post(url, data={"starts_on": starts_on, "conditions": CONDITIONS})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert 'href="#starts_on"' in page
    assert CONDITIONS in page
    assert starts_on in page
    with app.app_context():
        assert db.session.scalars(select(PlacementDecision)).all() == []
    assert client.post(url, data={"starts_on": str(today())}).status_code == 302


def test_a_usual_start_that_has_passed_is_not_offered(app: Flask) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/approve"
    for days, shown in ((40, True), (-1, False)):
        usual = today() + timedelta(days=days)
        with app.app_context(), transaction():
            db.session.scalars(select(Opening)).one().starts_on = usual
        page = client.get(url).get_data(as_text=True)
        assert (f'value="{usual}"' in page) is shown


def test_a_meeting_before_the_office_was_asked_is_refused(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    world = make_world(app)
    asked = today()
    client = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/meeting"
    answer = client.post(url, data={"held_on": str(asked - timedelta(days=1)), "format": "phone", "notes": "Long talk"})
    assert answer.status_code == 422
    assert "before your office was asked" in answer.get_data(as_text=True)
    assert "Long talk" in answer.get_data(as_text=True)
    tomorrow = client.post(url, data={"held_on": str(asked + timedelta(days=2)), "format": "phone"})
    assert "when it has taken place" in tomorrow.get_data(as_text=True)
    clock.move(days=4)
    client = sign_in(app.test_client(), world.rolla)
    assert client.post(url, data={"held_on": str(asked), "format": "phone"}).status_code == 302


def test_the_meeting_is_corrected_from_what_was_recorded(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    world = make_world(app)
    asked = today()
    base = f"/defender/placements/{world.proposal}"
    clock.move(days=3)
    client = sign_in(app.test_client(), world.rolla)
    data = {"held_on": str(asked + timedelta(days=1)), "format": "phone", "notes": "She asked about jail visits."}
    assert client.post(f"{base}/meeting", data=data).status_code == 302
    page = BeautifulSoup(client.get(base).get_data(as_text=True), "html.parser")
    form = page.find("form", action=f"{base}/meeting")
    assert form is not None
    assert form.find("input", attrs={"name": "held_on"})["value"] == str(asked + timedelta(days=1))
    assert [box["value"] for box in form.find_all("input", type="radio", checked=True)] == ["held", "phone"]
    assert form.find("textarea", attrs={"name": "notes"}).text.strip() == "She asked about jail visits."
    client.post(f"{base}/meeting", data={**data, "format": "video"})
    with app.app_context():
        meeting = db.session.scalars(select(Meeting)).one()
        assert (meeting.format, meeting.held_on) == ("video", asked + timedelta(days=1))


def test_no_page_suggests_a_background_check(app: Flask) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    page = client.get(f"/defender/placements/{world.proposal}/approve").get_data(as_text=True)
    assert "starts after finishing a semester" in page
    assert "background check" not in page.lower()
