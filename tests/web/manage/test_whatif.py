"""What-ifs through the manager's pages: made, read, compared, and carried out on purpose."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application, Opening, Pin, Proposal, ReadingAssignment, RoutingRun, Scenario, SeatPool
from app.services.seats import change_seats
from tests.factories import make_application, make_person, make_readers, make_waiting, sign_in
from tests.placing import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    """Maya is proposed to Rolla; Ben wants Rolla too and got Jackson; Cleo speaks Spanish and wants only Rolla."""
    made = make_world(app, "proposed")
    with app.app_context():
        opening = db.session.get_one(Opening, made.opening)
        make_waiting(opening, make_person("Ben Example"), ranks=("rolla", "jackson"), score=3.0)
        make_waiting(opening, make_person("Cleo Example"), ranks=("rolla",), score=2.0, spanish="native")
    return made


def _form(client: FlaskClient, world: World, **changed: str) -> dict[str, str]:
    """The form as it stands on the page, with some fields changed: "rolla-seats"="2"."""
    page = client.get(f"/manage/routing/openings/{world.opening}/what-if").get_data(as_text=True)
    data = {"title": "Second seat in Rolla"}
    slugs = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name, value = re.search(r'name="(pools-[^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or ("checkbox" in tag and " checked" not in tag):
            continue
        data[name[1]] = value[1] if value else ""
        if name[1].endswith("-slug"):
            slugs[data[name[1]]] = name[1].removesuffix("-slug")
    for key, value in changed.items():
        slug, _, field = key.partition("__")
        data[f"{slugs[slug]}-{field}" if field else key] = value
    return data


def _pin(number: int, person: UUID, office: str) -> dict[str, str]:
    return {f"pins-{number}-person": str(person), f"pins-{number}-office": office}


def _named(app: Flask, name: str) -> UUID:
    with app.app_context():
        found = select(Application.id).where(Application.person.has(full_name=name))
        return db.session.scalars(found).one()


def _make(client: FlaskClient, world: World, data: dict[str, str]) -> str:
    answer = client.post(f"/manage/routing/openings/{world.opening}/what-if", data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location


def test_a_seat_that_a_pin_took_is_said_to_be_a_pins_and_once(app: Flask, world: World) -> None:
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        make_waiting(opening, make_person("Theo Example"), ranks=("ava", "monett"), score=3.0)
        make_waiting(opening, make_person("Carmen Example"), ranks=("jackson",), score=2.0)
    client = sign_in(app.test_client(), world.manager)
    data = _form(client, world) | _pin(0, _named(app, "Carmen Example"), "ava")
    page = client.get(_make(client, world, data)).get_data(as_text=True)
    said = "no open seat is left. Seats: 1; taken by a pin: 1; taken or asked before: 0."
    why = page.partition("<h2>Without a seat</h2>")[2].partition("</section>")[0]
    assert "Theo Example" in why and why.count(said) == 1
    assert "Seats: 1; taken before it: 1" not in why
    assert "Taken, asked or given: as it was" in page and "an office is being asked about" in page


def _count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("who", ["rolla", "applicant"])
def test_only_managers_reach_a_what_if(app: Flask, world: World, who: str) -> None:
    client = sign_in(app.test_client(), getattr(world, who))
    assert client.get(f"/manage/routing/openings/{world.opening}/what-if").status_code == 403
    assert client.post(f"/manage/routing/openings/{world.opening}/what-if", data={}).status_code == 403


def test_what_if_proposes_nothing_and_says_what_would_happen(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    before = _count(app, RoutingRun), _count(app, Proposal)
    where = _make(client, world, _form(client, world, rolla__seats="2"))
    page = client.get(where).get_data(as_text=True)
    assert (_count(app, RoutingRun), _count(app, Proposal)) == before
    assert "Seats 1 → <b>2</b>" in page
    # Three wait; two are placed either way, Ben now at his first choice.
    figures = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"At their first choice\s+1\s+33%\s+2\s+67%", figures)
    assert re.search(r"Justified complaints\s+0\s+0", figures)
    assert re.search(r"Ben Example .{0,60}Jackson\s+choice 2\s+Rolla\s+choice 1", figures)
    assert "The last person routed to Rolla scored 13.33, this person 6.67." in page
    assert 'role="region" aria-label="People by offices" tabindex="0"' in page


def test_fields_begin_with_the_present_numbers_or_an_earlier_what_if(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    first = _form(client, world)
    assert {value for key, value in first.items() if key.endswith("-bid_price")} == {""}
    where = _make(client, world, _form(client, world, rolla__bid_price="12.5") | _pin(0, world.application, "jackson"))
    page = client.get(f"/manage/routing/openings/{world.opening}/what-if?from={where.rpartition('/')[2]}")
    text = page.get_data(as_text=True)
    assert 'value="12.5"' in text
    assert f'<option selected value="{world.application}">' in text


def test_wishes_that_cannot_be_are_named_at_their_field(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    ben, cleo = _named(app, "Ben Example"), _named(app, "Cleo Example")
    for changed, says in (
        ({"rolla__spanish_minimum": "2"}, "Held for Spanish speakers: 2. That is more than the pool’s seats, 1."),
        ({"rolla__seats": "-1"}, "Enter 0 to 999 seats."),
        ({"rolla__seats": "99999999999999999999"}, "Enter 0 to 999 seats."),
        ({"rolla__seats": "many"}, "Enter a whole number"),
        ({"rolla__bid_price": "NaN"}, "Enter a score from 0 to 20, or nothing."),
        ({"title": " "}, "Give it a name"),
        (_pin(0, ben, "rolla") | _pin(1, cleo, "rolla"), "Too many are pinned to Rolla: people 2, free seats 1."),
        (_pin(0, ben, "rolla") | _pin(1, ben, "jackson"), "This person is pinned twice."),
        (_pin(0, ben, "nowhere"), "This person does not wait for an office any more."),
    ):
        data = _form(client, world) | (
            changed if any("-" in key for key in changed) else _form(client, world, **changed)
        )
        answer = client.post(f"/manage/routing/openings/{world.opening}/what-if", data=data)
        assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True), says
    # All of it in one round, and what was typed stays.
    data = _form(client, world, rolla__seats="many", jackson__spanish_minimum="5", nevada__bid_price="99")
    answer = client.post(
        f"/manage/routing/openings/{world.opening}/what-if",
        data=data | {"title": "", "pins-0-person": str(ben), "pins-0-office": ""},
    ).get_data(as_text=True)
    summary = answer.partition("error-summary")[2].partition("</div>")[0]
    for says in (
        "Give it a name", "Rolla: Enter a whole number", "Jackson: Held for Spanish speakers: 5.",
        "Nevada: Enter a score from 0 to 20", "Choose both, the person and the office",
    ):  # fmt: skip
        assert says in summary, says
    assert 'value="many"' in answer and 'value="99"' in answer and f'<option selected value="{ben}">' in answer
    assert _count(app, Scenario) == 0


def test_more_pins_keeps_what_was_typed(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    data = _form(client, world, rolla__seats="7") | _pin(0, world.application, "jackson") | {"more": "1"}
    text = client.post(f"/manage/routing/openings/{world.opening}/what-if", data=data).get_data(as_text=True)
    assert 'value="7"' in text and "pins-3-person" in text
    assert f'<option selected value="{world.application}">' in text


def test_two_outcomes_stand_side_by_side(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    a = _make(client, world, _form(client, world)).rpartition("/")[2]
    b = _make(client, world, _form(client, world, title="No Rolla", rolla__seats="0")).rpartition("/")[2]
    base = f"/manage/routing/openings/{world.opening}/what-if/compare"
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(f"{base}?a={a}&b={b}").get_data(as_text=True))
    assert re.search(r"Maya Example .{0,60}Rolla\s+choice 1\s+Jackson\s+choice 2", page)
    assert "No Rolla" in page
    with_run = client.get(f"{base}?a={world.run}&b={b}")
    assert (with_run.status_code, "Run of " in with_run.get_data(as_text=True)) == (200, True)
    assert client.get(f"{base}?a={a}&b={world.application}").status_code == 302
    assert client.get(base).status_code == 302


def test_using_it_changes_the_records_and_routes(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    cleo = _named(app, "Cleo Example")
    data = _form(client, world, rolla__seats="2", jackson__bid_price="12", rolla__spanish_minimum="1")
    where = _make(client, world, data | {"title": "All"} | _pin(0, cleo, "jackson"))
    page = client.get(f"{where}/use").get_data(as_text=True)
    assert "Cleo Example" in page and "a second person has to confirm it" in page
    assert client.post(f"{where}/use", data={"reason": " "}).status_code == 422
    done = client.post(f"{where}/use", data={"reason": "The county pays for another seat"})
    assert (done.status_code, "/manage/routing/runs/" in done.location) == (302, True)
    with app.app_context():
        pools = {pool.slug: pool for pool in db.session.scalars(select(SeatPool))}
        assert (pools["rolla"].seats, pools["rolla"].spanish_minimum) == (2, 1)
        assert pools["rolla"].changed_reason == "The county pays for another seat"
        assert float(pools["jackson"].bid_price or 0) == 12
        pin = db.session.scalars(select(Pin)).one()
        assert (pin.application_id, pin.office.slug, pin.reason) == (
            cleo,
            "jackson",
            "The county pays for another seat",
        )
        proposal = db.session.scalars(select(Proposal).where(Proposal.pin_id == pin.id)).one()
        assert (proposal.state, str(proposal.run_id) in done.location) == ("proposed", True)
    # The numbers are no longer those that the what-if started from.
    again = client.post(f"{where}/use", data={"reason": "Twice"})
    assert (again.status_code, "Somebody has changed these numbers since." in again.get_data(as_text=True)) == (
        409,
        True,
    )


def test_stale_records_are_shown_and_nothing_is_done(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    where = _make(client, world, _form(client, world, rolla__seats="2") | _pin(0, world.application, "jackson"))
    with app.app_context(), transaction():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        change_seats(pool, 3, reason="A grant", by=world.manager, now=now())
    assert "was 1 in the what-if" in client.get(f"{where}/use").get_data(as_text=True)
    assert client.post(f"{where}/use", data={"reason": "Go"}).status_code == 409
    assert _count(app, Pin) == 0
    assert "The records have changed since." in client.get(where).get_data(as_text=True)


def test_reserve_given_free_now_is_given_free_today(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    where = _make(client, world, _form(client, world, rolla__release_reserve="y"))
    assert client.post(f"{where}/use", data={"reason": "Nobody applied"}).status_code == 302
    with app.app_context():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        assert pool.release_reserve_on is not None


def test_whom_a_manager_still_reads_has_no_name_and_no_pin(app: Flask, world: World) -> None:
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        make_readers(opening, 1)
        answers = make_application(opening).id
    with app.app_context(), transaction():
        some = db.session.scalars(
            select(ReadingAssignment).where(
                ReadingAssignment.application_id == answers, ReadingAssignment.kind == "answer"
            )
        ).first()
        assert some is not None
        some.application_id, some.reader_id, some.answer_id = world.application, world.manager, some.answer_id
    client = sign_in(app.test_client(), world.manager)
    form = client.get(f"/manage/routing/openings/{world.opening}/what-if").get_data(as_text=True)
    assert (str(world.application) in form, "Ben Example" in form) == (False, True)
    page = client.get(_make(client, world, _form(client, world, rolla__seats="0"))).get_data(as_text=True)
    assert "Somebody whose answers you still read" in page
    assert ("Maya" in page, "Ben Example" in page) == (False, True)
    data = _form(client, world) | _pin(0, world.application, "rolla")
    assert client.post(f"/manage/routing/openings/{world.opening}/what-if", data=data).status_code == 404
