"""The letter of an offer, as the applicant has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web.guard import allow
from app.web.letters import letter_response

if TYPE_CHECKING:
    from app.models.placement import Offer

bp = Blueprint("letters", __name__, url_prefix="/manage/offers/<uuid:offer_id>")


@bp.get("/letter.pdf")
@allow("candidate:read", load="offer")
def show(offer: Offer) -> ResponseReturnValue:
    """One offer's letter."""
    return letter_response(offer)
