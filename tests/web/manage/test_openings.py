"""An opening's settings: changed with a record, by one manager at a time."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.access import Role
from app.extensions import db
from app.models import AuditEvent, Opening
from tests.factories import make_opening, make_staff, sign_in


def _opening(app: Flask) -> tuple[UUID, UUID]:
    with app.app_context():
        opening = make_opening()
        return make_staff(opening, Role.MANAGER).id, opening.id


def _form(page: str, **changes: str) -> dict[str, str]:
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', page)
    assert version is not None
    form = {
        "reading_threshold": "2.5", "recording_threshold": "2.5", "final_threshold": "2.5",
        "policy": "twice", "borderline": "0.25", "random_percent": "15", "row_version": version[1],
    }  # fmt: skip
    return {**form, **changes}


def test_the_page_tells_stages_seats_and_what_reading_costs(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    page = sign_in(client, manager).get("/manage/openings", follow_redirects=True)
    assert page.request.path == f"/manage/openings/{opening}"
    assert "Rolla" in page.text and "Not confirmed" in page.text
    assert "about 25 hours for 100 applications" in page.text
    assert "about 17 hours for 100 applications" in page.text


def test_new_thresholds_are_kept_with_a_record(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    url = f"/manage/openings/{opening}"
    page = sign_in(client, manager).get(url).text
    form = _form(page, reading_threshold="2.75", policy="once", random_percent="20")
    assert client.post(url, data=form).status_code == 302
    with app.app_context():
        row = db.session.get_one(Opening, opening)
        assert row.reading_threshold == Decimal("2.75")
        assert (row.reading_policy["policy"], row.reading_policy["random_share"]) == ("once", "0.2")
        assert row.reading_policy["minutes_per_answer"] == "1.5"
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "opening:change")).one()
        assert event.actor_id == manager
        assert set(event.details["changed"]) == {"reading_threshold", "policy", "random_share"}


def test_loading_the_program_again_leaves_what_a_manager_set(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    url = f"/manage/openings/{opening}"
    page = sign_in(client, manager).get(url).text
    client.post(url, data=_form(page, final_threshold="3.25", policy="once"))
    client.post(f"{url}/status", data={"status": "closed"})
    with app.app_context():
        row = make_opening()
        assert (row.final_threshold, row.reading_policy["policy"], row.status) == (Decimal("3.25"), "once", "closed")


def test_saving_without_a_change_records_nothing(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    url = f"/manage/openings/{opening}"
    page = sign_in(client, manager).get(url).text
    assert "Nothing was changed." in client.post(url, data=_form(page), follow_redirects=True).text
    with app.app_context():
        assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "opening:change")).all() == []


def test_the_second_manager_is_told_and_keeps_the_values(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    url = f"/manage/openings/{opening}"
    page = sign_in(client, manager).get(url).text
    assert client.post(url, data=_form(page, final_threshold="3")).status_code == 302
    second = client.post(url, data=_form(page, final_threshold="1.5"))
    assert second.status_code == 409
    assert "A colleague changed these settings" in second.text and 'value="1.5"' in second.text


def test_values_outside_the_scale_are_refused_at_the_field(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    url = f"/manage/openings/{opening}"
    page = sign_in(client, manager).get(url).text
    for changes in (
        {"reading_threshold": "0.5"}, {"reading_threshold": "5"}, {"final_threshold": "NaN"},
        {"final_threshold": "Infinity"}, {"recording_threshold": ""}, {"recording_threshold": "two"},
        {"policy": "thrice"}, {"borderline": "4"}, {"random_percent": "101"}, {"random_percent": "NaN"},
    ):  # fmt: skip
        answer = client.post(url, data=_form(page, **changes))
        assert answer.status_code == 422 and "There is a problem" in answer.text, changes


def test_an_opening_is_closed_and_opened_again(app: Flask, client: FlaskClient) -> None:
    manager, opening = _opening(app)
    sign_in(client, manager)
    for status in ("closed", "closed", "open"):
        assert client.post(f"/manage/openings/{opening}/status", data={"status": status}).status_code == 302
        with app.app_context():
            assert db.session.get_one(Opening, opening).status == status
    with app.app_context():
        events = select(AuditEvent.details).where(AuditEvent.action == "opening:change").order_by(AuditEvent.at)
        changes = db.session.scalars(events).all()
        assert [change["changed"]["status"] for change in changes] == [["open", "closed"], ["closed", "open"]]
