"""Test data, made through the same services as real data. Every function needs an open application context."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from app.adapters.clock import now as clock_now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.program import Program
from app.domain.program_file import parse_program
from app.extensions import db, transaction
from app.models import (
    Application,
    InterviewSlot,
    Office,
    Opening,
    Organization,
    Person,
    ReadingAssignment,
    Region,
)
from app.queries.applications import document_kind_of, questions_of, rankable_offices, rules_of
from app.queries.final_interviews import live_booking
from app.queries.reading import rubrics_for_answer, rubrics_for_final, rubrics_for_resume
from app.services.accounts import ensure_person, grant_role
from app.services.answers import save_answer
from app.services.applications import (
    Contact,
    attestations_of,
    save_attestations,
    save_background,
    save_contact,
    save_eligibility,
    start_application,
    submit_application,
)
from app.services.documents import save_pasted
from app.services.final_interviews import (
    ScorecardInput,
    book_slot,
    publish_slots,
    save_scorecard,
    submit_scorecard,
)
from app.services.history import move
from app.services.program import load_program
from app.services.ranking import save_ranking
from app.services.reading import save_resume_scores, save_scores

PROGRAMS = Path(__file__).resolve().parent.parent / "app" / "programs"
ANSWER = (
    "My neighbor lost her ride to court, so I found the county shuttle. She had missed one date and was afraid. "
    "I sat with her while she called the clerk. We wrote the new date on her fridge together."
)
_numbers = itertools.count(1)
_slots = itertools.count()


@cache
def program(name: str = "client-advocate-mspd") -> Program:
    """A program file that the project ships."""
    return parse_program((PROGRAMS / f"{name}.yaml").read_text(encoding="utf-8"))


def make_opening(
    *,
    recorded: bool = True,
    final: bool = True,
    name: str = "client-advocate-mspd",
    seats: Mapping[str, int] | None = None,
) -> Opening:
    """The fellowship opening, from its file; its interviews may be switched off, its seats set by pool."""
    with transaction():
        load_program(program(name), now=clock_now())
        opening = db.session.scalars(select(Opening).where(Opening.slug == program(name).opening.slug)).one()
        opening.has_recorded_interview = recorded
        opening.has_final_interview = final
        for pool in opening.pools:
            pool.seats = (seats or {}).get(pool.slug, pool.seats)
    return opening


def make_person(name: str = "Ada Example", email: str | None = None) -> Person:
    """A person with an account and no role."""
    address = email or f"person{next(_numbers)}@example.org"
    with transaction():
        person = ensure_person(address, now=clock_now(), full_name=name)
        person.email_confirmed_at = clock_now()
    return person


def make_staff(opening: Opening, role: Role, *, office: str | None = None, name: str | None = None) -> Person:
    """A person with one role for this opening; a supervisor needs the slug of an office."""
    person = make_person(name or f"{role.value.replace('_', ' ').title()} {next(_numbers)}")
    add_role(person, opening, role, office=office)
    return person


def add_role(person: Person, opening: Opening, role: Role, *, office: str | None = None) -> None:
    """Give a person one more role."""
    with transaction():
        grant_role(
            person,
            role,
            organization=db.session.get_one(Organization, opening.organization_id),
            region=db.session.get_one(Region, opening.region_id) if office is None else None,
            office=office_named(office) if office is not None else None,
            by=None,
            now=clock_now(),
        )


def office_named(slug: str) -> Office:
    """The office of this slug."""
    return db.session.scalars(select(Office).where(Office.slug == slug)).one()


def make_readers(opening: Opening, count: int = 3) -> list[Person]:
    """Readers for an opening."""
    return [make_staff(opening, Role.READER, name=f"Reader {number}") for number in range(1, count + 1)]


def make_draft(
    opening: Opening,
    person: Person | None = None,
    *,
    ranks: Sequence[str] = ("rolla", "jackson"),
    not_here: Sequence[str] = (),
    spanish: str = "none",
    answer: str = ANSWER,
) -> Application:
    """A draft with every part finished, ready to be sent."""
    person = person or make_person(f"Applicant {next(_numbers)}")
    moment = clock_now()
    by = person.id
    with transaction():
        application = start_application(person, opening, by=by, now=moment)
        contact = Contact(full_name=person.full_name or "Ada Example", phone="+15735550100", city="Rolla", state="MO")
        save_contact(application, contact, by=by, now=moment)
        yes = {
            condition.id: not condition.excludes_when for rule in rules_of(application) for condition in rule.conditions
        }
        save_eligibility(application, yes, by=by, now=moment)
        kind = document_kind_of(opening.id, "resume")
        assert kind is not None
        save_pasted(application, kind, text="Case aide at a food pantry, 2023-2026.", by=by, now=moment)
        save_background(application, spanish=spanish, statement="", statement_readers=(), by=by, now=moment)
        for question in questions_of(application):
            save_answer(application, question, answer, by=by, now=moment, finished=True)
        ids = {row.office.slug: row.office_id for row in rankable_offices(application)}
        save_ranking(
            application,
            {ids[slug]: rank for rank, slug in enumerate(ranks, start=1)},
            [ids[slug] for slug in not_here],
            by=by,
            now=moment,
        )
        save_attestations(application, attestations_of(opening), by=by, now=moment)
    return application


def make_application(opening: Opening, person: Person | None = None, **draft: object) -> Application:
    """A sent application; it has readers where the opening has any."""
    application = make_draft(opening, person, **draft)  # type: ignore[arg-type]
    with transaction():
        submit_application(application, by=application.person_id, now=clock_now(), short_is_meant=True)
    return application


def open_readings(application: Application, kind: str = "answer") -> list[ReadingAssignment]:
    """The readings of an application that nobody has done yet."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .where(
                ReadingAssignment.application_id == application.id,
                ReadingAssignment.kind == kind,
                ReadingAssignment.state == "open",
            )
            .order_by(ReadingAssignment.ordinal, ReadingAssignment.id)
        )
    )


