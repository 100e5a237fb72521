"""The mail ledger: what a manager sees, and settles."""

from datetime import timedelta
from uuid import UUID, uuid4

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import text

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.delivery import LEASE
from app.extensions import db, transaction
from app.models import Notice
from app.services.claiming import claim_notice
from app.services.delivery import begin_data, take_back_expired
from app.services.notices import owe_notice
from tests.factories import add_role, make_application, make_opening, make_person, make_readers, make_staff, sign_in


def uncertain(email: str) -> UUID:
    with transaction():
        key = owe_notice("not_selected", subject_id=uuid4(), email=email, now=now())
        assert key is not None
        claim_notice(key, holder="dead", now=now())
        begin_data(key, holder="dead", now=now())
    with transaction():
        take_back_expired(now=now() + LEASE + timedelta(seconds=1))
    return key


def test_a_manager_settles_an_uncertain_mail_once(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.ADMIN).id
        key = uncertain("maya@example.org")
    client = sign_in(app.test_client(), manager)
    page = client.get("/manage/mail?show=trouble").get_data(as_text=True)
    assert "maya@example.org" in page
    assert "It arrived" in page
    assert client.post(f"/manage/mail/{key}/settle", data={"outcome": "nonsense"}).status_code == 400
    answer = client.post(f"/manage/mail/{key}/settle", data={"outcome": "sent"})
    assert (answer.status_code, answer.location) == (302, "/manage/mail?show=trouble")
    again = client.post(f"/manage/mail/{key}/settle", data={"outcome": "send_again"})
    assert again.status_code == 409
    assert "Somebody else has already dealt with this message." in again.text and "<h1>Mail</h1>" in again.text
    with app.app_context():
        notice = db.session.get_one(Notice, key)
        assert (notice.state, notice.settled_by_id) == ("sent", manager)


def test_a_bounced_mail_is_sent_again(app: Flask) -> None:
    with app.app_context():
        manager = make_staff(make_opening(), Role.ADMIN).id
        key = uncertain("maya@example.org")
        with transaction():
            db.session.execute(text("update notice set state = 'bounced', error = '550 5.1.1 unknown'"))
    client = sign_in(app.test_client(), manager)
    page = client.get("/manage/mail").get_data(as_text=True)
    assert "550 5.1.1 unknown" in page
    assert "It arrived" not in page
    assert client.post(f"/manage/mail/{key}/settle", data={"outcome": "send_again"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Notice, key).state == "pending"


def test_a_manager_who_still_reads_somebody_blind_does_not_see_their_mails(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        readers = make_readers(opening, 2)
        other = make_staff(opening, Role.MANAGER).id
        for reader in readers:
            add_role(reader, opening, Role.MANAGER)
        application = make_application(opening, make_person("Maya Example", "maya@example.org"))
        blind = readers[0].id
        key = db.session.scalar(text("select id from notice where application_id is not null limit 1"))
        assert application.state == "answers_in_review"
        with transaction():
            db.session.execute(text("update notice set state = 'failed'"))
    sees, blinded = sign_in(app.test_client(), other), sign_in(app.test_client(), blind)
    assert "maya@example.org" in sees.get("/manage/mail").get_data(as_text=True)
    assert "maya@example.org" not in blinded.get("/manage/mail").get_data(as_text=True)
    assert blinded.post(f"/manage/mail/{key}/settle", data={"outcome": "send_again"}).status_code == 404
    assert sees.post(f"/manage/mail/{key}/settle", data={"outcome": "send_again"}).status_code == 302


def test_odd_addresses_of_the_ledger_are_harmless(app: Flask) -> None:
    with app.app_context():
        manager = make_staff(make_opening(), Role.MANAGER).id
        applicant = make_person().id
    client = sign_in(app.test_client(), manager)
    for query in ("show=nonsense", "from=-5", "from=99999999999999999999999", "from=x", "show=sent&from=50"):
        assert client.get(f"/manage/mail?{query}").status_code == 200
    assert client.post(f"/manage/mail/{uuid4()}/settle", data={"outcome": "sent"}).status_code == 404
    assert sign_in(app.test_client(), applicant).get("/manage/mail").status_code == 403


def test_the_numbers_of_mails_add_up(app: Flask) -> None:
    with app.app_context():
        manager = make_staff(make_opening(), Role.ADMIN).id
        for number, state in enumerate(("sent", "sent", "cancelled", "bounced", "pending")):
            with transaction():
                key = owe_notice("not_selected", subject_id=uuid4(), email=f"n{number}@example.org", now=now())
                written = "update notice set state = :state, sent_at = :at where id = :key"
                at = now() if state == "sent" else None
                db.session.execute(text(written), {"state": state, "at": at, "key": key})
    client = sign_in(app.test_client(), manager)
    page = BeautifulSoup(client.get("/manage/mail").text, "html.parser")
    tiles = {li.a.text: int(li.b.text) for li in page.select(".tiles li")}
    assert tiles == {"need a person": 1, "waiting to leave": 1, "sent": 2, "not needed any more": 1, "all mails": 5}
    assert "n2@example.org" in client.get("/manage/mail?show=unneeded").text
