"""The table, one person's file, and deciding."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, AuditEvent, Change, Document, Notice, Opening, Proposal, RecordedInterview
from app.services.applications import start_application
from tests.conftest import Clock
from tests.factories import (
    book,
    hold_interview,
    make_application,
    make_draft,
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


def _names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a class="row-link" href="[^"]*" translate="no">([^<]*)</a>', page)


def test_the_table_is_filtered_by_its_address(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        make_application(opening, make_person("Ada Lane", "ada@example.org"), ranks=("rolla",), spanish="native")
        other = make_application(opening, make_person("Bo Quist", "bo@example.org"), ranks=("jackson",))
        make_draft(opening, make_person("Cy Draft"))
        offices = {row.office.slug: row.office_id for row in opening.offices}
        ids = opening.id, other.reference
    sign_in(client, manager)

    def shown(**filters: object) -> list[str]:
        return _names(client.get("/manage/candidates", query_string=filters).text)

    assert shown(sort="name") == ["Ada Lane", "Bo Quist"]
    assert shown(sort="name", state="all") == ["Ada Lane", "Bo Quist", "Cy Draft"]
    assert shown(state="draft") == ["Cy Draft"]
    assert shown(state="placed") == []
    assert shown(office=offices["rolla"]) == ["Ada Lane"]
    assert shown(spanish="professional") == ["Ada Lane"]
    assert shown(spanish="verified") == []
    assert shown(q="quist") == ["Bo Quist"]
    assert shown(q="ADA@example") == ["Ada Lane"]
    assert shown(q=ids[1].lower()) == ["Bo Quist"]
    assert shown(q="%") == []
    assert shown(opening=ids[0], sort="newest") == ["Bo Quist", "Ada Lane"]


def test_bad_filters_are_harmless(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    for query in (
        "state=nonsense&sort=up&spanish=klingon",
        "opening=1&office=x",
        "after=x&before=y",
        "after=%00~%00",
        "q=%00",
        f"after={world.to_decide}~2026-01-01",
        f"sort=name&after={world.to_decide}~%00x",
    ):
        assert client.get(f"/manage/candidates?{query}").status_code == 200, query
    for query in ("group=nonsense", "group=late&from=-5", "from=99999999999999", "group=late&from=x"):
        assert client.get(f"/manage?{query}").status_code == 200, query


def test_pages_follow_each_other_without_gaps(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        for number in range(53):
            make_draft_only(opening, f"Person {number:02}")
    sign_in(client, manager)
    for sort in ("name", "waiting", "newest"):
        first = client.get(f"/manage/candidates?state=draft&sort={sort}")
        following = re.search(r'rel="next" href="([^"]*)"', first.text)
        assert following is not None and len(_names(first.text)) == 50
        second = client.get(following[1].replace("&amp;", "&"))
        back = re.search(r'rel="prev" href="([^"]*)"', second.text)
        assert len(set(_names(first.text) + _names(second.text))) == 53
        assert 'rel="next"' not in second.text and back is not None
        again = client.get(back[1].replace("&amp;", "&"))
        assert _names(again.text) == _names(first.text)
        assert 'rel="prev"' not in again.text


def make_draft_only(opening: Opening, name: str) -> None:
    """A draft with nothing in it."""
    person = make_person(name)
    with transaction():
        start_application(person, opening, by=person.id, now=now())


def test_the_file_holds_scores_notes_history_and_mails(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    page = sign_in(client, world.manager).get(f"/manage/candidates/{world.to_decide}")
    assert page.status_code == 200
    for words in (
        "Decision after reading",
        "I sat with her while she called the clerk.",
        "Reader 1",
        "Writing",
        "Sent the application",
        "The reading is complete, a manager decides",
        "Application received",
        "Waiting",
        "Jackson",
        "Professional (self-reported)",
        "Case aide at a food pantry",
    ):
        assert words in page.text, words


def test_a_draft_stays_the_writers_own(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        draft = make_draft(opening)
        document = db.session.scalars(select(Document).where(Document.application_id == draft.id)).one()
        ids = draft.id, document.id
    page = sign_in(client, manager).get(f"/manage/candidates/{ids[0]}")
    assert page.status_code == 200
    assert "Not sent yet." in page.text
    for secret in ("I sat with her", "food pantry", "Jackson"):
        assert secret not in page.text
    assert client.get(f"/manage/candidates/{ids[0]}/documents/{ids[1]}").status_code == 404


def test_a_decision_is_previewed_then_carried_out_once(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    url = f"/manage/candidates/{world.to_decide}/decide"
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', client.get(url).text)
    assert version is not None
    form = {"decision": "go_on", "reason": "Her answers on the clerk are strong.", "row_version": version[1]}
    preview = client.post(url, data=form)
    assert preview.status_code == 200
    assert "Nothing has happened yet." in preview.text
    assert "recorded interview" in preview.text.lower()
    with app.app_context():
        application = db.session.get_one(Application, world.to_decide)
        assert (application.state, application.row_version) == ("reading_decision", int(version[1]))
        assert _kinds(world.to_decide) == ["application_received", "draft_saved"]
    assert client.post(url, data={**form, "confirmed": "1"}).status_code == 302
    # The other half of a double click.
    assert client.post(url, data={**form, "confirmed": "1"}).status_code == 302
    assert client.post(url, data=form).status_code == 302
    second = client.post(url, data={**form, "reason": "I would rather stop.", "decision": "stop", "confirmed": "1"})
    assert second.status_code == 409
    assert "A colleague was faster" in second.text and "I would rather stop." in second.text
    with app.app_context():
        assert db.session.get_one(Application, world.to_decide).state == "recording_due"
        assert _kinds(world.to_decide) == ["application_received", "draft_saved", "recording_invitation"]
        last = db.session.scalars(
            select(Change).where(Change.application_id == world.to_decide).order_by(Change.seq.desc())
        ).first()
        assert last is not None
        assert (last.event, last.reason, last.by_person_id) == ("invite_to_record", form["reason"], world.manager)


def _kinds(application_id: object) -> list[str]:
    return sorted(db.session.scalars(select(Notice.kind).where(Notice.application_id == application_id)))


def test_not_going_on_tells_the_person_but_not_why(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    url = f"/manage/candidates/{world.to_decide}/decide"
    with app.app_context():
        version = db.session.get_one(Application, world.to_decide).row_version
    form = {"decision": "stop", "reason": "SECRET-REASON", "row_version": version}
    preview = client.post(url, data=form).text
    mail = preview[preview.index("<article") : preview.index("</article>")]
    assert "SECRET-REASON" not in mail
    assert client.post(url, data={**form, "confirmed": "1"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world.to_decide).state == "not_selected"
        assert _kinds(world.to_decide) == ["application_received", "draft_saved", "not_selected"]


def test_a_decision_needs_a_choice_and_a_reason(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    url = f"/manage/candidates/{world.to_decide}/decide"
    for form, message in (
        ({}, "Choose what you decide."),
        ({"decision": "go_on", "reason": "   "}, "Write down why, in a sentence or two."),
        ({"decision": "nonsense", "reason": "Because."}, "Choose what you decide."),
        ({"decision": "go_on", "reason": "x" * 2001}, "1 character over the limit of 2,000"),
    ):
        page = client.post(url, data={**form, "confirmed": "1"})
        assert page.status_code == 422 and message in page.text, message
    stale = client.post(url, data={"decision": "go_on", "reason": "Because.", "row_version": "x", "confirmed": "1"})
    assert stale.status_code == 409 and "A colleague changed this application" in stale.text


def test_nothing_is_decided_while_readers_read(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    assert "There is nothing for you to decide now." in client.get(f"/manage/candidates/{world.to_record}/decide").text
    form = {"decision": "go_on", "reason": "Because.", "row_version": "1", "confirmed": "1"}
    assert client.post(f"/manage/candidates/{world.to_record}/decide", data=form).status_code in (409, 422)


def test_the_final_decision_leads_to_routing_and_can_be_closed_there(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening(recorded=False)
        manager = make_staff(opening, Role.MANAGER).id
        make_readers(opening, 2)
        application = read(make_application(opening))
        interviewer = make_staff(opening, Role.INTERVIEWER, name="Ines Interviewer")
        book(application, make_slot(opening, interviewer))
        hold_interview(application, spanish_level="professional")
        key = application.id
    sign_in(client, manager)
    page = client.get(f"/manage/candidates/{key}").text
    assert "Gave a clear example." in page and "Listens well and writes clearly." in page
    assert "Professional (verified" in page
    for decision, state in (("go_on", "in_routing"), ("close_not_approved", "not_approved")):
        with app.app_context():
            version = db.session.get_one(Application, key).row_version
        form = {"decision": decision, "reason": "Because.", "row_version": version}
        assert client.post(f"/manage/candidates/{key}/decide", data=form).status_code == 200
        done = client.post(f"/manage/candidates/{key}/decide", data={**form, "confirmed": "1"})
        assert done.status_code == 302, done.text
        with app.app_context():
            assert db.session.get_one(Application, key).state == state


def test_more_time_moves_the_last_day_and_tells_the_person(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    url = f"/manage/candidates/{world.to_record}/more-time"
    for day in ("", "yesterday", clock.now().date().isoformat()):
        assert client.post(url, data={"day": day}).status_code == 422
    day = (clock.now() + timedelta(days=30)).date()
    assert client.post(url, data={"day": day.isoformat()}).status_code == 302
    with app.app_context():
        interview = db.session.scalars(
            select(RecordedInterview).where(RecordedInterview.application_id == world.to_record)
        ).one()
        assert timedelta(days=29) < interview.due_at - clock.now() < timedelta(days=32)
        assert _kinds(world.to_record).count("recording_invitation") == 2
        audit = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "recording:extend")).one()
        assert audit.actor_id == world.manager


def test_unknown_and_malformed_candidates_are_404(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    for path in (
        "/manage/candidates/x",
        f"/manage/candidates/{world.opening}",
        "/manage/help/x",
        f"/manage/openings/{world.to_decide}",
    ):
        assert client.get(path).status_code == 404, path


def test_a_file_asks_the_database_as_often_for_much_as_for_little(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    sign_in(client, world.manager)
    counts = []
    for key in (world.to_decide, world.being_read):
        with statements(app) as seen:
            client.get(f"/manage/candidates/{key}")
        counts.append(len(seen))
    assert abs(counts[0] - counts[1]) <= 2, counts


def test_the_search_for_an_office_is_ended_on_one_page(app: Flask, client: FlaskClient) -> None:
    world = make_placing_world(app, "proposed")
    sign_in(client, world.manager)
    url = f"/manage/candidates/{world.application}/decide"
    candidate = client.get(f"/manage/candidates/{world.application}").text
    assert re.search(rf'href="{url}">End the search<', candidate) and ">Decide<" not in candidate
    page = client.get(url).text
    assert "End the search for an office" in page and "How does it end?" in page
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', page)
    assert version is not None
    form = {"decision": "close_without_seat", "reason": "All full", "row_version": version[1]}
    assert client.post(url, data={**form, "reason": ""}).status_code == 422
    preview = client.post(url, data=form)
    assert preview.status_code == 200 and "This mail is sent" in preview.text
    assert client.post(url, data={**form, "confirmed": "1"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world.application).state == "no_seat"
        assert db.session.scalars(select(Proposal.state)).one() == "withdrawn"
    assert client.post(url, data={**form, "reason": "Another", "confirmed": "1"}).status_code == 409
