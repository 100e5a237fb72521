"""What an office fills in about one person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.domain.meetings import OUTCOME_WORDS
from app.domain.placements import DECLINE_WORDS, MEETING_FORMATS
from app.web.fields import options, paragraph
from app.web.parking import KeptForm


class MeetingForm(KeptForm):
    outcome = RadioField(
        _l("Did you meet?"),
        choices=options((key, _l(words)) for key, words in OUTCOME_WORDS.items()),
        validate_choice=False,
    )
    held_on = DateField(_l("Day of the meeting"), validators=[InputRequired(_l("Enter the day of the meeting."))])
    format = RadioField(
        _l("How did you meet?"),
        choices=options((key, _l(words)) for key, words in MEETING_FORMATS.items()),
        default="in_person",
        validators=[InputRequired(_l("Choose how you met."))],
    )
    notes = paragraph(_l("Notes for your office"), longest=5000, optional=True)


class ApproveForm(KeptForm):
    conditions = paragraph(_l("Conditions"), longest=2000, optional=True)
    starts_on = DateField(_l("Start date"), validators=[Optional()])


class DeferForm(KeptForm):
    not_before = DateField(
        _l("When could you look at this person again?"),
        validators=[InputRequired(_l("Enter the day from which you could place this person."))],
    )
    reason = paragraph(_l("Note for the program manager"), longest=2000, optional=True)


class DeclineForm(KeptForm):
    reason_code = RadioField(
        _l("Reason"),
        choices=options((key, _l(words)) for key, words in DECLINE_WORDS.items()),
        validators=[DataRequired(_l("Choose a reason."))],
    )
    reason = paragraph(_l("More for the program manager"), longest=2000, optional=True)
