"""Where each person begins, by what they are here for."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access import Role
from app.queries.accounts import has_applications
from app.web.guard import allow, current_actor, current_person_id
from app.web.redirects import url_where_there_is_one

bp = Blueprint("home", __name__, url_prefix="/account")


def homes() -> list[tuple[str, str]]:
    """Return (label, url) of each of the person's start pages, the most responsible first."""
    actor = current_actor()
    applies = not actor.grants or has_applications(current_person_id())
    wanted = [
        (actor.has(Role.MANAGER, Role.DIRECTOR), _("Program management"), "manage.work.show"),
        (actor.has(Role.ADMIN), _("People and roles"), "manage.people.index"),
        (actor.has(Role.COORDINATOR), _("Questions and adjustments"), "manage.help.index"),
        (
            actor.has(Role.READER, Role.READING_LEAD, Role.INTERVIEWER),
            _("Reading and interviews"),
            "staff.home.show",
        ),
        (actor.has(Role.SUPERVISOR), _("Your office"), "defender.home.show"),
        (applies, _("Your applications"), "applicant.applications.index"),
    ]
    urls = [(label, url_where_there_is_one(endpoint)) for holds, label, endpoint in wanted if holds]
    return [(label, url) for label, url in urls if url is not None]


@bp.get("")
@allow("account:use")
def show() -> ResponseReturnValue:
    """Lead on; who is several things here chooses."""
    found = homes()
    if len(found) == 1:
        return redirect(found[0][1])
    return render_template("account/home/show.html", homes=found)