def read_answers(application: Application, value: int = 3) -> None:
    """Every reader gives this score to everything, until the answers are read."""
    while readings := open_readings(application):
        for reading in readings:
            assert reading.answer is not None
            values = {rubric.id: value for rubric in rubrics_for_answer(reading.answer.question)}
            with transaction():
                save_scores(reading, values, note=None, by=reading.reader_id, now=clock_now())


def read_resume(application: Application, value: int = 3) -> None:
    """The résumé's reader gives this score to everything."""
    for reading in open_readings(application, "resume"):
        values = {rubric.id: value for rubric in rubrics_for_resume(application.opening_id)}
        with transaction():
            save_resume_scores(reading, values, note=None, by=reading.reader_id, now=clock_now())


def read(application: Application, value: int = 3) -> Application:
    """Answers and résumé are read; from 3 on the application passes the opening's threshold."""
    read_answers(application, value)
    read_resume(application, value)
    return application


def make_routable(
    opening: Opening,
    person: Person | None = None,
    *,
    value: int = 3,
    **draft: object,
) -> Application:
    """An application in routing; the opening's interviews must be off (make_opening(recorded=False, final=False))."""
    application = read(make_application(opening, person, **draft), value)
    assert application.state == "in_routing", application.state
    return application


def make_waiting(
    opening: Opening,
    person: Person | None = None,
    *,
    ranks: Sequence[str] = ("rolla", "jackson"),
    not_here: Sequence[str] = (),
    score: float = 3.0,
    spanish: str = "none",
) -> Application:
    """An application in routing whose readings are taken as done with this result; quick to make."""
    person = person or make_person(f"Applicant {next(_numbers)}")
    moment, worker = clock_now(), By(worker="factory")
    with transaction():
        application = start_application(person, opening, by=person.id, now=moment)
        application.submitted_at = moment
        application.answers_result = Decimal(str(score))
        application.spanish_reported = spanish
        ids = {row.office.slug: row.office_id for row in rankable_offices(application)}
        places = {ids[slug]: rank for rank, slug in enumerate(ranks, start=1)}
        save_ranking(application, places, [ids[slug] for slug in not_here], by=person.id, now=moment)
        for event in ("submit_application", "finish_answers", "admit_to_routing"):
            move(application, event, by=worker, now=moment)
    return application


def make_slot(opening: Opening, interviewer: Person, *, starts_at: datetime | None = None) -> InterviewSlot:
    """A time for a final interview, three days from now if nothing else is said."""
    begins = starts_at or clock_now() + timedelta(days=3, minutes=next(_slots) % 40 * 61)
    with transaction():
        slots = publish_slots(
            opening,
            [(begins, begins + timedelta(minutes=45))],
            place="https://video.example.org/room",
            by=interviewer.id,
            now=clock_now(),
        )
    return slots[0]


def book(application: Application, slot: InterviewSlot) -> None:
    """The applicant books this time."""
    with transaction():
        book_slot(application, slot, format="video", needs=None, by=application.person_id, now=clock_now())


def hold_interview(application: Application, *, value: int = 3, spanish_level: str | None = None) -> None:
    """The booked interview was held: its scorecard is sent, some minutes after its beginning."""
    booking = application_booking(application)
    moment = booking.slot.starts_at + timedelta(minutes=50)
    rubrics = rubrics_for_final(application.opening_id)
    card = ScorecardInput(
        values={rubric.id: value for rubric in rubrics},
        evidence={rubric.id: "Gave a clear example." for rubric in rubrics},
        strengths="Listens well and writes clearly.",
        speaks_spanish=spanish_level is not None,
        spanish_level=spanish_level,
    )
    by: UUID = booking.slot.interviewer_id
    with transaction():
        submit_scorecard(save_scorecard(booking, card, by=by, now=moment), by=by, now=moment)


def application_booking(application: Application):  # type: ignore[no-untyped-def]
    """The booking that stands."""
    booking = live_booking(application.id)
    assert booking is not None
    return booking


def sign_in(client: FlaskClient, person: Person | UUID) -> FlaskClient:
    """Put a signed-in session into a client, without the mail. Call it outside an application context."""
    person_id = person if isinstance(person, UUID) else inspect(person).identity[0]
    with client.application.app_context():
        row = db.session.get_one(Person, person_id)
        cookie, moment = row.get_id(), int(clock_now().timestamp())
    with client.session_transaction() as session:
        session.update(
            {"_user_id": cookie, "_fresh": True, "signed_in_at": moment, "seen_at": moment, "own_device": True}
        )
    return client
