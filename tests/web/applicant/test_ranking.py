"""Ranks that contradict each other: told, kept as typed, never sent by mistake."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application
from app.models.person import ParkedPost
from app.queries.applications import parts_of
from app.services.applications import submit_application
from tests.factories import make_application, make_draft, make_opening, make_person, sign_in
from tests.placing import today

OFFICES = ("farmington", "hillsboro", "jackson", "monett", "ava", "nevada", "rolla", "saint-joseph")


@pytest.fixture
def draft(app: Flask) -> tuple[str, UUID, UUID]:
    """A finished draft that ranks Rolla first and Jackson second: its address, its writer and its id."""
    with app.app_context():
        application = make_draft(make_opening(), make_person("Maya Example"))
        return f"/applications/{application.id}", application.person_id, application.id


def _ranks(**chosen: str) -> dict[str, str]:
    return dict.fromkeys((f"rank-{slug}" for slug in OFFICES), "no") | {f"rank-{k}": v for k, v in chosen.items()}


def _status(app: Flask, application_id: UUID) -> str:
    with app.app_context():
        parts = parts_of(db.session.get_one(Application, application_id))
        return next(part.status for part in parts.counted if part.key == "offices")


@pytest.mark.parametrize(
    "typed",
    [
        _ranks(ava="1", nevada="2") | {"not_here-rolla": "y", "wait_until": "2030-02-30"},
        _ranks(ava="1", nevada="1") | {"not_here-rolla": "y", "wait_until": "12/04/2020"},
        _ranks(ava="1", nevada="2") | {"not_here-rolla": "y", "not_here-ava": "y", "wait_until": "x\0y"},
    ],
)
def test_a_refused_ranking_is_kept_as_typed_after_leaving_the_page(
    app: Flask, client: FlaskClient, draft: tuple[str, UUID, UUID], typed: dict[str, str]
) -> None:
    path, person_id, application_id = draft
    sign_in(client, person_id)
    assert _status(app, application_id) == "done"
    assert client.post(f"{path}/offices", data=typed).status_code == 400
    assert "In progress" in client.get(path).text
    # Another device: nothing hangs on this browser.
    elsewhere = sign_in(app.test_client(), person_id)
    page = elsewhere.get(f"{path}/offices").text
    assert "Not saved yet." in page
    # What is to be mended is said at once: the ranks and the date in one round.
    assert 'href="#wait_until"' in page
    assert ("have the same rank" in page) is (typed["rank-nevada"] == "1")
    assert f'value="{typed["wait_until"].replace(chr(0), "")}"' in page
    assert '<option selected value="1">' in page.partition('name="rank-ava"')[2].partition("</select>")[0]
    assert "checked" in page.partition('name="not_here-rolla"')[0].rpartition("<input")[2]
    # What does not fit together is not sent either.
    assert _status(app, application_id) == "progress"
    good = _ranks(ava="1") | {"wait_until": ""}
    assert elsewhere.post(f"{path}/offices", data=good).status_code == 302
    assert "Not saved yet." not in elsewhere.get(f"{path}/offices").text
    assert _status(app, application_id) == "done"
    with app.app_context():
        assert db.session.scalar(select(func.count(ParkedPost.id))) == 0


def test_the_wish_to_wait_is_read_back_wherever_the_ranking_is(
    app: Flask, client: FlaskClient, draft: tuple[str, UUID, UUID]
) -> None:
    path, person_id, application_id = draft
    sign_in(client, person_id)
    assert "Wait for your first choice" not in client.get(f"{path}/review").text
    day = today() + timedelta(days=60)
    assert client.post(f"{path}/offices", data=_ranks(ava="1") | {"wait_until": str(day)}).status_code == 302
    review = client.get(f"{path}/review").text
    assert "Wait for your first choice" in review
    said = "Until " + review.partition("Until ")[2].partition("<")[0]
    assert f" {day.day}, {day.year} no other office is asked" in said
    with app.app_context(), transaction():
        application = db.session.get_one(Application, application_id)
        submit_application(application, by=person_id, now=now(), short_is_meant=True)
    for page in ("status", "sent", "sent/copy.txt"):
        assert said in client.get(f"{path}/{page}").text, page


def test_after_sending_the_earlier_ranking_stands_until_the_new_one_fits(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        application = make_application(make_opening())
        path, person_id = f"/applications/{application.id}", application.person_id
    sign_in(client, person_id)
    assert client.post(f"{path}/offices", data=_ranks(ava="1", nevada="1")).status_code == 400
    status = client.get(f"{path}/status").text
    assert "Rolla, Jackson" in status
    assert "Your new ranking is not saved yet" in status
    assert client.post(f"{path}/offices", data=_ranks(ava="1", nevada="2")).status_code == 302
    status = client.get(f"{path}/status").text
    assert "Ava, Nevada" in status
    assert "is not saved yet" not in status


def test_everything_wrong_is_said_in_one_round(app: Flask, client: FlaskClient, draft: tuple[str, UUID, UUID]) -> None:
    path, person_id, _application_id = draft
    sign_in(client, person_id)
    typed = _ranks(ava="1", nevada="1", rolla="2") | {"not_here-rolla": "y", "wait_until": "2020-01-06"}
    page = client.post(f"{path}/offices", data=typed).text
    summary = page.partition('class="error-summary"')[2].partition("</ul>")[0]
    assert [words in summary for words in ("Ava and Nevada have the same rank, 1", "ranked Rolla and also marked",
                                           "Enter a day in the future")] == [True, True, True]  # fmt: skip
    nothing = client.post(f"{path}/offices", data=_ranks() | {"wait_until": "2020-01-06"}).text
    assert ("Rank at least one office." in nothing, "Enter a day in the future" in nothing) == (True, True)


def test_nobody_else_sees_what_was_kept(app: Flask, client: FlaskClient, draft: tuple[str, UUID, UUID]) -> None:
    path, person_id, _application_id = draft
    sign_in(client, person_id)
    client.post(f"{path}/offices", data=_ranks(ava="1", nevada="1"))
    with app.app_context():
        other = make_person("Somebody Else").id
        key = db.session.scalars(select(ParkedPost.id)).one()
    stranger = sign_in(app.test_client(), other)
    assert stranger.get(f"{path}/offices").status_code == 404
    assert stranger.get(f"{path}/offices?kept={key}").status_code == 404
