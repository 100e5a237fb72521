"""From the office's yes to the offer: where the manager finds it, sends it, or takes the approval back."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

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
