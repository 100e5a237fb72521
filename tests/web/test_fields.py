"""The parts of forms that every audience uses."""

import ast
import warnings
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField

from app.web.fields import line, options, paragraph
from tests.factories import make_draft, make_opening, sign_in

WEB = Path(__file__).parents[2] / "app" / "web"
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
            page = client.get(address)
            assert page.status_code in (200, 302), address
            # A browser that keeps to `maxlength` cuts what is pasted and says nothing.
            assert "maxlength" not in page.text, address
    assert [str(each.message) for each in said if "wtforms" in str(each.message).lower()] == []


def test_what_is_too_long_stays_and_says_by_how_much(app: Flask) -> None:
    with app.test_request_context():

        class Asked(Form):
            name = line("Name", longest=5)
            story = paragraph("Story", longest=10, optional=True)

        form = Asked(MultiDict({"name": "Maya Ex", "story": "12345\r\n67890"}))
        assert form.validate() is False
        assert form.name.errors == ["This text is 2 characters over the limit of 5. Shorten it."]
        # The line end counts as one character, as it is stored.
        assert form.story.errors == ["This text is 1 character over the limit of 10. Shorten it."]
        assert (form.name.data, form.story.data) == ("Maya Ex", "12345\n67890")
        assert ("maxlength" in str(form.name()), "maxlength" in str(form.story())) == (False, False)


def test_no_form_speaks_in_the_librarys_own_words() -> None:
    wrong = []
    for path in WEB.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            # `Length` makes the browser cut the text; the others need a message of ours as their last argument.
            says = {"DataRequired": 1, "InputRequired": 1, "NumberRange": 3, "AnyOf": 2, "Regexp": 3}.get(name, 0)
            starred = any(isinstance(each, ast.Starred) for each in call.args)
            told = any(each.arg == "message" for each in call.keywords) or len(call.args) + starred >= says
            if name in ("Length", "Email", "URL") or not told:
                wrong.append(f"{path.name}:{call.lineno} {name}")
    assert wrong == []
