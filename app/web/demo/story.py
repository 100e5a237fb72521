"""Following Maya: sign in as whoever acts next, or let the demo do the step through the same services."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import move_clock, now
from app.domain.demo_story import Act, Situation, next_act
from app.domain.pipeline import STATES
from app.extensions import transaction
from app.queries.demo import invented_person, mayas_application, mayas_situation
from app.services.demo.shortcuts import take_shortcut
from app.web.guard import allow
from app.web.redirects import url_where_there_is_one
from app.web.sessions import start_session

bp = Blueprint("story", __name__, url_prefix="/demo")
# Where readers are far apart, a third one follows.
ROUNDS_BY_ITSELF = 3


@bp.get("/story")
@allow("demo:use")
def show() -> ResponseReturnValue:
    """Show where Maya's application stands, who acts next, and what happened so far."""
    situation, act = _situation()
    application = mayas_application()
    person = invented_person(act.person_id) if act is not None else None
    return render_template(
        "demo/story/show.html",
        situation=situation,
        act=act,
        person=person,
        application=application,
        state=STATES[situation.state],
        states=STATES,
    )


@bp.post("/next")
@allow("demo:use")
def go_on() -> ResponseReturnValue:
    """Sign in as the next person and open the page where their task is."""
    act = _situation()[1]
    for _round in range(ROUNDS_BY_ITSELF):
        if act is None or not act.by_itself:
            break
        _let_it_happen(act)
        act = _situation()[1]
    if act is None:
        return redirect(url_for("demo.story.show"))
    _wait_for(act)
    person = invented_person(act.person_id)
    if person is None:
        abort(404)
    start_session(person)
    page = url_where_there_is_one(act.endpoint, **act.values)
    flash(
        _("You are %(name)s now. %(text)s", name=person.name, text=_(act.told or act.text, **act.details)),
        "notice",
    )
    return redirect(page or url_for("demo.story.show"))


@bp.post("/shortcut")
@allow("demo:use")
def shortcut() -> ResponseReturnValue:
    """Do the step in the person's stead, through the same services as their own page."""
    act = _situation()[1]
    if act is None or not act.shortcut:
        return redirect(url_for("demo.story.show"))
    _wait_for(act)
    _let_it_happen(act)
    flash(_("Done by the demo in the person’s stead. What happened stands below."), "success")
    return redirect(url_for("demo.story.show"))


def _let_it_happen(act: Act) -> None:
    application = mayas_application()
    if application is None:
        abort(404)
    with transaction():
        take_shortcut(application, act.shortcut, person_id=act.person_id, now=now())


def _situation() -> tuple[Situation, Act | None]:
    situation = mayas_situation(now=now())
    if situation is None:
        abort(404)
    return situation, next_act(situation, now())


def _wait_for(act: Act) -> None:
    """A talk is held at its time: the demo's clock goes there."""
    if act.not_before is not None and act.not_before > now():
        move_clock(act.not_before - now())
