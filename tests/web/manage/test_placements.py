"""Placements as a manager works with them: the second year, the end, more time for an offer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Notice, Offer, Placement
from app.services.offers import accept_offer
from tests.factories import sign_in
from tests.placing import World, make_world, today


def _placed(app: Flask) -> tuple[World, UUID]:
    world = make_world(app, "offered")
    with app.app_context(), transaction() as session:
        offer = session.scalars(select(Offer)).one()
        placement = accept_offer(offer, by=world.applicant, now=now())
        return world, placement.id


def test_a_placement_is_decided_and_ended_on_its_pages(app: Flask) -> None:
    world, key = _placed(app)
    from_page = sign_in(app.test_client(), world.manager)
    assert b"To decide" in from_page.get("/manage/placements").data
    page = f"/manage/placements/{key}"
    with app.app_context(), transaction() as session:
        session.get_one(Placement, key).starts_on = None
    undated = from_page.post(f"{page}/second-year", data={"outcome": "approved", "reason": "Good", "confirm": "yes"})
    assert (undated.status_code, b"Set the first day first" in undated.data) == (409, True)
    assert b'name="outcome"' not in from_page.get(page).data
    for wrong in ("", "tomorrow", "2019-02-30", "9999-01-01"):
        assert from_page.post(f"{page}/start", data={"starts_on": wrong}).status_code == 422
    assert "more than two years ago" in from_page.post(f"{page}/start", data={"starts_on": "1999-01-01"}).text
    assert "the day before the start" not in from_page.get(f"{page}/end").text
    first = today() + timedelta(days=40)
    for _again in range(2):
        told = from_page.post(f"{page}/start", data={"starts_on": first.isoformat()}, follow_redirects=True)
        assert (told.status_code, "The first day is set" in told.text) == (200, True)
    with app.app_context():
        starts_on, ends_on = db.session.execute(select(Placement.starts_on, Placement.ends_on)).one()
        mails = db.session.scalars(select(Notice.id).where(Notice.kind == "start_agreed")).all()
    assert (starts_on, ends_on is not None, len(mails)) == (first, True, 2)
    assert from_page.post(f"{page}/second-year", data={"outcome": "approved"}).status_code == 422
    typed = from_page.post(f"{page}/second-year", data={"reason": "Kept as typed"})
    assert (typed.status_code, b"Kept as typed" in typed.data) == (422, True)
    choice = {"outcome": "approved", "reason": "Good"}
    asked = from_page.post(f"{page}/second-year", data=choice)
    assert "the pay is $20.43 an hour, or $42,500 a year" in asked.text and "Maya Example, Sam Supervisor" in asked.text
    assert b"To decide" in from_page.get("/manage/placements").data
    assert "Good</textarea>" in from_page.post(f"{page}/second-year", data={**choice, "change": "1"}).text
    done = from_page.post(f"{page}/second-year", data={**choice, "confirm": "yes"}, follow_redirects=True)
    assert (done.status_code, b"Approved" in done.data) == (200, True)
    again = from_page.post(f"{page}/second-year", data=choice)
    assert again.status_code == 409
    assert from_page.post(f"{page}/end", data={"last_day": "2027-02-30", "reason": "x"}).status_code == 422
    assert "the day before the start" in from_page.get(f"{page}/end").text
    last = today() + timedelta(days=130)
    end = {"last_day": last.isoformat(), "reason": "Moved"}
    assert "End this placement for good?" in from_page.post(f"{page}/end", data=end).text
    assert b"Moved" not in from_page.get(page).data
    ended = from_page.post(f"{page}/end", data={**end, "confirm": "yes"}, follow_redirects=True)
    assert (ended.status_code, b"The seat is free" in ended.data or b"seat is free" in ended.data) == (200, True)
    assert b"Moved" in from_page.get(page).data
    assert b"Rolla" in from_page.get("/manage/placements?ended=yes").data


def test_the_candidate_page_leads_to_the_placement_and_to_more_time(app: Flask) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.manager)
    with app.app_context():
        offer_id = db.session.scalars(select(Offer.id)).one()
    page = f"/manage/candidates/{world.application}"
    more_time = f"/manage/placements/offers/{offer_id}/more-time"
    assert more_time in client.get(page).text
    assert client.get(more_time).status_code == 200
    assert client.post(more_time, data={"day": "yesterday"}).status_code == 422
    assert client.post(more_time, data={"day": today().isoformat()}).status_code == 422
    day = today() + timedelta(days=30)
    assert client.post(more_time, data={"day": day.isoformat()}).status_code == 302
    with app.app_context(), transaction() as session:
        placement_id = accept_offer(session.get_one(Offer, offer_id), by=world.applicant, now=now()).id
    assert f"/manage/placements/{placement_id}" in client.get(page).text
    assert client.post(more_time, data={"day": (day + timedelta(days=1)).isoformat()}).status_code == 409


def test_an_applicant_takes_more_time_with_one_button(app: Flask) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), world.applicant)
    page = f"/applications/{world.application}/offer"
    assert f"{page}/more-time" in client.get(page).text
    first = client.post(f"{page}/more-time", follow_redirects=True)
    assert (first.status_code, "You have more time" in first.text) == (200, True)
    again = client.post(f"{page}/more-time", follow_redirects=True)
    assert "A person answers you" in again.text
