"""What a name in a URL loads: <uuid:application_id> becomes the application, or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.queries.by_id import (
    application_by_id,
    booking_by_id,
    decision_by_id,
    grant_by_id,
    help_request_by_id,
    interview_by_id,
    notice_by_id,
    offer_by_id,
    office_by_id,
    opening_by_id,
    pin_by_id,
    placement_by_id,
    pool_by_id,
    proposal_by_id,
    reading_by_id,
    review_by_id,
    run_by_id,
    scenario_by_id,
    scorecard_by_id,
    seat_request_by_id,
    segment_by_id,
    slot_by_id,
    suppression_by_id,
    take_by_id,
)

LOADERS: Mapping[str, Callable[[UUID], Any]] = {
    "application": application_by_id,
    "booking": booking_by_id,
    "decision": decision_by_id,
    "grant": grant_by_id,
    "help_request": help_request_by_id,
    "interview": interview_by_id,
    "notice": notice_by_id,
    "offer": offer_by_id,
    "office": office_by_id,
    "opening": opening_by_id,
    "placement": placement_by_id,
    "pool": pool_by_id,
    "proposal": proposal_by_id,
    "reading": reading_by_id,
    "review": review_by_id,
    "run": run_by_id,
    "scenario": scenario_by_id,
    "pin": pin_by_id,
    "scorecard": scorecard_by_id,
    "seat_request": seat_request_by_id,
    "segment": segment_by_id,
    "slot": slot_by_id,
    "suppression": suppression_by_id,
    "take": take_by_id,
}
