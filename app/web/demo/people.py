"""Everybody in the demo, each with one-click sign-in. Real accounts are not among them: they need a code."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.access import Role
from app.domain.demo_people import FIVE, OTHERS
from app.domain.pipeline import STATES
from app.queries.demo import applications_by_person, invented_by_email, invented_person
from app.web.demo.tasks import page_of_task
from app.web.guard import allow
from app.web.sessions import start_session

bp = Blueprint("people", __name__, url_prefix="/demo/people")


@bp.get("")
@allow("demo:use")
def index() -> ResponseReturnValue:
    """Show staff and supervisors by role, and applicants by how far they have come."""
    people, applications = invented_by_email(), applications_by_person()
    order = list(STATES)
    members = [(member, people[member.email]) for member in (*FIVE, *OTHERS) if member.email in people]
    applicants = [
        (person, STATES[applications[person.id].state]) for person in people.values() if person.id in applications
    ]
    return render_template(
        "demo/people/index.html",
        staff=[pair for pair in members if pair[0].role not in (None, Role.SUPERVISOR)],
        supervisors=[pair for pair in members if pair[0].role is Role.SUPERVISOR],
        applicants=sorted(applicants, key=lambda pair: (order.index(pair[1].name), pair[0].full_name or "")),
    )


@bp.post("/<uuid:person_id>")
@allow("demo:use")
def sign_in(person_id: UUID) -> ResponseReturnValue:
    """Sign in as one of the invented people and go to what waits for them."""
    person = invented_person(person_id)
    if person is None:
        abort(404)
    start_session(person)
    return redirect(page_of_task(person) or url_for("account.home.show"))
