"""A supervisor who is away names a colleague: the right holds for these days, for this office, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.roles import RevokeReason
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Answer, Application, Notice, Opening, Person, Proposal, ReadingAssignment, RoleGrant
from app.queries.people import deciders_of, supervisors_of
from app.services.reminders import send_due_reminders
from app.services.roles import revoke_role
from tests.conftest import Clock
from tests.factories import make_staff, office_named, sign_in
from tests.placing import World, make_world, today

COLLEAGUE = "stand.in@example.org"


def _office(app: Flask, slug: str = "rolla") -> str:
    with app.app_context():
        return str(office_named(slug).id)


def _name(app: Flask, world: World, *, email: str = COLLEAGUE, first: int = 0, last: int = 6) -> FlaskClient:
    """Rolla's supervisor names a colleague; days count from today. Returns the colleague's browser."""
    supervisor = sign_in(app.test_client(), world.rolla)
    day = today()
    data = {"email": email, "first_day": str(day + timedelta(days=first)), "last_day": str(day + timedelta(days=last))}
    answer = supervisor.post(f"/defender/offices/{_office(app)}/delegates", data=data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return _browser(app, email)


def _browser(app: Flask, email: str) -> FlaskClient:
    with app.app_context():
        person = db.session.scalars(select(Person.id).where(Person.email == email)).one()
    return sign_in(app.test_client(), person)


def _status(client: FlaskClient, world: World) -> int:
    return client.get(f"/defender/placements/{world.proposal}").status_code


def test_a_colleague_decides_within_the_days_and_not_a_minute_longer(app: Flask, clock: Clock) -> None:
    world = make_world(app)
    colleague = _name(app, world, first=2, last=3)
    assert _status(colleague, world) == 403
    with app.app_context():
        grant = db.session.scalars(select(RoleGrant).where(RoleGrant.delegated_by_id.is_not(None))).one()
        starts_at, ends_at = grant.starts_at, grant.ends_at
    assert starts_at is not None and ends_at is not None
    assert ends_at - starts_at in (timedelta(days=2), timedelta(days=2, hours=1), timedelta(days=1, hours=23))
    clock.move_to(starts_at + timedelta(seconds=30))
    colleague = _browser(app, COLLEAGUE)
    assert _status(colleague, world) == 200
    assert "Maya Example" in colleague.get("/defender").get_data(as_text=True)
    clock.move_to(ends_at - timedelta(seconds=60))
    colleague = _browser(app, COLLEAGUE)
    assert _status(colleague, world) == 200
    clock.move_to(ends_at + timedelta(seconds=1))
    assert _status(colleague, world) == 403
    late = colleague.post(f"/defender/placements/{world.proposal}/not-for-us", data={"reason_code": "fit"})
    assert late.status_code == 403


def test_a_colleague_may_do_what_the_supervisor_may_and_undo_it(app: Flask) -> None:
    world = make_world(app)
    colleague = _name(app, world)
    base = f"/defender/placements/{world.proposal}"
    assert colleague.post(f"{base}/meeting", data={"held_on": str(today()), "format": "video"}).status_code == 302
    assert colleague.post(f"{base}/approve", data={}).status_code == 302
    assert f"Approved by {COLLEAGUE}" in colleague.get(base).get_data(as_text=True)
    assert colleague.post(f"{base}/undo").status_code == 302
    assert colleague.get(f"/defender/offices/{_office(app)}/facts").status_code == 200


def test_a_colleague_sees_no_other_office_and_lends_nothing_on(app: Flask) -> None:
    world = make_world(app)
    colleague = _name(app, world)
    jackson, rolla = _office(app, "jackson"), _office(app)
    assert colleague.get(f"/defender/offices/{jackson}").status_code == 404
    assert colleague.get(f"/defender/offices/{rolla}").status_code == 200
    assert colleague.get(f"/defender/offices/{rolla}/delegates").status_code == 404
    data = {"email": "third@example.org", "first_day": str(today()), "last_day": str(today())}
    assert colleague.post(f"/defender/offices/{rolla}/delegates", data=data).status_code == 404
    assert "Name a colleague" not in colleague.get(f"/defender/offices/{rolla}").get_data(as_text=True)
    assert colleague.get("/manage/people").status_code == 403


def test_who_still_reads_the_application_stays_blind_as_a_delegate(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        reader = make_staff(opening, Role.READER, name="Rita Reader")
        address, moment = reader.email, now()
        question = next(each for each in opening.questions if each.kind == "short_answer")
        with transaction():
            proposal = db.session.get_one(Proposal, world.proposal)
            answer = _answer(proposal.application_id, question.id)
            db.session.add(
                ReadingAssignment(
                    kind="answer", application_id=proposal.application_id, answer_id=answer, reader_id=reader.id,
                    ordinal=1, assigned_at=moment, due_at=moment,
                )
            )  # fmt: skip
    colleague = _name(app, world, email=address)
    assert _status(colleague, world) == 404
    assert "Maya" not in colleague.get("/defender").get_data(as_text=True)


def _answer(application_id: object, question_id: object) -> object:
    answer = Answer(application_id=application_id, question_id=question_id, text="I helped.", saved_at=now())
    db.session.add(answer)
    db.session.flush()
    return answer.id


def test_an_applicant_of_this_season_does_not_stand_in(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        address = db.session.get_one(Person, world.applicant).email
    supervisor, day = sign_in(app.test_client(), world.rolla), str(today())
    data = {"email": address, "first_day": day, "last_day": day}
    url = f"/defender/offices/{_office(app)}/delegates"
    refused = supervisor.post(url, data=data)
    assert refused.status_code == 422
    assert "This person cannot stand in for the office." in refused.text
    said = refused.text.replace(address, "").lower()
    assert "applicant" not in said and "application" not in said
    with app.app_context():
        assert db.session.scalar(select(RoleGrant.id).where(RoleGrant.person_id == world.applicant)) is None
        with transaction():
            db.session.get_one(Application, world.application).state = "not_selected"
    assert supervisor.post(url, data=data).status_code == 302


def test_nobody_decides_about_themselves(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        # Named before they applied.
        lent = RoleGrant(person_id=world.applicant, role="supervisor", office_id=office_named("rolla").id)
        lent.organization_id = db.session.get_one(Opening, world.opening).organization_id
        lent.granted_at = lent.starts_at = now() - timedelta(days=1)
        lent.ends_at, lent.delegated_by_id = now() + timedelta(days=1), world.rolla
        db.session.add(lent)
    applicant = sign_in(app.test_client(), world.applicant)
    assert _status(applicant, world) == 404
    url = f"/defender/placements/{world.proposal}/meeting"
    assert applicant.post(url, data={"held_on": str(today()), "format": "video"}).status_code == 404


def test_the_supervisor_ends_it_early_and_the_manager_sees_it(app: Flask) -> None:
    world = make_world(app)
    colleague = _name(app, world)
    supervisor, manager = sign_in(app.test_client(), world.rolla), sign_in(app.test_client(), world.manager)
    office = f"/defender/offices/{_office(app)}"
    people = manager.get("/manage/people").get_data(as_text=True)
    assert COLLEAGUE in people
    assert "stands in for" in people
    assert "Sam Supervisor" in people
    page = supervisor.get(office).get_data(as_text=True)
    assert COLLEAGUE in page
    assert "Invited" in page and "has not accepted yet" in page and "Decides now" not in page
    with app.app_context():
        grant = db.session.scalars(select(RoleGrant.id).where(RoleGrant.delegated_by_id.is_not(None))).one()
    stranger = sign_in(app.test_client(), world.jackson)
    assert stranger.post(f"{office}/delegates/{grant}/end").status_code == 404
    assert supervisor.post(f"/defender/offices/{_office(app)}/delegates/{world.rolla}/end").status_code == 404
    asked = supervisor.get(f"{office}/delegates/{grant}/end")
    assert (asked.status_code, "no longer decide" in asked.text) == (200, True)
    assert stranger.get(f"{office}/delegates/{grant}/end").status_code == 404
    assert supervisor.post(f"{office}/delegates/{grant}/end").status_code == 302
    assert _status(colleague, world) == 403
    assert "no longer decides for your office" in supervisor.get(office).get_data(as_text=True)
    assert COLLEAGUE not in supervisor.get(office).get_data(as_text=True)
    assert "stands in for" not in manager.get("/manage/people").get_data(as_text=True)
    # Named again, on other days.
    _name(app, world, first=1, last=2)


def test_the_colleague_gets_a_link_that_signs_in(app: Flask) -> None:
    world = make_world(app)
    _name(app, world)
    with app.app_context():
        notice = db.session.scalars(select(Notice).where(Notice.kind == "delegation")).one()
        mail = message_of(notice)
        assert notice.recipient_email == COLLEAGUE
        token = notice.context["token"]
    assert mail.subject == "Please stand in for the Rolla office"
    assert "Sam Supervisor is away" in mail.text
    assert "Maya" not in mail.text
    visitor = app.test_client()
    answer = visitor.post(f"/account/invitation/{token}", data={"full_name": "Ines Standin"})
    assert answer.status_code == 302
    assert _status(visitor, world) == 200
    page = sign_in(app.test_client(), world.rolla).get(f"/defender/offices/{_office(app)}").text
    assert "Ines Standin" in page and "Decides now" in page and "Invited" not in page


@pytest.mark.parametrize(
    ("email", "first", "last", "says"),
    [
        ("no address", 0, 1, "name@example.org"),
        (COLLEAGUE, -1, 1, "That day has passed"),
        (COLLEAGUE, 3, 1, "before the first one"),
        (COLLEAGUE, 0, 60, "60 days at most"),
        (COLLEAGUE, 400, 401, "more than a year away"),
        ("own", 0, 1, "your own address"),
        ("second", 0, 1, "decides for the office already"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(app: Flask, email: str, first: int, last: int, says: str) -> None:
    world = make_world(app)
    with app.app_context():
        second = make_staff(db.session.get_one(Opening, world.opening), Role.SUPERVISOR, office="rolla")
        own = db.session.get_one(Person, world.rolla)
        address = {"own": own.email.upper(), "second": second.email}.get(email, email)
    client, day = sign_in(app.test_client(), world.rolla), today()
    data = {
        "email": address,
        "first_day": str(day + timedelta(days=first)),
        "last_day": str(day + timedelta(days=last)),
    }
    answer = client.post(f"/defender/offices/{_office(app)}/delegates", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in page
    assert data["first_day"] in page and data["last_day"] in page
    with app.app_context():
        assert db.session.scalars(select(RoleGrant).where(RoleGrant.delegated_by_id.is_not(None))).all() == []


def test_sixty_days_are_allowed_and_the_same_colleague_is_named_once(app: Flask, clock: Clock) -> None:
    world = make_world(app)
    _name(app, world, last=59)
    client = sign_in(app.test_client(), world.rolla)
    data = {"email": COLLEAGUE, "first_day": str(today()), "last_day": str(today())}
    again = client.post(f"/defender/offices/{_office(app)}/delegates", data=data)
    assert again.status_code == 422
    assert "named this colleague already" in again.get_data(as_text=True)
    # When it is over, the next absence may begin.
    clock.move(days=62)
    client = sign_in(app.test_client(), world.rolla)
    data = {key: str(today() + timedelta(days=63)) for key in ("first_day", "last_day")} | {"email": COLLEAGUE}
    assert client.post(f"/defender/offices/{_office(app)}/delegates", data=data).status_code == 302


def test_mails_to_the_office_reach_both_while_it_runs(app: Flask, clock: Clock) -> None:
    world = make_world(app)
    _name(app, world, last=4)
    clock.move(days=3, hours=1)
    with app.app_context():
        office = office_named("rolla").id
        own = db.session.get_one(Person, world.rolla).email
        with transaction():
            send_due_reminders(now=now())
        asked = select(Notice.recipient_email).where(Notice.kind == "office_overdue")
        assert set(db.session.scalars(asked)) == {own, COLLEAGUE}
        assert [person.email for person in supervisors_of(office)] == [own]
        assert {person.email for person in deciders_of(office, now=now())} == {own, COLLEAGUE}
        assert [person.email for person in deciders_of(office, now=now() + timedelta(days=3))] == [own]


def test_what_was_lent_ends_with_the_right_itself(app: Flask) -> None:
    world = make_world(app)
    colleague = _name(app, world)
    with app.app_context(), transaction():
        own = select(RoleGrant).where(RoleGrant.person_id == world.rolla)
        revoke_role(db.session.scalars(own).one(), reason=RevokeReason.LEFT, by=world.manager, now=now())
    assert _status(colleague, world) == 403
