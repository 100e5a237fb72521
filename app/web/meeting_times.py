"""Three days with a clock each, as the office and the applicant type them to offer times for a meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Field, HiddenField, RadioField, TimeField
from wtforms.validators import Optional

from app.domain.local_time import NoSuchTime, TwiceThatNight
from app.domain.meetings import FURTHEST_DAYS, SAME_TWICE, TIMES, in_the_night, moment_in, time_problem
from app.domain.phones import phone_link
from app.domain.web_address import web_address
from app.web.fields import options, paragraph
from app.web.parking import KeptForm
from app.web.shell import when

if TYPE_CHECKING:
    from app.domain.refusals import Refusal
    from app.models.placement import MeetingInvitation, MeetingTime

ROWS = tuple(range(1, TIMES + 1))
_WHICH = (("first", _l("The first one, before the clocks go back")), ("second", _l("The second one, an hour later")))


def _of_row(number: int, problem: str) -> str:
    """Say which of the three times is meant: in the summary above the form the fields all look alike."""
    named = (
        _("First time: %(problem)s", problem=problem),
        _("Second time: %(problem)s", problem=problem),
        _("Third time: %(problem)s", problem=problem),
    )
    return named[number - 1]


@dataclass(frozen=True, slots=True)
class Row:
    """One time on the page; `asks` where the hour comes twice that night."""

    number: int
    day: Field
    clock: Field
    which: Field
    asks: bool


class MayBeEmpty(Optional):
    """Empty is fine for the field alone; which times are needed is said above them."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, bool] = {}


def _day() -> DateField:
    return DateField(_l("Day"), validators=[MayBeEmpty()])


def _clock() -> TimeField:
    return TimeField(_l("Time"), validators=[MayBeEmpty()])


def _which() -> RadioField:
    return RadioField(_l("That night has this hour twice. Which one?"), choices=options(_WHICH), validate_choice=False)


class TimesForm(KeptForm):
    """Days and clocks of up to three times, with a message. `invitation_id` is what the page showed."""

    day_1, clock_1, which_1 = _day(), _clock(), _which()
    day_2, clock_2, which_2 = _day(), _clock(), _which()
    day_3, clock_3, which_3 = _day(), _clock(), _which()
    night = BooleanField(_l("Yes, I mean a time in the night"))
    asks_night = False
    message = paragraph(_l("Message"), longest=2000, optional=True)
    invitation_id = HiddenField()

    @property
    def rows(self) -> list[Row]:
        """The times for the page, in order."""
        return [
            Row(number, day, clock, which, bool(which.errors or which.raw_data))
            for number in ROWS
            for day, clock, which in [self._three(number)]
        ]

    def moments(self, zone: str, *, now: datetime, needed: int) -> list[datetime] | None:
        """Return the times typed, in UTC, or None with the fields saying what is wrong. `zone` is the writer's."""
        found: list[datetime] = []
        self._row_of: list[int] = []
        for number in ROWS:
            moment = self._moment(number, zone, now, needed=number <= needed)
            if moment is None:
                continue
            # All faults show together; the service looks once more, under its lock.
            problem = time_problem(moment, now=now) or (SAME_TWICE if moment in found else None)
            if problem is not None:
                self[f"clock_{number}"].errors = [_(problem)]
            elif in_the_night(self[f"clock_{number}"].data):
                self.asks_night = True
                if not self.night.data:
                    words = _("That is in the night. Check a.m. and p.m., or tick the box below the times.")
                    self[f"clock_{number}"].errors = [words]
            found.append(moment)
            self._row_of.append(number)
        for number in ROWS:
            for field in self._three(number):
                field.errors = [_of_row(number, str(problem)) for problem in field.errors]
        return None if self.errors else found

    def blame(self, refusal: Refusal) -> None:
        """Put a refusal beside the field that it is about."""
        number = 1
        place = refusal.details.get("place")
        if isinstance(place, int) and place < len(self._row_of):
            number = self._row_of[place]
        name = refusal.field if refusal.field in self else f"clock_{number}"
        words = _(refusal.message)
        self[name].errors = [_of_row(number, words) if name == f"clock_{number}" else words]

    def _moment(self, number: int, zone: str, now: datetime, *, needed: bool) -> datetime | None:
        day, clock, which = self._three(number)
        if day.errors or clock.errors:
            return None
        if day.data is None and clock.data is None and not needed:
            return None
        if day.data is None:
            day.errors = [_("Enter a day, such as 12/04/2026.")]
        if clock.data is None:
            clock.errors = [_("Enter a time, such as 9:00 a.m.")]
        if day.data is None or clock.data is None:
            return None
        try:
            return moment_in(day.data, clock.data, zone, now=now, which=which.data)
        except TwiceThatNight:
            which.errors = [_("Choose which of the two you mean.")]
        except NoSuchTime as problem:
            clock.errors = [_(str(problem))]
        except ValueError as problem:
            day.errors = [_(str(problem))]
        return None

    def _three(self, number: int) -> tuple[Field, Field, Field]:
        return self[f"day_{number}"], self[f"clock_{number}"], self[f"which_{number}"]


def place_link(invitation: MeetingInvitation | None) -> str | None:
    """Return where the place leads: a video address opens, a number is dialed; None for a street."""
    if invitation is None:
        return None
    return web_address(invitation.place) or (phone_link(invitation.place) if invitation.format == "phone" else None)


def unposted() -> MultiDict[str, str] | None:
    """Return the form data of a form that this request did not send: nothing of another form gets into it."""
    return MultiDict() if request.method == "POST" else None


def reach(zone: str, *, now: datetime) -> dict[str, str]:
    """Return what the day picker offers: from today to the furthest day, in this zone."""
    today: date = now.astimezone(ZoneInfo(zone)).date()
    return {"min": today.isoformat(), "max": (today + timedelta(days=FURTHEST_DAYS)).isoformat()}


def in_words(starts_at: datetime, own_zone: str, other_zone: str) -> str:
    """Return a moment in one's own zone, and in the other side's where that is another one."""
    own = when(starts_at, own_zone)
    return own if own_zone == other_zone else _("%(own)s (%(other)s)", own=own, other=when(starts_at, other_zone))


def choices_of(times: tuple[MeetingTime, ...], own_zone: str, other_zone: str) -> list[tuple[str, Any]]:
    """Return the offered times for a field of radio buttons."""
    return [(str(time.id), in_words(time.starts_at, own_zone, other_zone)) for time in times]
