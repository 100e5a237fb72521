"""The start page: what this is, what is open, how it goes."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.access import Audience
from app.queries.openings import open_openings
from app.web.guard import allow
from app.web.redirects import url_where_there_is_one
from app.web.shell import is_current, navigation

bp = Blueprint("home", __name__)


@navigation(Audience.PUBLIC)
@navigation(Audience.ACCOUNT)
def menu() -> list[tuple[str, str, bool]]:
    """The public menu."""
    return [
        (_("Openings"), url_for("public.openings.index"), is_current("public.openings.", "public.eligibility.")),
        (_("How we choose"), url_for("public.process.show"), is_current("public.process.")),
        (_("Ask a question"), url_for("public.help.form"), is_current("public.help.")),
    ]


@bp.get("/")
@allow("page:read")
def show() -> ResponseReturnValue:
    """Show the start page; the demo has its own."""
    demo = url_where_there_is_one("demo.start.show")
    if demo is not None:
        return redirect(demo)
    return render_template("public/home/show.html", openings=open_openings(now()))
