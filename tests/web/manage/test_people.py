"""Roles: who gives which, and who stays."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.access import Role
from app.extensions import db
from app.models import AuditEvent, Notice, Person, RoleGrant
from tests.factories import make_opening, make_staff, office_named, sign_in


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


def test_a_manager_invites_a_reader_by_a_link_that_works_once(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    form = {**places, "email": " New.Reader@Example.org", "full_name": "Nia Reader", "role": "reader"}
    assert client.post("/manage/people/invite", data=form).status_code == 302
    assert _grants(app, "new.reader@example.org") == [("reader", UUID(places["region"]), None)]
    with app.app_context():
        assert db.session.scalars(select(Notice.recipient_email).where(Notice.kind == "invitation")).all() == [
            "new.reader@example.org"
        ]
    page = client.get("/manage/people").text
    assert "Nia Reader" in page and "Invited" in page


def test_a_supervisor_belongs_to_one_office(app: Flask, client: FlaskClient) -> None:
    manager, places = _staff(app, Role.MANAGER)
    sign_in(client, manager)
    form = {"email": "chief@example.org", "role": "supervisor", "region": places["region"]}
    refused = client.post("/manage/people/invite", data=form)
    assert refused.status_code == 422 and "Choose the office." in refused.text
    assert client.post("/manage/people/invite", data={**form, "office": places["office"]}).status_code == 302
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
    assert _grants(app, "admin2@example.org") == [("admin", None, None)]


def test_the_last_administrator_stays(app: Flask, client: FlaskClient) -> None:
    admin, places = _staff(app, Role.ADMIN)
    sign_in(client, admin)
    with app.app_context():
        grant = db.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == admin)).one()
    refused = client.post(f"/manage/people/roles/{grant}/revoke")
    assert refused.status_code == 409 and "This is the last administrator." in refused.text
    assert "People with a role" in refused.text and "Someone else" not in refused.text
    client.post("/manage/people/invite", data={**places, "email": "second@example.org", "role": "admin"})
    assert client.post(f"/manage/people/roles/{grant}/revoke").status_code == 302
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
