"""Reports on routing and placement: right numbers, honest about few, safe as CSV, in a fixed number of statements."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.actors import By
from app.domain.placements import DECLINE_WORDS, local_day
from app.extensions import db, transaction
from app.models import Offer, Office, Opening, Proposal, SeatPool
from app.queries.reports import days_to_fill
from app.services.offers import accept_offer
from app.services.placements import decline_placement
from app.services.releases import release_proposals
from app.services.routing import run_routing
from app.services.seats import change_seats
from app.web.csv_files import csv_response
from tests.factories import make_waiting, sign_in
from tests.placing import make_world
from tests.web.manage.world import statements

FILES = ("ranks", "days-to-decide", "days-to-fill", "declines", "spanish", "open-seats")


def _decline(app: Flask, world, people: int) -> None:  # type: ignore[no-untyped-def]
    """So many people are proposed to Nevada one after the other, and it declines each after two days."""
    for _number in range(people):
        with app.app_context():
            opening = db.session.get_one(Opening, world.opening)
            person = make_waiting(opening, ranks=("nevada",))
            with transaction():
                run_routing(opening, occasion="test", by=By(worker="test"), now=now())
            with transaction():
                proposal = db.session.scalars(
                    select(Proposal).where(Proposal.application_id == person.id, Proposal.state == "proposed")
                ).one()
                release_proposals([proposal], by=world.manager, now=now() - timedelta(days=2))
                decline_placement(proposal, reason_code="fit", by=world.rolla, now=now())


@pytest.mark.parametrize("who", ["rolla", "applicant"])
def test_only_managers_read_reports(app: Flask, who: str) -> None:
    client = sign_in(app.test_client(), getattr(make_world(app), who))
    assert client.get("/manage/reports").status_code == 403
    assert client.get("/manage/reports/ranks.csv").status_code == 403


def _table(client, name: str) -> list[list[str]]:  # type: ignore[no-untyped-def]
    file = client.get(f"/manage/reports/{name}.csv")
    assert file.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(file.get_data(as_text=True).removeprefix("\ufeff"))))[1:]


def test_numbers_are_right_and_few_are_named_as_few(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context(), transaction():
        db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one().spanish_minimum = 1
    _decline(app, world, 5)
    client = sign_in(app.test_client(), world.manager)
    assert _table(client, "ranks") == [["Choice 1", "1", "0"]]
    assert _table(client, "days-to-decide") == [
        ["Nevada", "5", "2.0", "2.0"],
        ["Rolla", "1", "too little data: n = 1", ""],
    ]
    assert _table(client, "days-to-fill") == []
    assert _table(client, "declines") == [["The office", DECLINE_WORDS["fit"], "5"]]
    assert [[row[0], *row[2:]] for row in _table(client, "spanish")] == [["Rolla", "1", "0", "1"]]
    rolla = next(row for row in _table(client, "open-seats") if row[0] == "Rolla")
    assert rolla[2:6] == ["1", "1", "0", "0"]
    with app.app_context(), transaction():
        accept_offer(db.session.scalars(select(Offer)).one(), by=world.applicant, now=now())
    assert _table(client, "ranks") == [["Choice 1", "1", "1"]]
    assert _table(client, "days-to-fill")[0][:3] == ["Rolla", "1", "too little data: n = 1"]
    with app.app_context(), transaction():
        # Counted from the publication, not from the day on which the office was first asked.
        db.session.get_one(Opening, world.opening).published_on = local_day(now(), "America/Chicago") - timedelta(
            days=9
        )
        assert [int(row.median) for row in days_to_fill([world.opening])] == [9]
    with app.app_context(), transaction():
        # A seat that was added counts from then.
        rolla_pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        rolla_pool.seats, rolla_pool.spanish_minimum = 0, 0
        change_seats(rolla_pool, 1, reason=None, by=world.manager, now=now() - timedelta(days=4, hours=1))
        assert [int(row.median) for row in days_to_fill([world.opening])] == [4]
    page = client.get("/manage/reports").get_data(as_text=True)
    assert "Rank obtained" in page and "too little data: n = 1" in page


def test_season_narrows_the_figures(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.manager)
    with app.app_context():
        slug = db.session.get_one(Opening, world.opening).season.slug
    file = client.get(f"/manage/reports/ranks.csv?season={slug}")
    assert file.headers["Content-Disposition"] == f"attachment; filename=placewell-ranks-{slug}.csv"
    assert "Choice 1" in file.get_data(as_text=True)
    # A season that nobody has is no season.
    assert client.get("/manage/reports?season=%3Cb%3E").status_code == 200
    assert client.get("/manage/reports/nothing.csv").status_code == 404


def test_a_cell_that_looks_like_a_formula_is_text(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        for pool in db.session.scalars(select(SeatPool)):
            pool.name = '=HYPERLINK("http://x")'
        for office in db.session.scalars(select(Office)):
            office.name = "@office"
    client = sign_in(app.test_client(), world.manager)
    assert {row[0] for row in _table(client, "open-seats")} == {'\'=HYPERLINK("http://x")'}
    with app.test_request_context():
        text = csv_response("x.csv", ["-a", "+b"], [["\tc", -1, None]]).get_data(as_text=True)
    assert text == "\ufeff'-a,'+b\r\n'\tc,-1,\r\n"


def test_statements_stay_the_same_however_many_people(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.manager)
    client.get("/manage/reports")
    with statements(app) as few:
        client.get("/manage/reports")
    _decline(app, world, 6)
    with statements(app) as many:
        client.get("/manage/reports")
    assert len(many) == len(few)


def test_every_report_has_a_file(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.manager)
    page = client.get("/manage/reports").get_data(as_text=True)
    linked = set(re.findall(r'href="/manage/reports/([a-z-]+)\.csv"', page))
    assert linked <= set(FILES)
    assert {client.get(f"/manage/reports/{name}.csv").status_code for name in FILES} == {200}
