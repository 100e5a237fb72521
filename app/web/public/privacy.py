"""How we use what people tell us: what is kept, who reads it, for how long, and whom to ask."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.domain.retention import KEPT_YEARS, RECORDING_DAYS
from app.web.guard import allow

bp = Blueprint("privacy", __name__, url_prefix="/privacy")


@bp.get("")
@allow("page:read")
def show() -> ResponseReturnValue:
    """Show the page; one needs no account to read it."""
    return render_template("public/privacy/show.html", years=KEPT_YEARS, recording_days=RECORDING_DAYS)
