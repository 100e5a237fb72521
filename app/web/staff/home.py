"""What waits for this reader, reviewer or interviewer."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access import Audience, Role
from app.queries.reading import open_resume_readings, reading_cards
from app.queries.recordings import begun_reviews, calls_to_make, formats_of, open_reviews
from app.web.guard import allow, current_actor, current_person_id, permitted
from app.web.shell import navigation

bp = Blueprint("home", __name__)


@navigation(Audience.STAFF)
def staff_navigation() -> list[tuple[str, str, bool]]:
    """The staff pages that this person may open."""
    topic = (request.endpoint or "").split(".")[1:2]
    items = [(_("Today"), url_for("staff.home.show"), topic == ["home"])]
    if permitted("reading:list"):
        items.append((_("My scores"), url_for("staff.reading.mine"), request.endpoint == "staff.reading.mine"))
    if permitted("recording:list"):
        items.append((_("Recordings"), url_for("staff.recordings.queue"), topic == ["recordings"]))
    if permitted("slot:list"):
        items.append((_("My interview times"), url_for("staff.slots.index"), topic == ["slots"]))
    if permitted("work:list"):
        items.append((_("Program"), url_for("manage.work.show"), False))
    return items


@bp.get("/staff")
@allow("staff:home")
def show() -> ResponseReturnValue:
    """Cards: what to read, watch and hold, with how long it takes and until when."""
    person_id = current_person_id()
    recordings = open_reviews(person_id)
    return render_template(
        "staff/home/show.html",
        cards=reading_cards(person_id),
        resumes=open_resume_readings(person_id),
        recordings=recordings,
        formats=formats_of([review.interview_id for review in recordings]),
        begun=begun_reviews([review.id for review in recordings]),
        calls=calls_to_make(person_id),
        interviews=current_actor().has(Role.INTERVIEWER),
    )
