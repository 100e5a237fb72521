"""Overrides, releases by two people, and the files of a run, through the managers' pages."""

from __future__ import annotations

import hashlib
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.instance_reading import read_instance
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, Notice, Opening, Pin, Proposal, RoutingRun, SeatPool
from app.services.routing import run_routing
from tests.factories import make_person, make_staff, make_waiting, office_named, sign_in
from tests.placing import World, make_world

REASON = "Her family lives in Jackson"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app, "proposed")


@pytest.fixture
def second(app: Flask, world: World) -> UUID:
    """Another manager: the second of two."""
    with app.app_context():
        return make_staff(db.session.get_one(Opening, world.opening), Role.DIRECTOR, name="Dana Director").id


def _override(app: Flask, world: World, office: str = "jackson", reason: str = REASON):  # type: ignore[no-untyped-def]
    with app.app_context():
        office_id = str(office_named(office).id)
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/routing/candidates/{world.application}/override"
    return client, client.post(url, data={"office": office_id, "reason": reason})


def _proposal(app: Flask, world: World) -> Proposal:
    with app.app_context():
        query = select(Proposal).where(
            Proposal.application_id == world.application, Proposal.state.in_(("proposed", "released"))
        )
        return db.session.scalars(query).one()


def test_a_full_office_is_said_and_the_second_person_finds_confirm(app: Flask, world: World, second: UUID) -> None:
    with app.app_context(), transaction():
        db.session.scalars(select(SeatPool).where(SeatPool.slug == "jackson")).one().seats = 0
    client = sign_in(app.test_client(), world.manager)
    page = client.get(f"/manage/routing/candidates/{world.application}/override").get_data(as_text=True)
    assert ": no seat free (0 of 0 taken or asked)" in page and "Rolla, choice 1: 1 of 1 seat free" in page
    client, answer = _override(app, world)
    assert answer.status_code == 302
    assert "cannot approve before a seat is free" in client.get(answer.location).get_data(as_text=True)
    run = f'href="/manage/routing/runs/{_proposal(app, world).run_id}"'
    for who, word in ((world.manager, "See the run"), (second, "Confirm")):
        listed = sign_in(app.test_client(), who).get("/manage/routing").get_data(as_text=True)
        assert f"{run}>{word}<" in listed


@pytest.mark.parametrize("who", ["rolla", "applicant"])
def test_only_managers_override(app: Flask, world: World, who: str) -> None:
    client = sign_in(app.test_client(), getattr(world, who))
    assert client.get(f"/manage/routing/candidates/{world.application}/override").status_code == 403
    assert client.get(f"/manage/routing/runs/{world.run}/instance.json").status_code == 403


def test_override_page_names_the_offices_and_why_not_the_others(app: Flask, world: World) -> None:
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        other = make_waiting(opening, make_person("Nora Example"), ranks=("rolla",), not_here=("jackson",)).id
    client = sign_in(app.test_client(), world.manager)
    page = client.get(f"/manage/routing/candidates/{other}/override").get_data(as_text=True)
    assert "Rolla, choice 1" in page
    assert '<li><span translate="no">Jackson</span>: the person said: not here</li>' in page
    with app.app_context():
        jackson = str(office_named("jackson").id)
    url = f"/manage/routing/candidates/{other}/override"
    assert client.post(url, data={"office": jackson, "reason": REASON}).status_code == 422


def test_override_needs_office_and_reason(app: Flask, world: World) -> None:
    client, refused = _override(app, world, reason="  ")
    assert refused.status_code == 422
    assert "Say why you override the rule." in refused.get_data(as_text=True)
    url = f"/manage/routing/candidates/{world.application}/override"
    assert client.post(url, data={"reason": REASON}).status_code == 422


