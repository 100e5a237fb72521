"""What the applicant's own pages say of a meeting that an office arranges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.queries.meetings import arrangement_of, held_meeting_day, proposal_considered
from app.queries.status import public_words
from app.web.meeting_times import in_words

if TYPE_CHECKING:
    from app.models.application import Application


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How an application stands: a title, a text, and the words of the one thing to do about a meeting."""

    title: str
    text: str
    meeting: str | None = None


def status_words(application: Application, *, now: datetime) -> StatusWords:
    """Return the words of an application's state; while an office's times wait for an answer, they say so."""
    title, text = (_(words) for words in public_words(application, now=now))
    if application.state not in ("placement_in_review", "placement_approved"):
        return StatusWords(title, text)
    proposal = proposal_considered(application.id)
    if proposal is None:
        return StatusWords(title, text)
    office = proposal.office.name
    look = _("See the office that looks at your application")
    if held_meeting_day(proposal.id) is not None:
        text = _(
            "You have met %(office)s; the office decides. We will tell you as soon as it has answered.", office=office
        )
        return StatusWords(title, text, look)
    standing = arrangement_of(proposal.id, now=now)
    if standing.waits_for == "applicant":
        turn = _("It’s your turn: choose a time to meet %(office)s", office=office)
        asked = _("The office would like to meet you before it decides. Choose a time, or offer your own.")
        return StatusWords(turn, asked, _("Choose a time"))
    if standing.agreed_at is not None and standing.stage != "over":
        agreed = in_words(standing.agreed_at, application.person.time_zone, proposal.office.time_zone)
        text = _("You meet %(office)s on %(when)s.", office=office, when=agreed)
        close = standing.stage == "close"
        return StatusWords(title, text, _("See your meeting") if close else _("See or move your meeting"))
    return StatusWords(title, text, look)
