"""What an office says about itself, as a form: its supervisors fill it in, and program managers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, ValidationError
from wtforms.validators import InputRequired

from app.domain.email_address import clean_address
from app.domain.offices import SPANISH_NEEDS
from app.domain.phones import e164
from app.services.offices import OfficeFacts
from app.web.fields import line, options, paragraph
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.office import Office

TEXTS = ("contact_name", "contact_phone", "contact_email", "hours", "address", "directions", "meeting_text")


class OfficeForm(KeptForm):
    """The facts of an office. `row_version` tells whether somebody changed them meanwhile."""

    spanish_need = RadioField(
        _l("Spanish"),
        choices=options((key, _l(words)) for key, words in SPANISH_NEEDS.items()),
        validators=[InputRequired(_l("Choose one of these."))],
    )
    contact_name = line(_l("Whom to ask for"), optional=True)
    contact_phone = line(_l("Phone"), longest=32, optional=True)
    contact_email = line(_l("E-mail"), longest=254, optional=True)
    hours = line(_l("Office hours"), longest=300, optional=True)
    address = paragraph(_l("Address"), longest=500, optional=True)
    directions = paragraph(_l("How to get there"), longest=2000, optional=True)
    meeting_text = paragraph(_l("What a meeting with you is like"), longest=3000, optional=True)
    row_version = HiddenField()

    def validate_contact_phone(self, field: Field) -> None:
        """Take any way of writing a number, an extension included."""
        if field.data and e164(field.data) is None:
            raise ValidationError(_("Enter a phone number, such as 573 555 0123, ext. 4."))

    def validate_contact_email(self, field: Field) -> None:
        """Keep one spelling of an address."""
        if field.data:
            address = clean_address(field.data)
            if address is None:
                raise ValidationError(_("Enter an e-mail address in the form name@example.org."))
            field.data = address

    def facts(self) -> OfficeFacts:
        """Return what was entered."""
        texts = {name: (self[name].data or "").strip() for name in TEXTS}
        return OfficeFacts(spanish_need=self.spanish_need.data, **texts)

    @property
    def version(self) -> int:
        """The version that the page showed; 0 where it was lost, which no office has."""
        text = self.row_version.data or ""
        return int(text) if text.isdecimal() and len(text) < 10 else 0


def values_of(office: Office) -> dict[str, str]:
    """Return what the form shows at first."""
    texts = {name: getattr(office, name) or "" for name in TEXTS}
    return {**texts, "spanish_need": office.spanish_need, "row_version": str(office.row_version)}