def test_override_is_marked_and_confirmed_by_a_second_person(app: Flask, world: World, second: UUID) -> None:
    client, done = _override(app, world)
    assert "/manage/routing/runs/" in done.location
    page = client.get(done.location).get_data(as_text=True)
    assert "Override" in page and REASON in page and "Two people release it" in page
    assert "First choice" not in page
    proposal = _proposal(app, world)
    run = f"/manage/routing/runs/{proposal.run_id}"
    # The one who overrode only asks; nothing leaves.
    preview = client.post(f"{run}/release", data={"proposal": str(proposal.id)}).get_data(as_text=True)
    assert "Ask a second person to confirm?" in preview and REASON in preview
    asked = client.post(f"{run}/release", data={"proposal": str(proposal.id), "confirm": "yes"}, follow_redirects=True)
    text = asked.get_data(as_text=True)
    assert "1 person waits for a second person to confirm." in text
    assert "Released:" not in text
    assert "You asked; waits for a second person" in text
    assert _proposal(app, world).state == "proposed"
    # The second one sees who asked, confirms, and it leaves.
    other = sign_in(app.test_client(), second)
    page = other.get(run).get_data(as_text=True)
    assert "Morgan Manager asked; waits for a second person" in page and "Confirm" in page
    assert "The office is asked" in other.post(f"{run}/release", data={"only": str(proposal.id)}).get_data(as_text=True)
    other.post(f"{run}/release", data={"proposal": str(proposal.id), "confirm": "yes"})
    assert _proposal(app, world).state == "released"
    assert "Override" in other.get("/manage/routing").get_data(as_text=True)
    candidate = other.get(f"/manage/candidates/{world.application}").get_data(as_text=True)
    assert "Override" in candidate and REASON in candidate
    # The office learns that a manager chose it, and not why.
    office = sign_in(app.test_client(), world.jackson)
    seen = office.get(f"/defender/placements/{proposal.id}").get_data(as_text=True)
    assert "The program manager chose your office for this person" in seen
    assert REASON not in seen


def test_override_at_an_office_that_was_not_ranked_is_shown_everywhere(app: Flask, world: World, second: UUID) -> None:
    client, done = _override(app, world, office="nevada")
    proposal = _proposal(app, world)
    assert proposal.rank is None
    assert "The person did not rank it." in client.get(done.location).get_data(as_text=True)
    other = sign_in(app.test_client(), second)
    other.post(f"{done.location}/release", data={"proposal": str(proposal.id), "confirm": "yes"})
    page = other.get(f"/manage/candidates/{world.application}").get_data(as_text=True)
    assert "None" not in page.partition("<h2>Proposals and decisions</h2>")[2].partition("</article>")[0]


def test_a_second_person_gets_one_mail_when_asked_and_its_link_leads_to_the_newest_run(
    app: Flask, world: World, second: UUID
) -> None:
    def mails() -> list[Notice]:
        return list(db.session.scalars(select(Notice).where(Notice.kind == "release_to_confirm")))

    client, done = _override(app, world, office="nevada")
    assert "Now ask a second person to confirm its release" in client.get(done.location).text
    assert "Nobody is asked yet: ask for its release in the run" in client.get("/manage/routing").text
    with app.app_context():
        assert mails() == []
    proposal = _proposal(app, world)
    client.post(f"{done.location}/release", data={"proposal": str(proposal.id), "confirm": "yes"})
    assert "You asked; waits for a second person" in client.get("/manage/routing").text
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        # Somebody else arrives: the run of the mail is an older one when it is read.
        make_waiting(opening, ranks=("ava",))
        with transaction():
            newest = run_routing(opening, occasion="test", by=By(worker="test"), now=now()).id
        (mail,) = mails()
        assert mail.recipient_id == second
        link = f"/manage/routing/openings/{world.opening}/newest-run"
        assert link in message_of(mail).text
    assert sign_in(app.test_client(), second).get(link).location == f"/manage/routing/runs/{newest}"
    assert f"/manage/routing/runs/{newest}" != done.location


def test_override_is_taken_back_and_the_rule_decides_again(app: Flask, world: World) -> None:
    client, _done = _override(app, world)
    listed = client.get("/manage/routing").get_data(as_text=True)
    assert "Overrides of the rule" in listed and "Waits for a second person" in listed
    again = client.get(f"/manage/routing/candidates/{world.application}/override").get_data(as_text=True)
    assert "There is an override for this person already" in again
    with app.app_context():
        pin = db.session.scalars(select(Pin)).one().id
    assert client.post(f"/manage/routing/overrides/{pin}/take-back").status_code == 302
    proposal = _proposal(app, world)
    assert (proposal.pin_id, proposal.rank) == (None, 1)
    assert client.post(f"/manage/routing/overrides/{pin}/take-back").status_code == 409


