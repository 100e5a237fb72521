"""Whoever is refused reads the true reason: a rule's own words, or that somebody else was faster."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from app.domain.access import Role
from tests.factories import book, make_application, make_opening, make_readers, make_slot, make_staff, read, sign_in
from tests.placing import make_world

FASTER = "Someone else was here first"
REFUSED = "That cannot be done now"
HOST = "http://localhost"


def _booked_slot(app: Flask) -> tuple[UUID, UUID]:
    """(interviewer, slot that somebody has booked)."""
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        interviewer = make_staff(opening, Role.INTERVIEWER)
        slot = make_slot(opening, interviewer)
        book(read(make_application(opening)), slot)
        return interviewer.id, slot.id


def test_a_rules_own_words_are_the_reason_and_lead_back(app: Flask, client: FlaskClient) -> None:
    interviewer, slot = _booked_slot(app)
    sign_in(client, interviewer)
    refused = client.post(f"/staff/times/{slot}/withdraw", headers={"Referer": f"{HOST}/staff/times"})
    assert refused.status_code == 409
    assert REFUSED in refused.text and "Somebody has booked this time." in refused.text
    assert FASTER not in refused.text
    assert f'href="{HOST}/staff/times"' in refused.text


def test_the_way_back_never_leads_to_another_site(app: Flask, client: FlaskClient) -> None:
    interviewer, slot = _booked_slot(app)
    sign_in(client, interviewer)
    for elsewhere in ("https://evil.example/", f"{HOST}.evil.example/", "javascript:alert(1)"):
        refused = client.post(f"/staff/times/{slot}/withdraw", headers={"Referer": elsewhere})
        assert refused.status_code == 409
        assert "evil" not in refused.text and "javascript" not in refused.text
        assert "Back to the page" not in refused.text


def test_only_a_change_by_somebody_else_is_called_that(app: Flask, client: FlaskClient) -> None:
    world = make_world(app, "approved")
    sign_in(client, world.manager)
    url = f"/manage/offers/{world.application}/send"
    assert client.post(url).status_code == 302
    second = client.post(url)
    assert second.status_code == 409
    assert FASTER in second.text and REFUSED not in second.text
