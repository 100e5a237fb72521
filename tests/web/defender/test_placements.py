"""What an office sees and decides, through its pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db, transaction
from app.models import Application, PlacementDecision, Proposal
from tests.factories import sign_in
from tests.placing import CONDITIONS, make_world, today


def _state(app: Flask) -> tuple[str, str]:
    with app.app_context():
        return (
            db.session.scalars(select(Application.state)).one(),
            db.session.scalars(select(Proposal.state).order_by(Proposal.proposed_at.desc()).limit(1)).one(),
        )


@pytest.mark.parametrize("who", ["jackson", "manager", "applicant"])
def test_only_the_own_office_sees_a_candidate(app: Flask, who: str) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), getattr(world, who))
    status = client.get(f"/defender/placements/{world.proposal}").status_code
    assert status == (404 if who == "jackson" else 403)


def test_unreleased_candidate_does_not_exist_for_the_office(app: Flask) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), world.rolla)
    assert client.get(f"/defender/placements/{world.proposal}").status_code == 404
    assert client.get(f"/defender/placements/{world.proposal}/resume").status_code == 404
    assert client.post(f"/defender/placements/{world.proposal}/approve").status_code == 404
    page = client.get("/defender").get_data(as_text=True)
    assert "Nobody is waiting for you" in page
    assert "Maya" not in page


def test_page_shows_no_score_and_nothing_of_other_offices(app: Flask) -> None:
    world = make_world(app)
    page = sign_in(app.test_client(), world.rolla).get(f"/defender/placements/{world.proposal}").get_data(as_text=True)
    assert "Maya Example" in page
    assert "first choice" in page
    assert "Record the meeting" in page
    assert "Jackson" not in page
    assert "16.6" not in page
    assert "3.5" not in page


def test_office_meets_then_approves_then_undoes(app: Flask) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.rolla)
    base = f"/defender/placements/{world.proposal}"
    early = client.post(f"{base}/approve", data={"conditions": "", "starts_on": ""})
    assert early.status_code == 422
    assert "Meet the person first" in early.get_data(as_text=True)
    assert client.post(f"{base}/meeting", data={"held_on": "", "format": "video"}).status_code == 422
    assert client.post(f"{base}/meeting", data={"held_on": "2099-01-01", "format": "video"}).status_code == 422
    met = client.post(f"{base}/meeting", data={"held_on": str(today()), "format": "video", "notes": "Warm"})
    assert met.status_code == 302
    confirm = client.get(f"{base}/approve").get_data(as_text=True)
    assert "You can undo it for 24 hours, or until the program manager sends the offer." in confirm
    assert _state(app) == ("placement_in_review", "released")
    done = client.post(
        f"{base}/approve", data={"conditions": CONDITIONS, "starts_on": str(today() + timedelta(days=60))}
    )
    assert done.status_code == 302
    page = client.get(base).get_data(as_text=True)
    assert "You can undo this for 24 hours, or until the program manager sends the offer." in page
    assert ", or until the program manager sends the offer. After that time the offer leaves by itself." in page
    assert "Approved by Sam Supervisor" in page
    assert "Undo the approval" in page
    assert client.post(f"{base}/undo").status_code == 302
    assert _state(app) == ("placement_in_review", "released")
    with app.app_context():
        office_id = db.session.get_one(Proposal, world.proposal).office_id
    log = client.get(f"/defender/offices/{office_id}/log").text
    assert log.count("Undid the approval") == 1 and "Moved the application" not in log


def test_undo_is_refused_after_a_day(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    world = make_world(app, "approved")
    base = f"/defender/placements/{world.proposal}"
    assert "Undo the approval" in sign_in(app.test_client(), world.rolla).get(base).get_data(as_text=True)
    clock.move(hours=24, minutes=1)
    client = sign_in(app.test_client(), world.rolla)
    page = client.get(base).get_data(as_text=True)
    assert "The time for an undo is over" in page
    assert "Undo the approval" not in page
    assert client.post(f"{base}/undo").status_code == 409


def test_second_decision_gets_409_and_sees_who_and_when(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.rolla)
    answer = client.post(f"/defender/placements/{world.proposal}/not-for-us", data={"reason_code": "fit"})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "decided already" in page
    assert "Approved by Sam Supervisor" in page


def test_decline_needs_a_reason_and_keeps_what_was_typed(app: Flask) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/not-for-us"
    refused = client.post(url, data={"reason": "A long story"})
    assert refused.status_code == 422
    assert "A long story" in refused.get_data(as_text=True)
    assert client.post(url, data={"reason_code": "invented"}).status_code == 422
    assert client.post(url, data={"reason_code": "conflict"}).status_code == 302
    assert _state(app) == ("in_routing", "declined")
    assert "Nobody is waiting for you" in client.get("/defender").get_data(as_text=True)
    with app.app_context():
        office = db.session.scalars(select(Proposal.office_id)).one()
    page = client.get(f"/defender/offices/{office}").get_data(as_text=True)
    assert "Not for our office" in page
    assert "on the same day" in page
    assert sign_in(app.test_client(), world.jackson).get(f"/defender/offices/{office}").status_code == 404


def test_not_now_needs_a_date_to_come(app: Flask) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/not-now"
    assert client.get(url).status_code == 200
    assert client.post(url, data={"not_before": "2026-02-30"}).status_code == 422
    assert client.post(url, data={"not_before": "2020-01-01"}).status_code == 422
    assert client.post(url, data={"not_before": "2099-01-01"}).status_code == 422
    assert client.post(url, data={"not_before": str(today() + timedelta(days=30))}).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(PlacementDecision.kind)).one() == "not_now"


def test_full_office_is_told_in_plain_words(app: Flask) -> None:
    world = make_world(app, "met")
    with app.app_context(), transaction():
        db.session.scalars(select(Proposal)).one().pool.seats = 0
    client = sign_in(app.test_client(), world.rolla)
    answer = client.post(f"/defender/placements/{world.proposal}/approve", data={})
    assert answer.status_code == 409
    assert "Every seat is taken" in answer.get_data(as_text=True)


def test_pasted_resume_is_shown_and_another_office_gets_nothing(app: Flask) -> None:
    world = make_world(app)
    url = f"/defender/placements/{world.proposal}/resume"
    assert sign_in(app.test_client(), world.rolla).get(url).status_code == 404
    assert sign_in(app.test_client(), world.jackson).get(url).status_code == 404


def test_get_never_decides(app: Flask) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    for page in ("", "/approve", "/not-now", "/not-for-us"):
        assert client.get(f"/defender/placements/{world.proposal}{page}").status_code == 200
    assert client.get(f"/defender/placements/{world.proposal}/undo").status_code == 405
    assert _state(app) == ("placement_in_review", "released")


def test_home_shows_seats_and_takes_the_confirmation(app: Flask) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.rolla)
    page = client.get("/defender").get_data(as_text=True)
    assert "1 person is waiting for you" in page
    assert "Not confirmed" in page
    with app.app_context():
        office = db.session.scalars(select(Proposal)).one().office_id
    assert client.post(f"/defender/offices/{office}/confirm").status_code == 302
    assert "Not confirmed" not in client.get("/defender").get_data(as_text=True)
    assert sign_in(app.test_client(), world.jackson).post(f"/defender/offices/{office}/confirm").status_code == 404


def test_withdrawn_candidate_is_gone(app: Flask) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    with app.app_context(), transaction():
        db.session.scalars(select(Proposal)).one().state = "withdrawn"
    assert client.get(f"/defender/placements/{world.proposal}").status_code == 404
