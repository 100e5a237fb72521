"""The offer as a letter, for the person who got it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.queries.placements import latest_offer
from app.web.guard import allow
from app.web.letters import letter_response

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("letters", __name__, url_prefix="/applications/<uuid:application_id>/offer")


@bp.get("/letter.pdf")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """The letter of the newest offer."""
    offer = latest_offer(application.id)
    if offer is None:
        abort(404)
    return letter_response(offer)
