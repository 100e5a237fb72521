"""Today: every application with its next step, under the heading that says how urgent it is."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.access import Audience
from app.domain.pipeline import STATES
from app.domain.work import PARTY_LABELS, URGENCY_LABELS, Urgency, days_in
from app.queries.access import blind_application_ids
from app.queries.dropped_releases import dropped_releases
from app.queries.identity_flags import flagged_answers
from app.queries.seat_requests import seat_requests_to_answer
from app.queries.work import open_help, openings_managed_by, work_list
from app.web.guard import allow, current_actor, current_person_id, permitted
from app.web.shell import navigation

bp = Blueprint("work", __name__, url_prefix="/manage")

FIRST = 15
PAGE = 50


@navigation(Audience.MANAGE)
def manage_navigation() -> list[tuple[str, str, bool]]:
    """The program's pages that this person may open."""
    topic = (request.endpoint or "").split(".")[1:2]
    pages = (
        (_("Today"), "work:list", "manage.work.show", ("work",)),
        (_("Candidates"), "candidate:list", "manage.candidates.index", ("candidates",)),
        (_("Routing"), "routing:list", "manage.routing.index", ("routing", "whatif", "overrides", "offers")),
        (_("Placements"), "fellowship:list", "manage.placements.index", ("placements",)),
        (_("Reports"), "report:read", "manage.reports.show", ("reports",)),
        (_("Help"), "help:list", "manage.help.index", ("help",)),
        (_("Mail"), "notice:list", "manage.notices.index", ("notices",)),
        (_("Openings"), "opening:manage", "manage.openings.index", ("openings",)),
        (_("Offices"), "office:manage", "manage.offices.index", ("offices",)),
        (_("People"), "people:list", "manage.people.index", ("people",)),
        (_("Audit"), "audit:list", "manage.audit.index", ("audit",)),
        (_("Operations"), "operations:read", "manage.operations.show", ("operations",)),
    )
    items = [
        (label, url_for(endpoint), topic[:1] in [[name] for name in topics])
        for label, action, endpoint, topics in pages
        if permitted(action)
    ]
    if permitted("staff:home"):
        items.append((_("My reading"), url_for("staff.home.show"), False))
    return items


@bp.get("")
@allow("work:list")
def show() -> ResponseReturnValue:
    """The work list; ?group= shows one heading in full, page by page."""
    moment = now()
    openings = openings_managed_by(current_actor())
    hidden = blind_application_ids(current_person_id())
    found = work_list(openings, hidden=hidden, now=moment)
    waiting, late_help = open_help(openings, hidden=hidden, now=moment)
    group = request.args.get("group")
    in_routing = any(row.state == "in_routing" for rows in found.groups.values() for row in rows)
    chosen = Urgency(group) if group in set(Urgency) else None
    start = min(max(request.args.get("from", 0, type=int), 0), 1_000_000) if chosen else 0
    to_decide = found.to_decide()
    groups = {**found.groups, Urgency.DECIDE: to_decide} if chosen else found.groups
    shown = {
        urgency: rows[start : start + PAGE] if urgency is chosen else rows[:FIRST]
        for urgency, rows in groups.items()
        if rows and chosen in (None, urgency)
    }
    return render_template(
        "manage/work/show.html",
        found=found,
        shown=shown,
        totals={urgency: len(rows) for urgency, rows in groups.items()},
        to_decide=len(to_decide),
        chosen=chosen,
        start=start,
        page=PAGE,
        labels=URGENCY_LABELS,
        parties=PARTY_LABELS,
        states=STATES,
        days_in=days_in,
        moment=moment,
        help_waiting=waiting,
        help_late=late_help,
        seat_requests=[] if chosen else seat_requests_to_answer([opening.id for opening in openings]),
        flagged=[] if chosen else flagged_answers([opening.id for opening in openings], hidden=hidden),
        dropped=dropped_releases(
            [opening.id for opening in openings], hidden=hidden, now=moment, asked_by=current_person_id()
        )
        if in_routing and not chosen
        else [],
        me=current_person_id(),
        several_openings=len({row.opening.id for rows in shown.values() for row in rows}) > 1,
        next_due=found.next_due(),
    )
