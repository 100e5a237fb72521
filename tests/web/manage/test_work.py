"""Today, as a manager sees it."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.work import Urgency
from app.extensions import db
from app.models import Application, Person, ReadingAssignment
from app.queries.access import actor_of
from app.queries.work import openings_managed_by, work_list
from app.web.shell import clock_time, short_day
from tests.conftest import Clock
from tests.factories import (
    add_role,
    book,
    make_application,
    make_opening,
    make_person,
    make_readers,
    make_slot,
    make_staff,
    read,
    sign_in,
)
from tests.placing import make_world as make_placing_world
from tests.web.manage.world import make_world, statements


def test_today_names_step_owner_and_due_date(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    page = sign_in(client, world.manager).get("/manage")
    assert page.status_code == 200
    assert "Decide after the reading" in page.text
    assert f"/manage/candidates/{world.to_decide}/decide" in page.text
    assert "Score the answers" in page.text and "Reader 1" in page.text
    assert "Record the interview" in page.text


def test_what_is_late_stands_first(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = make_world(app)
    clock.move(days=20)
    page = sign_in(client, world.manager).get("/manage").text
    assert "3 late" in page
    assert page.index("<h2>Late") < page.index(str(world.to_decide))


def test_what_is_late_and_mine_counts_as_mine_too(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    assert re.search(r"<b>1</b> <a[^>]*>For you to decide</a>", client.get("/manage").text)
    clock.move(days=20)
    with app.app_context():
        make_application(db.session.get_one(Application, world.to_decide).opening)
        db.session.execute(update(ReadingAssignment).where(ReadingAssignment.state == "open").values(state="recused"))
        db.session.commit()
    page = sign_in(client, world.manager).get("/manage").text
    # One late decision, one late application and a new one without readers.
    assert re.search(r"<b>3</b> <a[^>]*>For you to decide</a>", page)
    assert "and 2 above, because they are due" in page
    mine = client.get("/manage?group=decide").text
    assert f"/manage/candidates/{world.to_decide}/decide" in mine and "1 to 3 of 3" in mine
    assert mine.index(str(world.to_decide)) < mine.rindex("Assign readers")
    assert str(world.to_record) not in mine


def test_each_row_names_what_a_manager_does_next(app: Flask, client: FlaskClient, clock: Clock) -> None:
    proposed = make_placing_world(app, "proposed")
    sign_in(client, proposed.manager)
    for path in ("/manage", "/manage/candidates", f"/manage/candidates/{proposed.application}"):
        page = client.get(path).text
        assert f'href="/manage/routing/runs/{proposed.run}"' in page and "Release the proposal" in page, path


def test_a_late_office_or_recording_can_be_helped_on(app: Flask, client: FlaskClient, clock: Clock) -> None:
    released = make_placing_world(app, "released")
    sign_in(client, released.manager)
    link = f'href="/manage/routing/proposals/{released.proposal}/pass-on"'
    assert link not in client.get("/manage").text
    assert link in client.get(f"/manage/candidates/{released.application}").text
    world = make_world(app)
    clock.move(days=40)
    assert link in sign_in(client, released.manager).get("/manage").text
    more = f'href="/manage/candidates/{world.to_record}#more-time"'
    assert more in sign_in(client, world.manager).get("/manage").text
    assert 'id="more-time"' in client.get(f"/manage/candidates/{world.to_record}").text


def test_every_live_application_has_an_owner_and_a_due_date(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        manager = db.session.get_one(Person, world.manager)
        found = work_list(openings_managed_by(actor_of(manager, now=now())), hidden=(), now=now())
        rows = [row for group in found.groups.values() for row in group]
        assert {row.id for row in rows} == {world.being_read, world.to_decide, world.to_record}
        assert all(row.work.due_at is not None for row in rows)
        assert [row.id for row in found.groups[Urgency.DECIDE]] == [world.to_decide]
        assert [row.id for row in found.groups[Urgency.NEW]] == [world.being_read]


def test_applications_without_readers_are_assigned_from_the_list(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        application = make_application(opening).id
    sign_in(client, manager)
    assert "Assign readers" in client.get("/manage").text
    url = f"/manage/candidates/{application}/readers"
    nobody = client.post(url, follow_redirects=True)
    assert "There is no reader who could take one." in nobody.text
    with app.app_context():
        make_readers(make_opening(), 2)
    assert "10 readings were assigned." in client.post(url, follow_redirects=True).text
    assert "Assign readers" not in client.get("/manage").text


def test_a_manager_who_still_scores_sees_a_number_and_no_name(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER)
        add_role(manager, opening, Role.READER)
        make_readers(opening, 1)
        person = make_person("Wilhelmina Canary", "canary@example.org")
        application = make_application(opening, person)
        ids = manager.id, application.id, application.reference
    sign_in(client, ids[0])
    for path in ("/manage", "/manage/candidates", "/manage/candidates?q=canary", "/manage/candidates?state=all"):
        page = client.get(path)
        assert page.status_code == 200
        for secret in ("Wilhelmina", "canary@", ids[2], str(ids[1])):
            assert secret not in page.text, (path, secret)
        assert "hidden while you still score" in page.text
    assert client.get(f"/manage/candidates/{ids[1]}").status_code == 404
    assert client.get(f"/manage/candidates/{ids[1]}/decide").status_code == 404


def test_another_regions_manager_sees_nothing(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    with app.app_context():
        stranger = make_person("Sam Stranger")
        other = make_opening(name="program-manager-missouri")
        add_role(stranger, other, Role.MANAGER)
        same_region = db.session.get_one(Application, world.to_decide).opening.region_id == other.region_id
        stranger_id = stranger.id
    page = sign_in(client, stranger_id).get("/manage").text
    assert (str(world.to_decide) in page) == same_region


def test_readers_and_applicants_are_refused(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    with app.app_context():
        applicant = db.session.get_one(Application, world.to_decide).person_id
    paths = ("/manage", "/manage/candidates", f"/manage/candidates/{world.to_decide}", "/manage/help", "/manage/people")
    for person in (world.readers[0], applicant):
        browser = sign_in(app.test_client(), person)
        for path in paths:
            assert browser.get(path).status_code in (403, 404), path


def test_today_asks_the_database_as_often_for_thirty_as_for_one(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        make_readers(opening, 3)
        make_application(opening)
    sign_in(client, manager)
    counts = []
    for more in (0, 29):
        with app.app_context():
            opening = make_opening()
            for _ in range(more):
                make_application(opening)
        for path in ("/manage", "/manage/candidates"):
            with statements(app) as seen:
                assert client.get(path).status_code == 200
            counts.append(len(seen))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 8, counts


def test_the_opening_is_named_only_where_there_are_several(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    column = '<th scope="col">Opening</th>'
    with app.app_context():
        other = make_opening(name="program-manager-missouri").id
    assert column not in client.get("/manage").text
    with app.app_context():
        db.session.execute(update(Application).where(Application.id == world.being_read).values(opening_id=other))
        db.session.commit()
    assert column in client.get("/manage").text


def test_an_interview_to_hold_is_due_at_its_own_time(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        application = read(make_application(opening))
        slot = make_slot(opening, make_staff(opening, Role.INTERVIEWER))
        book(application, slot)
        manager, starts_at, ends_at = make_staff(opening, Role.MANAGER).id, slot.starts_at, slot.ends_at
    sign_in(client, manager)
    page = " ".join(client.get("/manage").text.split())
    assert "Hold the interview" in page
    with app.test_request_context():
        assert (
            f'<time datetime="{starts_at.isoformat()}">{short_day(starts_at)}, {clock_time(starts_at)}</time>' in page
        )
    clock.move_to(ends_at + timedelta(minutes=1))
    page = " ".join(sign_in(client, manager).get("/manage").text.split())
    assert "Send the scorecard" in page
    with app.test_request_context():
        assert f">{short_day(ends_at + timedelta(days=1))}</time>" in page
