"""The list of addresses that get no mail, as a manager works with it."""

from flask import Flask
from sqlalchemy import select

from app.domain.access import Role
from app.extensions import db
from app.models import MailSuppression
from tests.factories import make_opening, make_staff, sign_in


def test_a_manager_stops_mail_for_an_address_and_lets_it_leave_again(app: Flask) -> None:
    with app.app_context():
        manager = make_staff(make_opening(), Role.MANAGER).id
    client = sign_in(app.test_client(), manager)
    assert 'href="/manage/mail/addresses"' in client.get("/manage/mail").text
    assert "No address is on the list." in client.get("/manage/mail/addresses").text
    wrong = client.post("/manage/mail/addresses", data={"email": "maya@", "reason": ""})
    assert wrong.status_code == 422
    assert "Say why, for whoever looks here later." in wrong.text and 'value="maya@"' in wrong.text
    data = {"email": "Maya@example.org", "reason": "Asked us to call"}
    assert "Enter a whole e-mail address." in client.post("/manage/mail/addresses", data={**data, "email": "m@"}).text
    assert client.post("/manage/mail/addresses", data=data).location == "/manage/mail/addresses"
    assert "on the list already" in client.post("/manage/mail/addresses", data=data).text
    page = client.get("/manage/mail/addresses").text
    assert "maya@example.org" in page and "Asked us to call" in page
    with app.app_context():
        key = db.session.scalars(select(MailSuppression.id)).one()
    address = f"/manage/mail/addresses/{key}"
    assert f'href="{address}"' in page
    assert "Say why it is good again." in client.post(address, data={"reason": " "}).text
    assert client.post(address, data={"reason": "It works"}).location == "/manage/mail?show=trouble"
    assert client.post(address, data={"reason": "It works"}).status_code == 409
    assert "It was taken off the list" in client.get(address).text
    page = client.get("/manage/mail/addresses").text
    assert "No address is on the list." in page and "It works" in page
