"""How we choose, and how long it takes."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.domain.placements import local_day
from app.queries.lottery import public_lotteries
from app.queries.openings import measured_waits, open_openings
from app.web.guard import allow
from app.web.public.facts import selection_steps
from app.web.shell import CENTRAL

bp = Blueprint("process", __name__, url_prefix="/how-we-choose")


@bp.get("")
@allow("page:read")
def show() -> ResponseReturnValue:
    """Show the steps of each opening that takes applications, with promised and measured waits."""
    moment = now()
    parts = [
        (opening, selection_steps(opening, measured_waits(opening, now=moment))) for opening in open_openings(moment)
    ]
    today = local_day(moment, CENTRAL)
    return render_template("public/process/show.html", parts=parts, lotteries=public_lotteries(today=today))
