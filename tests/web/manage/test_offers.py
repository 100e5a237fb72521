"""From the office's yes to the offer: where the manager finds it, sends it, or takes the approval back."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, AuditEvent, Change, Notice, Opening
from tests.conftest import Clock
from tests.factories import sign_in
from tests.placing import make_world


def test_an_approved_candidate_has_the_way_to_the_offer_everywhere(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    sign_in(client, world.manager)
    link = f'href="/manage/offers/{world.application}/send"'
    for path in ("/manage", "/manage/candidates", f"/manage/candidates/{world.application}", "/manage/routing"):
        page = client.get(path).text
        assert link in page and "Send the offer" in page, path


def test_nobody_else_is_offered_to_send_an_offer(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "released")
    sign_in(client, world.manager)
    for path in ("/manage", "/manage/candidates", f"/manage/candidates/{world.application}"):
        assert "Send the offer" not in client.get(path).text, path


def test_an_approval_is_undone_on_a_page_of_its_own_with_a_reason(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    sign_in(client, world.manager)
    url = f"/manage/offers/proposals/{world.proposal}/undo"
    offer = client.get(f"/manage/offers/{world.application}/send").text
    assert f'href="{url}"' in offer and f'action="{url}"' not in offer
    assert "The office may undo it until" in offer and "Send the offer and end the office’s undo time</button>" in offer
    page = client.get(url).text
    assert "Undo the approval of Rolla?" in page and "Sam Supervisor" in page
    without = client.post(url, data={"reason": "  "})
    assert without.status_code == 422 and "Say why you undo the approval." in without.text
    with app.app_context():
        assert db.session.get_one(Application, world.application).state == "placement_approved"
    assert client.post(url, data={"reason": "The seat *moved* to Jackson"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world.application).state == "placement_in_review"
        change = db.session.scalars(select(Change).order_by(Change.at.desc(), Change.seq.desc()).limit(1)).one()
        assert (change.event, change.reason, change.by_person_id) == (
            "undo_approval", "The seat *moved* to Jackson", world.manager,
        )  # fmt: skip
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "approval:undo")).one()
        assert (event.actor_id, event.details) == (world.manager, {"proposal": str(world.proposal)})
        notice = db.session.scalars(select(Notice).where(Notice.kind == "approval_undone")).one()
        assert notice.recipient_id == world.rolla
        mail = message_of(notice)
        assert mail.subject == "An approval of Rolla was undone"
        assert "The seat *moved* to Jackson" in mail.text and "Maya" not in mail.text + mail.subject
        assert f"/defender/placements/{world.proposal}" in mail.text
    assert "The seat *moved* to Jackson" in client.get(f"/manage/candidates/{world.application}").text


def test_undoing_twice_says_so_and_tells_the_office_once(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    sign_in(client, world.manager)
    url = f"/manage/offers/proposals/{world.proposal}/undo"
    assert client.post(url, data={"reason": "First"}).status_code == 302
    again = client.post(url, data={"reason": "KEPT-REASON"})
    assert again.status_code == 409
    assert "There is no approval to undo" in again.text and "KEPT-REASON" in again.text
    assert client.get(url).status_code == 302
    with app.app_context():
        assert len(db.session.scalars(select(Notice).where(Notice.kind == "approval_undone")).all()) == 1


def test_undoing_too_late_says_so_on_the_same_page(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = make_world(app, "approved")
    clock.move(hours=25)
    sign_in(client, world.manager)
    late = client.post(f"/manage/offers/proposals/{world.proposal}/undo", data={"reason": "KEPT-REASON"})
    assert late.status_code == 409
    assert "The 24 hours for an undo are over." in late.text and "KEPT-REASON" in late.text


def test_a_supervisors_own_undo_tells_nobody_else(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    sign_in(client, world.rolla)
    assert client.post(f"/defender/placements/{world.proposal}/undo").status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Notice).where(Notice.kind == "approval_undone")).all() == []


def test_an_offer_without_pay_is_refused_on_its_own_page(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    with app.app_context(), transaction():
        db.session.get_one(Opening, world.opening).year1_hourly = None
    sign_in(client, world.manager)
    refused = client.post(f"/manage/offers/{world.application}/send")
    assert refused.status_code == 409
    assert "The opening states no pay" in refused.text and "Send the offer now?" in refused.text
