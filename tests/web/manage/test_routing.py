"""Routing through the manager's pages: run, why, release with a preview, pass on, seats, offers."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application, Notice, Offer, Opening, ReadingAssignment, RoutingRun, SeatPool
from app.queries.routing import Reason
from app.web.reasons import named_reasons
from tests.factories import make_waiting, office_named, sign_in
from tests.placing import CONDITIONS, make_world


def _count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def _state(app: Flask, world) -> str:  # type: ignore[no-untyped-def]
    with app.app_context():
        return db.session.get_one(Application, world.application).state


@pytest.mark.parametrize("who", ["rolla", "applicant"])
def test_only_managers_reach_routing(app: Flask, who: str) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), getattr(world, who))
    assert client.get("/manage/routing").status_code == 403
    assert client.get(f"/manage/routing/runs/{world.run}").status_code == 403
    assert client.post(f"/manage/routing/openings/{world.opening}/run").status_code == 403


def test_run_is_made_when_something_changed_and_explained_in_words(app: Flask) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), world.manager)
    assert client.post(f"/manage/routing/openings/{world.opening}/run").location.endswith(str(world.run))
    assert _count(app, RoutingRun) == 1
    with app.app_context():
        make_waiting(db.session.get_one(Opening, world.opening), ranks=("rolla", "jackson"), score=2.5)
        make_waiting(db.session.get_one(Opening, world.opening), ranks=("rolla",), score=2.0)
    where = client.post(f"/manage/routing/openings/{world.opening}/run").location
    assert _count(app, RoutingRun) == 2
    page = client.get(where).get_data(as_text=True)
    assert "The last person routed there scored 16.67, this person 10." in page
    assert "The last person routed there scored 16.67, this person 6.67." in page
    assert re.search(r"[0-9a-f]{64}", page)
    old = client.get(f"/manage/routing/runs/{world.run}").get_data(as_text=True)
    assert "A newer run has taken its place." in old


def test_release_first_shows_what_it_sends(app: Flask) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/routing/runs/{world.run}/release"
    preview = client.post(url, data={"proposal": str(world.proposal)}).get_data(as_text=True)
    assert "1 person, 2 emails" in preview
    assert _state(app, world) == "in_routing"
    assert "nobody was chosen" in client.post(url, data={}, follow_redirects=True).text
    done = client.post(url, data={"proposal": str(world.proposal), "confirm": "yes"})
    assert done.location == "/manage/routing"
    assert _state(app, world) == "placement_in_review"
    again = client.post(url, data={"proposal": str(world.proposal), "confirm": "yes"}, follow_redirects=True)
    assert "these people are released already" in again.get_data(as_text=True)
    with app.app_context():
        kinds = db.session.scalars(select(Notice.kind).where(Notice.kind.like("office_%")).order_by(Notice.kind)).all()
        assert kinds == ["office_considering", "office_waiting"]


def test_base_pay_for_a_verified_speaker_is_confirmed_knowingly(app: Flask) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/routing/runs/{world.run}/release"
    words = "No Spanish increase is stated for Rolla; an offer to a verified speaker will carry base pay only."
    preview = client.post(url, data={"proposal": str(world.proposal)}).text
    assert words not in preview and "base_pay" not in preview
    with app.app_context(), transaction():
        db.session.get_one(Application, world.application).spanish_reported = "professional"
    preview = client.post(url, data={"proposal": str(world.proposal)}).text
    assert words in preview and "base_pay" not in preview
    with app.app_context(), transaction():
        application = db.session.get_one(Application, world.application)
        application.spanish_verified, application.spanish_verified_at = "professional", now()
        application.spanish_verified_by_id = world.manager
        rolla = office_named("rolla").id
    assert "I know that this verified Spanish speaker" in client.post(url, data={"proposal": str(world.proposal)}).text
    data = {"proposal": str(world.proposal), "confirm": "yes"}
    refused = client.post(url, data=data)
    assert (refused.status_code, "There is a problem" in refused.text) == (422, True)
    assert _state(app, world) == "in_routing"
    assert client.post(url, data={**data, "base_pay": "yes"}).status_code == 302
    assert _state(app, world) == "placement_in_review"
    assert words in client.get(f"/manage/offices/{rolla}").text
    assert words in sign_in(app.test_client(), world.rolla).get(f"/defender/offices/{rolla}").text


def test_manager_who_is_still_blind_does_not_see_the_person(app: Flask) -> None:
    world = make_world(app, "proposed")
    with app.app_context(), transaction():
        answer_less = ReadingAssignment(
            kind="resume", application_id=world.application, reader_id=world.manager, ordinal=1, state="open",
            assigned_at=now(), due_at=now(),
        )  # fmt: skip
        db.session.add(answer_less)
    # A résumé does not blind; only an answer that is still to be scored does.
    page = sign_in(app.test_client(), world.manager).get(f"/manage/routing/runs/{world.run}").get_data(as_text=True)
    assert "Maya Example" in page


def test_pass_on_needs_a_reason(app: Flask) -> None:
    world = make_world(app, "released")
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/routing/proposals/{world.proposal}/pass-on"
    assert client.get(url).status_code == 200
    assert client.post(url, data={"reason": "  "}).status_code == 422
    assert client.post(url, data={"reason": "No answer for three weeks"}).status_code == 302
    assert _state(app, world) == "in_routing"
    again = client.post(url, data={"reason": "KEPT-REASON"})
    assert again.status_code == 409
    assert "This was decided already" in again.text and "KEPT-REASON" in again.text


def test_offer_is_confirmed_then_sent_once(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/offers/{world.application}/send"
    page = client.get(url).get_data(as_text=True)
    assert "sending the offer ends that" in page
    assert CONDITIONS in page
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 409
    assert _count(app, Offer) == 1
    assert client.get(url).status_code == 302


def test_seats_below_the_taken_ones_need_a_reason(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.manager)
    with app.app_context():
        pool = db.session.scalars(select(SeatPool.id).where(SeatPool.slug == "rolla")).one()
    url = f"/manage/routing/pools/{pool}"
    data = {"seats": "0", "reason": "", "spanish_minimum": "0", "release_on": "", "bid_price": ""}
    refused = client.post(url, data=data)
    assert refused.status_code == 422
    assert "Say why" in refused.get_data(as_text=True)
    assert client.post(url, data={**data, "seats": "two"}).status_code == 422
    assert client.post(url, data={**data, "seats": "1", "spanish_minimum": "2"}).status_code == 422
    every = client.post(url, data={**data, "spanish_minimum": "2", "bid_price": "much", "release_on": "soon"}).text
    assert every.count('class="error"') == 4 and "Say why" in every and 'value="much"' in every
    assert client.post(url, data={**data, "bid_price": "NaN"}).status_code == 422
    assert client.post(url, data={**data, "seats": "99999999999999"}).status_code == 422
    assert client.post(url, data={**data, "reason": "Budget cut"}).status_code == 302
    more = {**data, "seats": "3", "spanish_minimum": "2", "release_on": "2027-03-01", "bid_price": "8.5"}
    assert client.post(url, data=more).status_code == 302
    with app.app_context():
        row = db.session.get_one(SeatPool, pool)
        assert (row.seats, row.spanish_minimum, str(row.release_reserve_on), float(row.bid_price or 0)) == (
            3, 2, "2027-03-01", 8.5,
        )  # fmt: skip
    assert client.get("/manage/routing").status_code == 200


def test_a_full_office_is_named_once(app: Flask) -> None:
    numbers = {"office": "Rolla", "offices": ["Rolla"], "seats": 1, "locked": 1, "reserved_taken": 0}
    with app.test_request_context():
        short = named_reasons([Reason("Rolla", "full", "full_without_open_seat", numbers)])
        whole = named_reasons([Reason("Rolla", "full", "full_without_open_seat", numbers | {"reserved_taken": 1})])
    assert short == [("Rolla", "No open seat in this run. Seats: 1; taken before it: 1.")]
    assert whole[0][1].endswith("given to Spanish speakers in it: 1.")