def test_a_request_for_two_is_taken_back(app: Flask, world: World, second: UUID) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Opening, world.opening).two_release = True
    client = sign_in(app.test_client(), world.manager)
    client.post(f"/manage/routing/runs/{world.run}/release", data={"all": "yes", "confirm": "yes"})
    assert _proposal(app, world).asked_release_by_id == world.manager
    url = f"/manage/routing/proposals/{world.proposal}/take-back-release"
    assert client.post(url).location == f"/manage/routing/runs/{world.run}"
    assert _proposal(app, world).asked_release_by_id is None
    assert client.post(url).status_code == 409


def test_whoever_asked_is_told_where_a_newer_run_moves_the_person(app: Flask, world: World, second: UUID) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Opening, world.opening).two_release = True
    client = sign_in(app.test_client(), world.manager)
    asked = {"all": "yes", "confirm": "yes"}
    page = client.post(f"/manage/routing/runs/{world.run}/release", data=asked, follow_redirects=True).text
    # Nothing is left to choose, so there is no button.
    assert "You asked for the release of 1 person" in page and "Release the chosen" not in page
    with app.app_context():
        make_waiting(db.session.get_one(Opening, world.opening), ranks=("rolla",), score=3.9)
    newer = client.post(f"/manage/routing/openings/{world.opening}/run").location
    for path in ("/manage", "/manage/routing"):
        page = " ".join(client.get(path).text.split())
        assert "A release was not carried out." in page and "to release Maya Example to Rolla." in page
        assert "Now it is Jackson." in page and f'href="{newer}"' in page
    other = sign_in(app.test_client(), second)
    assert "A release was not carried out." not in other.get("/manage").text
    assert "Morgan Manager asked on" in other.get("/manage/routing").text


def test_run_says_why_not_the_office_that_was_ranked_higher(app: Flask, world: World) -> None:
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        make_waiting(opening, make_person("Ben Example"), ranks=("rolla", "jackson"), score=3.0)
    client = sign_in(app.test_client(), world.manager)
    where = client.post(f"/manage/routing/openings/{world.opening}/run").location
    page = " ".join(client.get(where).get_data(as_text=True).split())
    assert "<b>Choice 2</b>, because not" in page
    said = "The last person routed there scored 16.67, this person 13.33."
    assert f'<li><b translate="no">Rolla</b>: {said}</li>' in page
    assert "Score of 20" in page


def test_run_is_downloaded_byte_for_byte(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    file = client.get(f"/manage/routing/runs/{world.run}/instance.json")
    with app.app_context():
        run = db.session.get_one(RoutingRun, world.run)
        sha, name = run.input_sha256, db.session.get_one(Application, world.application).person.name
    assert hashlib.sha256(file.data).hexdigest() == sha
    assert file.headers["Content-Disposition"] == f"attachment; filename=routing-{world.run}-instance.json"
    assert [person.id for person in read_instance(file.data).candidates] == [str(world.application)]
    assert name not in file.get_data(as_text=True)
    result = client.get(f"/manage/routing/runs/{world.run}/result.json")
    assert result.json is not None
    assert set(result.json) == {"run", "assignments", "unplaced", "explanations", "pools"}
    assert "flask routing solve" in client.get(f"/manage/routing/runs/{world.run}").get_data(as_text=True)


def test_opening_says_how_many_people_release(app: Flask, world: World) -> None:
    client = sign_in(app.test_client(), world.manager)
    page = f"/manage/openings/{world.opening}"
    assert "By one person" in client.get(page).get_data(as_text=True)
    client.post(f"{page}/release", data={"people": "two"})
    assert "By two people" in client.get(page).get_data(as_text=True)
    run = client.get(f"/manage/routing/runs/{world.run}").get_data(as_text=True)
    assert "Two people release it" in run
    client.post(f"{page}/release", data={"people": "one"})
    assert "By one person" in client.get(page).get_data(as_text=True)
