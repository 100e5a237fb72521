"""Roles: who gives which, and who stays."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, AuditEvent, Notice, Person, RoleGrant
from app.services.applications import submit_application
from tests.factories import make_application, make_draft, make_opening, make_person, make_staff, office_named, sign_in

LEFT = {"reason": "left"}


def _staff(app: Flask, role: Role) -> tuple[UUID, dict[str, str]]:
    """One person with this role, and where roles can be given."""
    with app.app_context():
        opening = make_opening()
        person = make_staff(opening, role)
        person.email = f"{role.value}@example.org"
        db.session.commit()
        return person.id, {"region": str(opening.region_id), "office": str(office_named("rolla").id)}


def _grants(app: Flask, email: str) -> list[tuple[str, UUID | None, UUID | None]]:
    with app.app_context():
        return [
            (grant.role, grant.region_id, grant.office_id)
            for grant in db.session.scalars(
                select(RoleGrant).join(Person, Person.id == RoleGrant.person_id).where(
                    Person.email == email, RoleGrant.revoked_at.is_(None)
                )
            )
        ]  # fmt: skip


def _link(app: Flask, email: str) -> str:
    """The newest invitation that this address got."""
    with app.app_context():
        notice = db.session.scalars(
            select(Notice).where(Notice.kind == "invitation", Notice.recipient_email == email).order_by(
                Notice.created_at.desc()
            )
        ).first()  # fmt: skip
        assert notice is not None
        return f"/account/invitation/{notice.context['token']}"


def _accept(app: Flask, email: str) -> None:
    assert app.test_client().post(_link(app, email), data={"full_name": "Somebody New"}).status_code == 302


def test_a_manager_invites_a_reader_by_a_link_that_works_once(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    form = {**places, "email": " New.Reader@Example.org", "full_name": "Nia Reader", "role": "reader"}
    assert client.post("/manage/people/invite", data=form).status_code == 302
    assert _grants(app, "new.reader@example.org") == []
    with app.app_context():
        assert db.session.scalars(select(Notice.recipient_email).where(Notice.kind == "invitation")).all() == [
            "new.reader@example.org"
        ]
    page = client.get("/manage/people").text
    assert "Nia Reader" in page and "Invited on" in page
    _accept(app, "new.reader@example.org")
    assert _grants(app, "new.reader@example.org") == [("reader", UUID(places["region"]), None)]


def test_a_supervisor_belongs_to_one_office(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    form = {"email": "chief@example.org", "role": "supervisor", "region": places["region"]}
    refused = client.post("/manage/people/invite", data=form)
    assert refused.status_code == 422 and "Choose the office." in refused.text
    assert client.post("/manage/people/invite", data={**form, "office": places["office"]}).status_code == 302
    _accept(app, "chief@example.org")
    assert _grants(app, "chief@example.org") == [("supervisor", None, UUID(places["office"]))]


@pytest.mark.parametrize("role", ["manager", "director", "coordinator", "admin", "reading_lead", "wizard"])
def test_a_manager_cannot_give_higher_roles(app: Flask, client: FlaskClient, role: str) -> None:
    manager, places = _staff(app, Role.MANAGER)
    form = {**places, "email": "friend@example.org", "role": role}
    assert sign_in(client, manager).post("/manage/people/invite", data=form).status_code == 422
    assert _grants(app, "friend@example.org") == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_nobody_gives_a_role_to_themselves(app: Flask, client: FlaskClient, role: Role) -> None:
    person, places = _staff(app, role)
    form = {**places, "email": f"{role.value}@example.org", "role": "reader"}
    refused = sign_in(client, person).post("/manage/people/invite", data=form)
    assert refused.status_code == 422 and "You cannot give yourself a role." in refused.text
    assert [grant[0] for grant in _grants(app, f"{role.value}@example.org")] == [role.value]


def test_an_administrator_gives_every_role_to_others(app: Flask, client: FlaskClient) -> None:
    admin, places = _staff(app, Role.ADMIN)
    sign_in(client, admin)
    for role in ("manager", "admin", "coordinator"):
        form = {**places, "email": f"{role}2@example.org", "role": role}
        assert client.post("/manage/people/invite", data=form).status_code == 302
    _accept(app, "admin2@example.org")
    assert _grants(app, "admin2@example.org") == [("admin", None, None)]


def test_the_last_administrator_stays(app: Flask, client: FlaskClient) -> None:
    admin, places = _staff(app, Role.ADMIN)
    sign_in(client, admin)
    with app.app_context():
        grant = db.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == admin)).one()
    refused = client.post(f"/manage/people/roles/{grant}/revoke", data=LEFT)
    assert refused.status_code == 409 and "This is the last administrator." in refused.text
    assert "People with a role" in refused.text and "Someone else" not in refused.text
    client.post("/manage/people/invite", data={**places, "email": "second@example.org", "role": "admin"})
    assert client.post(f"/manage/people/roles/{grant}/revoke", data=LEFT).status_code == 409
    _accept(app, "second@example.org")
    assert client.post(f"/manage/people/roles/{grant}/revoke", data=LEFT).status_code == 302
    assert _grants(app, "admin@example.org") == []
    assert client.get("/manage/people").status_code == 403
    with app.app_context():
        assert db.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == "role:revoke")).all() == [
            admin
        ]


def test_a_manager_takes_no_role_back(app: Flask, client: FlaskClient) -> None:
    manager, _places = _staff(app, Role.MANAGER)
    with app.app_context():
        reader = make_staff(make_opening(), Role.READER)
        grant = db.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == reader.id)).one()
    sign_in(client, manager)
    assert "Take back" not in client.get("/manage/people").text
    assert client.post(f"/manage/people/roles/{grant}/revoke").status_code in (403, 404)


def test_bad_addresses_are_refused_at_the_field(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    for email in ("", "nobody", "a@b@c", "x" * 300 + "@example.org"):
        page = client.post("/manage/people/invite", data={**places, "email": email, "role": "reader"})
        assert page.status_code == 422 and "There is a problem" in page.text, email
    bad = {"email": "a@example.org", "role": "reader", "region": "x"}
    assert client.post("/manage/people/invite", data=bad).status_code == 422


def test_a_role_begins_when_the_invitation_is_accepted(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    form = {**places, "email": "nia@example.org", "full_name": "Nia Reader", "role": "reader"}
    assert sign_in(client, manager).post("/manage/people/invite", data=form).status_code == 302
    with app.app_context():
        nia = db.session.scalars(select(Person.id).where(Person.email == "nia@example.org")).one()
    # Signing in by a code, without the invitation, opens nothing.
    person = sign_in(app.test_client(), nia)
    assert person.get("/staff").status_code == 403
    link = _link(app, "nia@example.org")
    assert "You are invited as: Reader." in person.get(link).text
    assert person.post(link, data={"full_name": "Nia Reader"}).status_code == 302
    assert person.get("/staff").status_code == 200
    assert "Invited on" not in client.get("/manage/people").text
    again = client.post("/manage/people/invite", data=form)
    assert again.status_code == 422 and "They hold this role already. Nothing was sent." in again.text
    with app.app_context():
        assert len(db.session.scalars(select(Notice).where(Notice.kind == "invitation")).all()) == 1


def test_an_invitation_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    for role in ("reader", "reader", "interviewer"):
        client.post("/manage/people/invite", data={**places, "email": "nia@example.org", "role": role})
    page = client.get("/manage/people").text
    reader, interviewer = re.findall(r'action="(/manage/people/invitations/\S+/end)"', page)
    assert client.post(reader).status_code == 302
    assert client.post(reader).status_code == 404
    link = _link(app, "nia@example.org")
    assert app.test_client().post(link, data={"full_name": "Nia"}).status_code == 302
    assert [grant[0] for grant in _grants(app, "nia@example.org")] == ["interviewer"]
    assert client.post(interviewer).status_code == 404


def test_who_applies_is_not_invited_to_judge(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    with app.app_context():
        opening = make_opening()
        writer, newcomer = make_person("Wanda Writer"), make_person("Nell Newcomer")
        make_application(opening, writer)
        draft = make_draft(opening, newcomer)
        emails, draft_id, newcomer_id = (writer.email, newcomer.email), draft.id, newcomer.id
    sign_in(client, manager)
    form = {**places, "role": "reader"}
    refused = client.post("/manage/people/invite", data={**form, "email": emails[0]})
    assert refused.status_code == 422 and "has an application with you that has not ended" in refused.text
    assert client.post("/manage/people/invite", data={**form, "email": emails[1]}).status_code == 302
    with app.app_context(), transaction():
        # She applies before she accepts.
        submit_application(db.session.get_one(Application, draft_id), by=newcomer_id, now=now())
    late = app.test_client().post(_link(app, emails[1]), data={"full_name": "Nell Newcomer"})
    assert late.status_code == 409 and "A role can begin when it has." in late.text
    assert _grants(app, emails[1]) == []


def test_a_role_is_taken_back_after_what_follows_was_read(app: Flask, client: FlaskClient) -> None:
    admin, places = _staff(app, Role.ADMIN)
    sign_in(client, admin)
    with app.app_context():
        opening = make_opening()
        with transaction():
            db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == admin)).one().region_id = None
        reader = make_staff(opening, Role.READER, name="Rita Reader")
        make_staff(opening, Role.READER, name="Rolf Reader")
        make_application(opening)
        only = make_staff(opening, Role.SUPERVISOR, office="monett", name="Mona Monett")
        grants = {
            grant.person_id: f"/manage/people/roles/{grant.id}/revoke"
            for grant in db.session.scalars(select(RoleGrant))
        }
        rita, mona = grants[reader.id], grants[only.id]
    assert f'href="{mona}"' in client.get("/manage/people").text
    assert "Nobody can decide for Monett then." in client.get(mona).text
    page = client.get(rita).text
    assert "Rolf Reader" in page and "until you give" in page and "Nobody holds" not in page
    refused = client.post(mona)
    assert refused.status_code == 422 and "Choose why." in refused.text
    assert client.post(mona, data=LEFT).status_code == 302
    assert "Mona Monett" not in client.get("/manage/people").text
    with app.app_context():
        told = db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == "role:revoke")).one()
        assert told == {"role": "supervisor", "reason": "left"}
