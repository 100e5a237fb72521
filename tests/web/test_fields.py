"""The parts of forms that every audience uses."""

import warnings

from flask import Flask
from flask.testing import FlaskClient
from flask_babel import lazy_gettext
from wtforms import Form, RadioField

from app.web.fields import options
from tests.factories import make_draft, make_opening, sign_in

PARTS = ("contact", "eligibility", "documents/resume", "background", "offices", "adjustments", "review")


def test_options_are_choices_with_words_in_the_pages_language(app: Flask) -> None:
    with app.test_request_context(), warnings.catch_warnings():
        warnings.simplefilter("error")

        class Asked(Form):
            answer = RadioField("Answer?", choices=options((("yes", lazy_gettext("Yes")), ("no", "No"))))

        form = Asked(data={"answer": "no"})
        assert [(option.data, str(option.label.text), option.checked) for option in form.answer] == [
            ("yes", "Yes", False),
            ("no", "No", True),
        ]


def test_an_applicants_forms_use_nothing_that_the_library_drops(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        application = make_draft(make_opening())
        path, person_id = f"/applications/{application.id}", application.person_id
    sign_in(client, person_id)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for address in ("/help", "/openings/client-advocate-mspd/check", *(f"{path}/{part}" for part in PARTS)):
            assert client.get(address).status_code in (200, 302), address
    assert [str(each.message) for each in said if "wtforms" in str(each.message).lower()] == []
