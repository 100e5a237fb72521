"""Opening, forwarding or scanning a link shows nothing to strangers and changes nothing for anybody."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.adapters.clock import now
from app.extensions import Base, db, transaction
from app.services.delegations import delegate_office
from tests.factories import office_named, sign_in
from tests.pdfs import text_of
from tests.placing import World, make_world, today

SCANNERS = {
    "HEAD": ("HEAD", {}),
    "prefetch": ("GET", {"Purpose": "prefetch", "Sec-Purpose": "prefetch"}),
    "scanner": ("GET", {"User-Agent": "Mozilla/5.0 (compatible; link scanner)"}),
}
# What a page that is merely read may write: who looked, when a session was used.
QUIET = {"audit_event"}


def _paths(app: Flask, world: World) -> list[str]:
    """Every address of the office's pages that takes GET, with the ids of the world; a colleague stands in there."""
    with app.app_context(), transaction():
        office = office_named("rolla")
        pool = db.session.execute(text("select id from seat_pool where slug = 'rolla'")).scalar_one()
        grant = delegate_office(
            office, "colleague@example.org", first_day=today(), last_day=today(), by=world.rolla, now=now()
        )
        ids = {"office_id": office.id, "pool_id": pool, "proposal_id": world.proposal, "grant_id": grant.id}
    adapter = app.url_map.bind("localhost")
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("defender.") and "GET" in (rule.methods or ())
    ]
    return [adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments}) for rule in rules]


def _everything(app: Flask) -> dict[str, str]:
    """A digest of the rows of every table."""
    with app.app_context():
        return {
            table.name: db.session.execute(
                text(f"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table.name} t")
            ).scalar_one()
            for table in Base.metadata.sorted_tables
            if table.name not in QUIET
        }


@pytest.mark.parametrize("how", SCANNERS)
@pytest.mark.parametrize("state", ["released", "met", "approved"])
def test_opening_changes_nothing(app: Flask, how: str, state: str) -> None:
    world = make_world(app, state)
    client = sign_in(app.test_client(), world.rolla)
    method, headers = SCANNERS[how]
    paths = _paths(app, world)
    before = _everything(app)
    assert len(paths) >= 9
    for path in paths:
        assert client.open(path, method=method, headers=headers).status_code in (200, 302, 404), path
    assert _everything(app) == before


def test_a_forwarded_link_asks_for_a_sign_in_and_shows_nobody(app: Flask) -> None:
    world = make_world(app, "met")
    visitor = app.test_client()
    for path in _paths(app, world):
        answer = visitor.get(path)
        assert answer.status_code == 302, path
        assert "/account/sign-in" in answer.location
        shown = visitor.get(answer.location).get_data(as_text=True)
        assert [name for name in ("Maya", "Sam Supervisor", "Example") if name in shown] == [], path


@pytest.mark.parametrize("who", ["jackson", "manager", "applicant"])
def test_somebody_else_who_is_signed_in_sees_nobody(app: Flask, who: str) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), getattr(world, who))
    for path in _paths(app, world):
        answer = client.get(path)
        if path != "/defender" or who != "jackson":
            assert answer.status_code in (403, 404), path
        assert "Maya" not in answer.get_data(as_text=True), path


def test_deciding_needs_a_session(app: Flask) -> None:
    world = make_world(app, "met")
    before = _everything(app)
    for verb in ("meeting", "approve", "not-now", "not-for-us", "undo"):
        answer = app.test_client().post(f"/defender/placements/{world.proposal}/{verb}")
        assert answer.status_code == 302
        assert "/account/sign-in" in answer.location
    assert _everything(app) == before


def test_the_second_supervisor_sees_by_whom_and_when(app: Flask) -> None:
    world = make_world(app, "approved")
    client = sign_in(app.test_client(), world.rolla)
    for page in ("approve", "not-now", "not-for-us"):
        answer = client.get(f"/defender/placements/{world.proposal}/{page}", follow_redirects=True)
        shown = answer.get_data(as_text=True)
        assert "Approved by Sam Supervisor, " in shown
        assert "Central" in shown


def test_no_page_of_an_office_holds_a_score(app: Flask) -> None:
    world = make_world(app, "met")
    client = sign_in(app.test_client(), world.rolla)
    for path in _paths(app, world):
        answer = client.get(path)
        pdf = answer.mimetype == "application/pdf"
        shown = (text_of(answer.data) if pdf else answer.get_data(as_text=True)).lower()
        assert [word for word in ("score", "3.50", "3.5 ", "rating", "threshold") if word in shown] == [], path
