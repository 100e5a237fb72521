"""The demo's start page: five invented people, each with one waiting task."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.domain.demo_people import FIVE, OTHERS
from app.domain.demo_story import next_act
from app.queries.demo import invented_by_email, invented_person, mayas_situation
from app.web.demo.tasks import waiting_task
from app.web.guard import allow

bp = Blueprint("start", __name__)


@bp.get("/demo")
@allow("demo:use")
def show() -> ResponseReturnValue:
    """Show the five, the others, and where Maya's story stands."""
    people = invented_by_email()
    situation = mayas_situation(now=now())
    act = None if situation is None else next_act(situation, now())
    five = [(member, people[member.email]) for member in FIVE if member.email in people]
    return render_template(
        "demo/start/show.html",
        five=[(member, person, *waiting_task(member, person)) for member, person in five],
        others=[(member, people[member.email]) for member in OTHERS if member.email in people],
        act=act,
        person=invented_person(act.person_id) if act is not None else None,
        situation=situation,
    )
