"""A manager's override of the routing rule: this person to that office, with a reason, released by a second person.

An override goes into the run's instance as a lock, so that everybody else is routed around it; its proposal stays
marked for good.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.actors import By
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.office import Office
from app.models.opening import OpeningOffice
from app.models.routing import Pin
from app.queries.routing import pair_is_struck
from app.services.audit import record
from app.services.locks import lock_application, lock_opening
from app.services.pins import end_pin, live_pin
from app.services.routing import run_routing


def override_routing(application: Application, office: Office, *, reason: str, by: UUID, now: datetime) -> Pin:
    """Have the next run propose this person to this office, and make that run; Refusal as `pin_person`.

    Nobody is told by it: a second person is called when its release is asked for.
    """
    pin = pin_person(application, office, reason=reason, by=by, now=now)
    run_routing(application.opening, occasion="an override", by=By(person_id=by), now=now)
    return pin


def pin_person(application: Application, office: Office, *, reason: str, by: UUID, now: datetime) -> Pin:
    """Have the next run propose this person to this office; whoever calls this makes that run.

    Refusal where the person does not wait, the office is not open, one of the two has said no, or no reason is given.
    """
    opening = application.opening
    lock_opening(opening)
    lock_application(application)
    if not reason.strip():
        raise Refusal(N_("Say why you override the rule. The reason stays on the record."), status=422, field="reason")
    if application.state != "in_routing":
        raise Refusal(N_("This person does not wait for an office any more."))
    if live_pin(application.id) is not None:
        raise Refusal(N_("There is an override for this person already. Take it back first."))
    place = db.session.scalar(
        select(OpeningOffice).where(OpeningOffice.opening_id == opening.id, OpeningOffice.office_id == office.id)
    )
    if place is None or not place.is_open:
        raise Refusal(N_("This office is not open for placements."), status=422, field="office")
    if pair_is_struck(application.id, office.id, today=local_day(now, opening.time_zone)):
        raise Refusal(
            N_("This person or this office has said no to the other, and that cannot be overridden."),
            status=422,
            field="office",
        )
    pin = Pin(application_id=application.id, office_id=office.id, reason=reason.strip(), by_id=by, made_at=now)
    db.session.add(pin)
    db.session.flush()
    record("routing:overridden", "application", application.id, by=by, now=now, office=office.slug, pin=str(pin.id))
    return pin


def take_back_override(pin: Pin, *, by: UUID, now: datetime) -> None:
    """End an override that no office has been asked about yet, and route anew."""
    opening = pin.application.opening
    lock_opening(opening)
    lock_application(pin.application)
    db.session.refresh(pin)
    if pin.ended_at is not None or pin.application.state != "in_routing":
        raise Refusal(N_("The office is being asked already, or this override was taken back."))
    end_pin(pin.application_id, because="taken_back", by=by, now=now)
    record("routing:override_taken_back", "application", pin.application_id, by=by, now=now, pin=str(pin.id))
    run_routing(opening, occasion="an override", by=By(person_id=by), now=now)
