"""One row by its public id, or None."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from app.extensions import Base, db
from app.models.application import Application, HelpRequest
from app.models.final_interview import Booking, InterviewSlot, Scorecard
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.person import RoleGrant
from app.models.placement import Offer, Placement, PlacementDecision
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordedSegment, RecordedTake, RecordingReview
from app.models.routing import Pin, Proposal, RoutingRun, Scenario
from app.models.seat_request import SeatRequest
from app.models.suppression import MailSuppression

Row = TypeVar("Row", bound=Base)


def _by_id(model: type[Row]) -> Callable[[UUID], Row | None]:
    def row_by_id(key: UUID) -> Row | None:
        return db.session.get(model, key)

    return row_by_id


def application_by_id(key: UUID) -> Application | None:
    """Return the application; None for one that was erased: there is nothing left to show."""
    application = db.session.get(Application, key)
    return None if application is None or application.erased_at is not None else application


help_request_by_id = _by_id(HelpRequest)
booking_by_id = _by_id(Booking)
slot_by_id = _by_id(InterviewSlot)
scorecard_by_id = _by_id(Scorecard)
notice_by_id = _by_id(Notice)
office_by_id = _by_id(Office)
opening_by_id = _by_id(Opening)
pool_by_id = _by_id(SeatPool)
grant_by_id = _by_id(RoleGrant)
offer_by_id = _by_id(Offer)
decision_by_id = _by_id(PlacementDecision)
placement_by_id = _by_id(Placement)
reading_by_id = _by_id(ReadingAssignment)
interview_by_id = _by_id(RecordedInterview)
segment_by_id = _by_id(RecordedSegment)
take_by_id = _by_id(RecordedTake)
review_by_id = _by_id(RecordingReview)
proposal_by_id = _by_id(Proposal)
run_by_id = _by_id(RoutingRun)
scenario_by_id = _by_id(Scenario)
pin_by_id = _by_id(Pin)
seat_request_by_id = _by_id(SeatRequest)
suppression_by_id = _by_id(MailSuppression)
