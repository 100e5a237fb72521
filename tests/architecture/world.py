"""One small world for the permission test: the same kinds of things three times.

`own`      belongs to the person who asks: their application, their reading, their office, their region.
`anothers` belongs to somebody else in the same region: another applicant, another reader, another office.
`elsewhere` belongs to another region of the same organization.
The rows are written straight into the tables: the test is about who may open them, not how they came to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.packing import pack_json, pack_text
from app.extensions import db, transaction
from app.models import (
    Answer,
    Application,
    Booking,
    HelpRequest,
    InterviewSlot,
    MailSuppression,
    Notice,
    Offer,
    Office,
    Opening,
    Person,
    Pin,
    Placement,
    PlacementDecision,
    Proposal,
    ReadingAssignment,
    RecordedInterview,
    RecordedSegment,
    RecordedTake,
    RecordingReview,
    Region,
    RoleGrant,
    RoutingRun,
    Scenario,
    Scorecard,
    SeatPool,
    SeatRequest,
)
from tests.factories import make_opening, make_person, office_named

# What a run with nobody in it stores.
EMPTY_RUN = {
    "run": {"input_sha256": "0" * 64, "season": "2027", "algorithm": "candidate-proposing deferred acceptance"},
    "assignments": [],
    "unplaced": [],
    "explanations": [],
    "pools": [],
}
# What such a run looked at.
EMPTY_INSTANCE = '{"season": "2027", "seed": "x", "pools": [], "offices": [], "candidates": []}'
OWNERSHIPS = ("own", "anothers", "elsewhere", "missing")


@dataclass
class World:
    """The ids of everything, by ownership and kind, and the person who asks."""

    organization_id: UUID
    region_id: UUID
    office_id: UUID
    applicant_id: UUID
    ids: dict[str, dict[str, UUID]] = field(default_factory=dict)

    def id_of(self, kind: str, ownership: str) -> UUID:
        """The id of one thing; a fresh one for `missing`."""
        return uuid4() if ownership == "missing" else self.ids[ownership][kind]


def build_world() -> World:
    """Make the three sets of things."""
    opening = make_opening()
    other = _opening_elsewhere(opening)
    world = World(opening.organization_id, opening.region_id, office_named("rolla").id, make_person("The applicant").id)
    for ownership, where, office in (
        ("own", opening, "rolla"),
        ("anothers", opening, "jackson"),
        ("elsewhere", other, "elsewhere"),
    ):
        people = {name: make_person(f"{ownership} {name}") for name in ("applicant", "staff")}
        world.ids[ownership] = _things(where, office_named(office), people["applicant"], people["staff"])
    return world


def make_principal(world: World, roles: frozenset[str]) -> UUID:
    """A person with these roles who is the assignee of every `own` thing, and the owner where an applicant asks.

    Being assigned without the role must not suffice, so the assignment is always there.
    """
    person = make_person("The person who asks")
    own = world.ids["own"]
    with transaction() as session:
        for name in sorted(roles - {"applicant"}):
            session.add(
                RoleGrant(
                    person_id=person.id,
                    role=Role(name).value,
                    organization_id=world.organization_id,
                    region_id=None if name in ("supervisor", "admin") else world.region_id,
                    office_id=world.office_id if name == "supervisor" else None,
                    granted_at=now(),
                )
            )
        session.get_one(ReadingAssignment, own["reading"]).reader_id = person.id
        session.get_one(RecordingReview, own["review"]).reviewer_id = person.id
        session.get_one(InterviewSlot, own["slot"]).interviewer_id = person.id
        session.get_one(Scorecard, own["scorecard"]).interviewer_id = person.id
        owner_id = person.id if "applicant" in roles else world.applicant_id
        session.get_one(Application, own["application"]).person_id = owner_id
        session.get_one(HelpRequest, own["help_request"]).person_id = owner_id
    return person.id


def make_blind(world: World) -> None:
    """The person who asks still has an answer of the `own` application to score."""
    with transaction() as session:
        reading = session.get_one(ReadingAssignment, world.ids["own"]["reading"])
        reading.state, reading.done_at = "open", None


def _opening_elsewhere(opening: Opening) -> Opening:
    with transaction() as session:
        region = Region(organization_id=opening.organization_id, slug="elsewhere", name="Elsewhere")
        session.add(region)
        session.flush()
        copied = {
            column.key: getattr(opening, column.key)
            for column in Opening.__table__.columns
            if column.key not in ("id", "row_version", "slug", "region_id")
        }
        other = Opening(**copied, slug="elsewhere", region_id=region.id)
        session.add(other)
        host = opening.host_organization_id
        assert host is not None
        session.add(Office(host_organization_id=host, region_id=region.id, slug="elsewhere", name="Elsewhere"))
        session.flush()
        session.add(SeatPool(opening_id=other.id, slug="elsewhere", name="Elsewhere", seats=1))
    return other


def _things(opening: Opening, office: Office, applicant: Person, staff: Person) -> dict[str, UUID]:
    moment = now()
    with transaction() as session:

        def add(row: object) -> UUID:
            session.add(row)
            session.flush()
            key: UUID = row.id  # type: ignore[attr-defined]
            return key

        question = session.get_one(Opening, opening.id).questions
        questions = question or db.session.query(Opening).filter_by(slug="client-advocate-mspd").one().questions
        short = next(row for row in questions if row.kind == "short_answer")
        recorded = next(row for row in questions if row.kind == "recorded")
        # The office's own pool; Monett and Ava share one, which no test of access is about.
        pool = session.query(SeatPool).filter_by(opening_id=opening.id, slug=office.slug).first()
        assert pool is not None
        ids: dict[str, UUID] = {"opening": opening.id, "office": office.id, "pool": pool.id}
        application = Application(
            reference=f"T-{uuid4().hex[:8]}",
            person_id=applicant.id,
            opening_id=opening.id,
            season_id=opening.season_id,
            state="placement_in_review",
            state_since=moment,
            created_at=moment,
            submitted_at=moment,
            eligibility_answers={},
            attestations={},
            lived_experience_readers=[],
        )
        ids["application"] = key = add(application)
        answer = add(Answer(application_id=key, question_id=short.id, text="I helped.", saved_at=moment))
        ids["reading"] = add(
            ReadingAssignment(
                kind="answer", application_id=key, answer_id=answer, reader_id=staff.id, ordinal=1,
                state="done", done_at=moment, assigned_at=moment, due_at=moment,
            )
        )  # fmt: skip
        ids["interview"] = interview = add(
            RecordedInterview(application_id=key, invited_at=moment, due_at=moment, adjustments={})
        )
        ids["take"] = take = add(
            RecordedTake(interview_id=interview, question_id=recorded.id, number=1, format="video", started_at=moment)
        )
        ids["segment"] = add(RecordedSegment(take_id=take, position=0, media_type="video/webm", opened_at=moment))
        ids["review"] = add(
            RecordingReview(interview_id=interview, reviewer_id=staff.id, assigned_at=moment, due_at=moment)
        )
        ids["slot"] = slot = add(
            InterviewSlot(
                opening_id=opening.id, interviewer_id=staff.id, starts_at=moment,
                ends_at=moment + timedelta(minutes=45), place="-", published_at=moment,
            )
        )  # fmt: skip
        ids["booking"] = booking = add(
            Booking(slot_id=slot, application_id=key, booked_at=moment, booked_by_id=applicant.id)
        )
        ids["scorecard"] = add(
            Scorecard(booking_id=booking, application_id=key, interviewer_id=staff.id, saved_at=moment)
        )
        ids["run"] = run = add(
            RoutingRun(
                opening_id=opening.id,
                run_at=moment,
                occasion="test",
                packed_instance=pack_text(EMPTY_INSTANCE.encode()),
                input_sha256="0" * 64,
                packed_result=pack_json(EMPTY_RUN | {"explanations": {}, "texts": []}),
            )
        )
        ids["scenario"] = add(
            Scenario(
                opening_id=opening.id, made_by_id=staff.id, made_at=moment, title="Scenario",
                changes={"pools": {}, "pins": []}, instance=EMPTY_INSTANCE, input_sha256="0" * 64,
                base_sha256="0" * 64, result=EMPTY_RUN,
            )
        )  # fmt: skip
        ids["pin"] = add(
            Pin(application_id=key, office_id=office.id, reason="Close to home", by_id=staff.id, made_at=moment)
        )
        ids["proposal"] = proposal = add(
            Proposal(
                run_id=run, application_id=key, office_id=office.id, pool_id=pool.id, rank=1, seat="open",
                routing_score=10, passed_over=[], state="released", proposed_at=moment, released_at=moment,
                released_by_id=staff.id, due_at=moment,
            )
        )  # fmt: skip
        ids["decision"] = decision = add(
            PlacementDecision(
                proposal_id=proposal, application_id=key, office_id=office.id, pool_id=pool.id, kind="approve",
                decided_by_id=staff.id, decided_at=moment,
            )
        )  # fmt: skip
        ids["offer"] = offer = add(
            Offer(
                decision_id=decision, application_id=key, office_id=office.id, sent_at=moment, answer_by=moment,
                year1_hourly=1, year1_annual=1,
            )
        )  # fmt: skip
        ids["placement"] = add(
            Placement(
                application_id=key, offer_id=offer, office_id=office.id, year1_hourly=1, year1_annual=1,
                created_at=moment,
            )
        )  # fmt: skip
        ids["seat_request"] = add(
            SeatRequest(pool_id=pool.id, office_id=office.id, seats=2, asked_by_id=staff.id, asked_at=moment)
        )
        ids["notice"] = add(
            Notice(
                kind="application_received", subject_id=key, application_id=key, recipient_email=applicant.email,
                context={}, state="unconfirmed", created_at=moment, due_at=moment,
            )
        )  # fmt: skip
        ids["suppression"] = add(
            MailSuppression(email=f"{key.hex}@example.org", cause="bounced", reason="550", added_at=moment)
        )
        ids["help_request"] = add(
            HelpRequest(
                kind="question", email=applicant.email, person_id=applicant.id, opening_id=opening.id,
                application_id=key, body="?", details={}, created_at=moment, due_at=moment,
            )
        )  # fmt: skip
        ids["grant"] = add(
            RoleGrant(
                person_id=staff.id, role="reader", organization_id=opening.organization_id,
                region_id=opening.region_id, granted_at=moment,
            )
        )  # fmt: skip
    return ids
