"""How to reach and to address the person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField, ValidationError
from wtforms.validators import Optional

from app.adapters.clock import now
from app.domain.phones import e164, shown_phone
from app.extensions import transaction
from app.services.applications import Contact, save_contact
from app.web.fields import Needed, line, options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.person import Person

bp = Blueprint("contact", __name__, url_prefix="/applications/<uuid:application_id>/contact")

STATES = re.findall(
    r"[A-Z]{2}",
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
    "OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY",
)
ZONES = [
    ("America/Puerto_Rico", _l("Atlantic (Puerto Rico)")),
    ("America/New_York", _l("Eastern")),
    ("America/Chicago", _l("Central")),
    ("America/Denver", _l("Mountain")),
    ("America/Phoenix", _l("Arizona")),
    ("America/Los_Angeles", _l("Pacific")),
    ("America/Anchorage", _l("Alaska")),
    ("Pacific/Honolulu", _l("Hawaii")),
]
LANGUAGE_NAMES = {"en": "English", "es": "Español"}


class ContactForm(KeptForm):
    """Contact details; nothing but the name is required."""

    full_name = line(_l("Full name"), Needed(_l("Enter your full name.")))
    used_name = line(_l("Name to use"), optional=True)
    pronunciation = line(_l("How to say your name"), optional=True)
    pronouns = line(_l("Pronouns"), longest=60, optional=True)
    phone = line(_l("Phone"), longest=60, optional=True)
    texts_welcome = BooleanField(_l("You may also send me text messages about my application"))
    city = line(_l("City or town"), optional=True)
    state = SelectField(
        _l("State"), choices=options([("", ""), *((code, code) for code in STATES)]), validators=[Optional()]
    )
    time_zone = SelectField(_l("Your time zone"), choices=options(ZONES))
    language = SelectField(_l("Language of our mails"), default="en")

    def validate_phone(self, field: Field) -> None:
        """Take any way of writing a number; keep the one that every phone understands."""
        if field.data:
            number = e164(field.data)
            if number is None:
                raise ValidationError(_("Enter a phone number, such as 573 555 0123, or +52 55 5555 0123."))
            field.data = number


def _form(person: Person) -> ContactForm:
    form = ContactForm(obj=person)
    languages = current_app.config["LANGUAGES"]
    form.language.choices = options((code, LANGUAGE_NAMES.get(code, code)) for code in languages)
    if person.time_zone not in dict(ZONES):
        form.time_zone.choices = options([*ZONES, (person.time_zone, person.time_zone)])
    if len(languages) == 1:
        del form.language
    if not form.is_submitted() and not form.phone.raw_data:
        form.phone.data = shown_phone(person.phone)
    return form


@bp.route("", methods=["GET", "POST"])
@allow("application:edit", load="application")
def edit(application: Application) -> ResponseReturnValue:
    """Show and keep the details. What is well typed is kept even where another field is not."""
    person = application.person
    form = _form(person)
    back = "applicant.tasks.show" if application.state == "draft" else "applicant.status.show"
    if form.is_submitted():
        valid = form.validate()
        with transaction():
            save_contact(application, _contact(form, person), by=current_person_id(), now=now())
        if valid:
            flash(_("Your contact details are saved."), "success")
            return redirect(url_for(back, application_id=application.id))
    return _page(form, application, back), 400 if form.errors else 200


def _page(form: ContactForm, application: Application, back: str) -> str:
    return render_template(
        "applicant/contact/edit.html",
        form=form,
        application=application,
        back_url=url_for(back, application_id=application.id),
    )


def _contact(form: ContactForm, person: Person) -> Contact:
    """What is well typed; a field with an error keeps what was stored."""

    def text(name: str) -> str:
        field = form[name]
        return (getattr(person, name) or "") if field.errors else (field.data or "")

    return Contact(
        full_name=text("full_name"),
        used_name=text("used_name"),
        pronunciation=text("pronunciation"),
        pronouns=text("pronouns"),
        phone=text("phone"),
        texts_welcome=bool(form.texts_welcome.data),
        city=text("city"),
        state=text("state"),
        language=text("language") if "language" in form else person.language,
        time_zone=text("time_zone"),
    )
